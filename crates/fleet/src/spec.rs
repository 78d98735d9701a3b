use std::time::Duration;

use landbridge_core::plan::PlanOptions;
use landbridge_core::reconcile::Intent;
use landbridge_core::topology::Topology;
use landbridge_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::LinkKey;

/// What is asked for: a topology, and how it is kept.
///
/// It is stored in clear, so the topology names sources of credentials and passwords, never values: see
/// [`Engines`](crate::Engines).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spec {
    /// The topology, as YAML or JSON.
    pub topology: String,
    /// How it is kept.
    #[serde(default)]
    pub policy: Policy,
}

impl Spec {
    /// A topology that is kept by the default policy.
    pub fn new(topology: impl Into<String>) -> Self {
        Self {
            topology: topology.into(),
            policy: Policy::default(),
        }
    }

    /// Sets how it is kept.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The topology. One that is called by its name within the tenant gets that of the key, so that no other topology has its tags.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no topology, and for one that has neither name.
    pub fn topology_of(&self, key: &LinkKey) -> Result<Topology> {
        let mut topology = Topology::from_text(&self.topology)?;
        if ![key.name(), key.as_str()].contains(&topology.name.as_str()) {
            let (name, found) = (key.name(), &topology.name);
            let message = format!("invalid topology name `{found}`: expected `{name}` or `{key}`");
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy(format!("set `name: {name}`")));
        }
        topology.name = key.to_string();
        Ok(topology)
    }
}

/// What is done when something differs from the topology.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OnDrift {
    /// It is told. A person decides.
    #[default]
    Tell,
    /// It is mended, as an apply would do it.
    Repair,
}

/// How a topology is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct Policy {
    /// What is done about drift. Default: it is told.
    pub on_drift: OnDrift,
    /// How often a topology that is up is observed, in seconds. Default 30 minutes. Topologies take turns within it.
    pub tick_seconds: u64,
    /// How often it is looked whether the owner of another account has done its part, in seconds. Default 5 minutes.
    pub peer_seconds: u64,
    /// How often a run that failed for a reason that may pass is started again. Default 20.
    pub attempts: u32,
    /// What plans may do beyond what is always right.
    pub allowed: PlanOptions,
    /// Whether instances of the topology send pings when it is up. Default: yes.
    pub pings: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_drift: OnDrift::default(),
            tick_seconds: 30 * 60,
            peer_seconds: 5 * 60,
            attempts: 20,
            allowed: PlanOptions::default(),
            pings: true,
        }
    }
}

impl Policy {
    /// Sets what is done about drift.
    #[must_use]
    pub fn with_on_drift(mut self, on_drift: OnDrift) -> Self {
        self.on_drift = on_drift;
        self
    }

    /// Sets how often a topology that is up is observed.
    #[must_use]
    pub fn with_tick(mut self, every: Duration) -> Self {
        self.tick_seconds = every.as_secs();
        self
    }

    /// Sets how often a run that failed for a reason that may pass is started again.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    pub(crate) fn tick(&self) -> Duration {
        Duration::from_secs(self.tick_seconds.max(1))
    }

    pub(crate) fn peer(&self) -> Duration {
        Duration::from_secs(self.peer_seconds.max(1))
    }

    pub(crate) fn with_limits_of(&self, intent: Intent) -> Intent {
        let intent = intent.with_allowed(self.allowed.clone());
        match self.pings {
            true => intent,
            false => intent.without_pings(),
        }
    }
}
