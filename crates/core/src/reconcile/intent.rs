use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::PlanOptions;

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Goal {
    /// The topology is there as it is declared, and packets flow.
    Converge,
    /// Nothing of the topology is left.
    Remove,
    /// It is known what differs. Nothing is written.
    Observe,
}

/// What a run is for, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Intent {
    /// What for.
    pub goal: Goal,
    /// What its plan may do beyond what is always right.
    pub allowed: PlanOptions,
    /// Whether instances of the topology send pings when it is up. Default: yes.
    pub pings: bool,
}

impl Intent {
    /// To create and change what the topology declares, then to verify it.
    pub fn converge() -> Self {
        Self::of(Goal::Converge)
    }

    /// To delete what is the topology's, and to prove that nothing is left.
    pub fn remove() -> Self {
        Self::of(Goal::Remove)
    }

    /// To tell what differs, without a write.
    pub fn observe() -> Self {
        Self::of(Goal::Observe)
    }

    fn of(goal: Goal) -> Self {
        Self {
            goal,
            allowed: PlanOptions::default(),
            pings: true,
        }
    }

    /// Sets what the plan may do beyond what is always right.
    #[must_use]
    pub fn with_allowed(mut self, allowed: PlanOptions) -> Self {
        self.allowed = allowed;
        self
    }

    /// Verifies by the configuration alone.
    #[must_use]
    pub fn without_pings(mut self) -> Self {
        self.pings = false;
        self
    }
}
