use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intent::Goal;
use super::outcome::Outcome;
use crate::event::RunId;
use crate::format::FormatVersion;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// It reads the places of the topology.
    Observing,
    /// It takes the steps of its plan.
    Applying,
    /// It looks whether packets flow.
    Verifying,
    /// It looks for what is left after a removal.
    Proving,
    /// It has ended: nothing is read or written any more.
    Ended,
}

/// A step that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Waiting {
    /// Its key.
    pub step: String,
    /// The state of its object in the cloud's word, or why the cloud took the request not yet.
    pub state: String,
}

/// How far a run has come. As JSON it takes less than 2 KB, whatever the size of the topology: long texts are shortened, and of
/// lists there are the first few and how many there are.
///
/// It holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Progress {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// Which run. IDs of more than 64 bytes are shortened.
    pub run: RunId,
    /// What for.
    pub goal: Goal,
    /// What it is doing.
    pub stage: Stage,
    /// How many steps are done.
    #[serde(default)]
    pub done: usize,
    /// How many the plan has; 0 before there is one.
    #[serde(default)]
    pub total: usize,
    /// How long the steps that are not done take at least, by what the clouds usually take, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<f64>,
    /// The first few of the steps that wait for a cloud.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    /// How many of them there are.
    #[serde(default)]
    pub waiting_steps: usize,
    /// How the run has ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Progress {
    /// Whether the run has ended.
    pub fn has_ended(&self) -> bool {
        self.outcome.is_some()
    }
}
