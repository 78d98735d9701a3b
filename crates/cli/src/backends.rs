//! How the clouds are reached, and one provider for each cloud that a topology uses.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use landbridge_core::backend::Tap;
use landbridge_core::topology::{Account, Holder, Topology};
use landbridge_core::{Clock, CloudProvider, SystemClock};
use landbridge_sim::AccountKeys;

use crate::args::Options;
use crate::clouds::KnownCloud;
use crate::exit::{Failure, Outcome};
use crate::mfa::MfaPrompt;
use crate::simulated::Keys;

/// One address for all products of a cloud, by the cloud's name.
pub(crate) type Endpoints = BTreeMap<&'static str, String>;

/// How the clouds are reached.
#[derive(Debug)]
// A program without any backend opens nothing.
#[cfg_attr(not(any(feature = "aliyun", feature = "aws")), allow(dead_code))]
pub(crate) struct Access {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endpoints: Endpoints,
    /// Keys of a simulator, in place of the credential sources of the topology.
    pub(crate) keys: Option<Keys>,
    /// Hears every exchange.
    pub(crate) tap: Option<Arc<dyn Tap>>,
    /// Asks for codes of second factors. Only AWS has them.
    #[cfg_attr(not(feature = "aws"), allow(dead_code))]
    pub(crate) mfa: Arc<MfaPrompt>,
    /// What backends keep from provider to provider. Only AWS keeps something.
    #[cfg_attr(not(feature = "aws"), allow(dead_code))]
    pub(crate) kept: Kept,
}

// A program without any backend opens nothing.
#[cfg_attr(not(any(feature = "aliyun", feature = "aws")), allow(dead_code))]
impl Access {
    /// The accounts of a topology on one cloud whose keys are ours.
    pub(crate) fn accounts_of<'t>(&self, topology: &'t Topology, cloud: &str) -> Vec<&'t Account> {
        topology
            .accounts
            .iter()
            .filter(|account| account.cloud.as_str() == cloud && account.held_by == Holder::Us)
            .collect()
    }

    /// The keys that the simulator gave an account, if clouds are simulated.
    pub(crate) fn simulated_keys(&self, account: &Account) -> Outcome<Option<&AccountKeys>> {
        let Some(keys) = &self.keys else {
            return Ok(None);
        };
        let keys = keys.get(&account.id).ok_or_else(|| {
            Failure::bad_input(format!("the simulator has no account {}", account.id))
        })?;
        Ok(Some(keys))
    }
}

/// Values that live as long as a command, one of each type. A backend keeps here what all its providers share.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Kept {
    /// The value of this type, made when it is first asked for.
    // Only AWS keeps sessions.
    #[cfg_attr(not(feature = "aws"), allow(dead_code))]
    pub(crate) fn get<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = known
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::new(T::default()));
        // The key is the type of the value.
        Arc::clone(value).downcast().unwrap_or_default()
    }
}

/// The providers of the clouds that a topology has accounts on.
pub(crate) fn providers(
    topology: &Topology,
    access: &Access,
) -> Outcome<Vec<Arc<dyn CloudProvider>>> {
    let names = topology.accounts.iter().map(|account| &account.cloud);
    let names: BTreeSet<_> = names.collect();
    let provider = |name: &str| {
        let cloud = KnownCloud::named(name).map_err(Failure::bad_input)?;
        match cloud.provider {
            Some(provider) => provider(topology, access),
            None => Err(Failure::bad_input(cloud.not_built_in())),
        }
    };
    names.iter().map(|name| provider(name.as_str())).collect()
}

/// The same without any account: for what is known of clouds without asking them. No credentials are looked for.
pub(crate) fn without_keys(
    topology: &Topology,
    options: &Options,
) -> Outcome<Vec<Arc<dyn CloudProvider>>> {
    let mut topology = topology.clone();
    for account in topology.accounts.iter_mut() {
        account.held_by = Holder::Other;
    }
    let access = Access {
        clock: Arc::new(SystemClock::new()),
        endpoints: Endpoints::new(),
        keys: None,
        tap: None,
        mfa: Arc::new(MfaPrompt::new(options.interrupts.stop().clone())),
        kept: Kept::default(),
    };
    providers(&topology, &access)
}
