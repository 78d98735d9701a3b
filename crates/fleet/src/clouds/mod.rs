//! Engines for real clouds, with keys of each tenant.
//!
//! [`CloudEngines`] gives each topology providers with the keys that its accounts name. Tenants share connections and the rate
//! budgets of accounts, and nothing else: no tenant's topology is ever carried out with keys of another tenant.
//!
//! A topology comes from a tenant, so not every source of keys is good here:
//!
//! | `credentials` | |
//! | --- | --- |
//! | `assume-role` without `from` | The worker's own keys assume the role. The external ID is the [tenant's](crate::external_id), whatever the topology says: else a tenant could name the role of another. |
//! | `secret: NAME` | Keys in the [folder of secrets](SecretFolder) of the tenant. |
//! | `assume-role` with `from` | A role that the keys of another account of the topology assume. |
//! | none, or `default` | The worker's own keys: for the tenants of [`with_own_keys_for`](CloudOptions::with_own_keys_for) only. |
//! | `env`, `profile` | Refused: they would be the worker's variables and files. |

#[cfg(feature = "aliyun")]
mod aliyun;
#[cfg(feature = "aws")]
mod aws;
mod kept;
mod keys_file;
mod options;
mod secrets;
mod simulated;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::backend::RateUsage;
use landbridge_core::engine::Engine;
use landbridge_core::topology::{Account, Holder, Topology};
use landbridge_core::{AccountId, Clock, CloudName, CloudProvider, Error, ErrorKind, Result};

use self::kept::{Kept, PROVIDERS, Wanted};
use self::secrets::TenantSecrets;
use self::sources::{Keys, source_of};
use crate::credentials::forbidden;
use crate::engines::Engines;
use crate::key::LinkKey;

pub use options::CloudOptions;
pub use secrets::SecretFolder;
pub use simulated::SimulatorKeys;

/// Makes the engine of each topology on Alibaba Cloud and AWS.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use landbridge_core::SystemClock;
/// use landbridge_fleet::clouds::{CloudEngines, CloudOptions, SecretFolder};
/// use landbridge_fleet::{FileStore, Worker};
///
/// # async fn run() -> landbridge_core::Result<()> {
/// let clock = Arc::new(SystemClock::new());
/// let options = CloudOptions::new().with_secrets(SecretFolder::open("/etc/landbridge/secrets")?);
/// let engines = CloudEngines::new(clock.clone(), options)?;
/// let store = Arc::new(FileStore::open("fleet")?);
/// Worker::new(store, Arc::new(engines), clock).run().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CloudEngines {
    clock: Arc<dyn Clock>,
    roots: BTreeMap<CloudName, Box<dyn Root>>,
    options: CloudOptions,
    kept: Kept<Wanted, Arc<dyn CloudProvider>>,
}

/// One cloud: what all its providers share.
pub(crate) trait Root: Debug + Send + Sync + 'static {
    /// A provider with these keys only.
    fn provider(
        &self,
        tenant: &str,
        accounts: &[(AccountId, Keys)],
    ) -> Result<Arc<dyn CloudProvider>>;

    /// What was asked of the budgets of an account, by all providers.
    fn rate_usage(&self, account: &AccountId) -> RateUsage;
}

impl CloudEngines {
    /// Engines for the clouds that this library was built with.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an address that is none, or one of a cloud that is not built in.
    pub fn new(clock: Arc<dyn Clock>, options: CloudOptions) -> Result<Self> {
        let mut roots: BTreeMap<CloudName, Box<dyn Root>> = BTreeMap::new();
        #[cfg(feature = "aliyun")]
        roots.insert(
            CloudName::from_static(landbridge_aliyun::CLOUD),
            Box::new(aliyun::AliyunRoot::new(Arc::clone(&clock), &options)?),
        );
        #[cfg(feature = "aws")]
        roots.insert(
            CloudName::from_static(landbridge_aws::CLOUD),
            Box::new(aws::AwsRoot::new(Arc::clone(&clock), &options)?),
        );
        if let Some(cloud) = options
            .endpoints
            .keys()
            .find(|one| !roots.contains_key(one))
        {
            return Err(not_built_in(cloud));
        }
        Ok(Self {
            clock,
            roots,
            options,
            kept: Kept::new(PROVIDERS),
        })
    }

    /// What all tenants together have asked of the rate budgets of an account.
    pub fn rate_usage(&self, cloud: &CloudName, account: &AccountId) -> RateUsage {
        let root = self.roots.get(cloud);
        root.map_or_else(RateUsage::default, |root| root.rate_usage(account))
    }

    fn provider(
        &self,
        tenant: &str,
        cloud: &CloudName,
        topology: &Topology,
    ) -> Result<Arc<dyn CloudProvider>> {
        let root = self.roots.get(cloud).ok_or_else(|| not_built_in(cloud))?;
        let ours = |account: &&Account| account.cloud == *cloud && account.held_by == Holder::Us;
        let accounts = topology.accounts.iter().filter(ours);
        let accounts = accounts.map(|account| {
            let keys = source_of(tenant, topology, account, &self.options)?;
            Ok((account.id.clone(), keys))
        });
        let accounts: Vec<(AccountId, Keys)> = accounts.collect::<Result<_>>()?;
        let wanted = Wanted::new(tenant, cloud, &accounts);
        self.kept.get(wanted, || root.provider(tenant, &accounts))
    }
}

#[async_trait]
impl Engines for CloudEngines {
    async fn engine(&self, key: &LinkKey, topology: &Topology) -> Result<Engine> {
        let tenant = key.tenant();
        // A simulator has keys of its own, which stand for the worker's.
        let own_keys = self.options.may_use_own_keys(tenant) || self.options.simulator.is_some();
        let refused = forbidden(topology, own_keys);
        if !refused.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, refused.join("; ")));
        }
        let secrets = TenantSecrets::new(self.options.secrets.clone(), tenant);
        let engine = Engine::new()
            .with_clock(Arc::clone(&self.clock))
            .with_secrets(Arc::new(secrets));
        let clouds: BTreeSet<&CloudName> = topology.accounts.iter().map(|a| &a.cloud).collect();
        clouds.into_iter().try_fold(engine, |engine, cloud| {
            Ok(engine.with_provider(self.provider(tenant, cloud, topology)?))
        })
    }
}

fn not_built_in(cloud: &CloudName) -> Error {
    let message = format!("cloud `{cloud}` is not built in");
    Error::new(ErrorKind::Unsupported, message)
        .with_remedy("write `aliyun` or `aws`, and build the program with the feature of that name")
}
