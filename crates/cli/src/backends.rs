//! One provider for each cloud that a topology uses.

use std::collections::BTreeSet;
use std::sync::Arc;

use landbridge_core::backend::Tap;
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{Clock, CloudName, CloudProvider, Region};
use landbridge_sim::AccountKeys;

use crate::exit::{Failure, Outcome};
use crate::mfa::MfaPrompt;
use crate::simulated::Keys;

/// How the clouds are reached.
#[derive(Debug)]
#[cfg_attr(not(all(feature = "aliyun", feature = "aws")), allow(dead_code))]
pub(crate) struct Access {
    pub(crate) clock: Arc<dyn Clock>,
    /// One address for all products of Alibaba Cloud.
    pub(crate) aliyun_endpoint: Option<String>,
    /// One address for all services of AWS.
    pub(crate) aws_endpoint: Option<String>,
    /// Keys of a simulator, in place of the credential sources of the topology.
    pub(crate) keys: Option<Keys>,
    /// Who hears every exchange.
    pub(crate) tap: Option<Arc<dyn Tap>>,
    /// Who is asked for codes of second factors.
    pub(crate) mfa: Arc<MfaPrompt>,
    #[cfg(feature = "aws")]
    pub(crate) aws_sessions: crate::aws::Sessions,
}

#[cfg_attr(not(any(feature = "aliyun", feature = "aws")), allow(dead_code))]
impl Access {
    /// The accounts of a topology on one cloud.
    pub(crate) fn accounts_of<'t>(&self, topology: &'t Topology, cloud: &str) -> Vec<&'t Account> {
        topology
            .accounts
            .iter()
            .filter(|account| account.cloud.as_str() == cloud)
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

/// The names of the clouds that this program was built with.
const BUILT_WITH: &[&str] = &[
    #[cfg(feature = "aliyun")]
    crate::aliyun::CLOUD,
    #[cfg(feature = "aws")]
    crate::aws::CLOUD,
];

pub(crate) fn providers(
    topology: &Topology,
    access: &Access,
) -> Outcome<Vec<Arc<dyn CloudProvider>>> {
    let clouds: BTreeSet<&CloudName> = topology
        .accounts
        .iter()
        .map(|account| &account.cloud)
        .collect();
    clouds
        .into_iter()
        .map(|cloud| provider(cloud, topology, access))
        .collect()
}

#[cfg_attr(not(any(feature = "aliyun", feature = "aws")), allow(unused_variables))]
fn provider(
    cloud: &CloudName,
    topology: &Topology,
    access: &Access,
) -> Outcome<Arc<dyn CloudProvider>> {
    match cloud.as_str() {
        #[cfg(feature = "aliyun")]
        crate::aliyun::CLOUD => crate::aliyun::provider(topology, access),
        #[cfg(feature = "aws")]
        crate::aws::CLOUD => crate::aws::provider(topology, access),
        unknown => Err(Failure::bad_input(format!(
            "this program was built without a backend for cloud `{unknown}`; it knows: {}; build it with the feature of \
             that cloud, such as `--features aws`",
            BUILT_WITH.join(", ")
        ))),
    }
}

/// The region in which a cloud is asked what concerns an account as a whole: who the caller is, and its roles.
pub(crate) fn home(cloud: &CloudName) -> Region {
    match cloud.as_str() {
        #[cfg(feature = "aws")]
        crate::aws::CLOUD => crate::aws::home(),
        _ => Region::from("global"),
    }
}
