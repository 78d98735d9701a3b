use std::fmt::Debug;

use async_trait::async_trait;
use landbridge_core::Result;
use landbridge_core::engine::Engine;
use landbridge_core::topology::Topology;

use crate::key::LinkKey;

/// Makes the engine of each run: its providers, its keys and its passwords.
///
/// Here credentials are resolved, topology by topology: a service gives each tenant a provider of its own, which shares
/// connections and rate budgets with those of the others (`sibling` of the providers), and a
/// [`SecretSource`](landbridge_core::engine::SecretSource) that knows this tenant's names only. Nothing of it is stored.
#[async_trait]
pub trait Engines: Debug + Send + Sync + 'static {
    /// The engine for a run of this topology. The worker adds the lease, the run ID and what stops the run.
    ///
    /// # Errors
    /// What keeps the tenant's keys from being found. The run then fails with it.
    async fn engine(&self, key: &LinkKey, topology: &Topology) -> Result<Engine>;
}

/// One engine for all topologies.
#[async_trait]
impl Engines for Engine {
    async fn engine(&self, _key: &LinkKey, _topology: &Topology) -> Result<Engine> {
        Ok(self.clone())
    }
}
