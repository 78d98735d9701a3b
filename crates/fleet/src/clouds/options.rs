use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use landbridge_core::CloudName;
use landbridge_core::backend::Tap;

use super::secrets::SecretFolder;
use super::simulated::SimulatorKeys;

/// How clouds are reached, and with whose keys.
#[derive(Clone, Debug, Default)]
pub struct CloudOptions {
    pub(super) endpoints: BTreeMap<CloudName, String>,
    pub(super) secrets: Option<SecretFolder>,
    pub(super) simulator: Option<SimulatorKeys>,
    pub(super) own_keys_for: BTreeSet<String>,
    pub(super) tap: Option<Arc<dyn Tap>>,
}

impl CloudOptions {
    /// The clouds themselves, roles that the worker's own keys assume, and no secrets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends every call of a cloud to one address, such as that of a simulator.
    #[must_use]
    pub fn with_endpoint(mut self, cloud: CloudName, address: impl Into<String>) -> Self {
        self.endpoints.insert(cloud, address.into());
        self
    }

    /// Sets where keys and passwords are that topologies name. Default: nowhere.
    #[must_use]
    pub fn with_secrets(mut self, folder: SecretFolder) -> Self {
        self.secrets = Some(folder);
        self
    }

    /// Uses keys of a simulator for every account, whatever its topology names. Default: no.
    #[must_use]
    pub fn with_simulator(mut self, keys: SimulatorKeys) -> Self {
        self.simulator = Some(keys);
        self
    }

    /// Lets topologies of this tenant use the worker's own keys, and choose the external IDs of roles. Default: none may.
    #[must_use]
    pub fn with_own_keys_for(mut self, tenant: impl Into<String>) -> Self {
        self.own_keys_for.insert(tenant.into());
        self
    }

    /// Sets what hears every exchange with a cloud. Default: nothing.
    #[must_use]
    pub fn with_tap(mut self, tap: Arc<dyn Tap>) -> Self {
        self.tap = Some(tap);
        self
    }

    pub(super) fn may_use_own_keys(&self, tenant: &str) -> bool {
        self.own_keys_for.contains(tenant)
    }
}
