//! What became of writes that were under way when a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Open;
use crate::discovery::Discovery;
use crate::observation::Observation;
use crate::plan::{Plan, StepKey};

/// What a look at the clouds says of a step that was under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settled {
    /// The step.
    pub step: StepKey,
    /// What was found.
    #[serde(flatten)]
    pub found: Finding,
}

impl Settled {
    /// What was found of a step.
    pub fn new(step: StepKey, found: Finding) -> Self {
        Self { step, found }
    }
}

/// What was found of the object of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// What the step wants is there: nothing is left to do.
    AsWanted {
        /// The ID of the object, where it has one and is not gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// The object is there and not ready: a run has to wait for it.
    NotReady {
        /// Its ID.
        id: String,
    },
    /// The write had no effect that the clouds show: a run takes the step again.
    NoEffect,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsWanted { id: Some(id) } => write!(f, "found with ID {id}"),
            Self::AsWanted { id: None } => f.write_str("found done"),
            Self::NotReady { id } => write!(f, "found with ID {id}, not ready yet"),
            Self::NoEffect => f.write_str("no effect found; the step is taken again"),
        }
    }
}

/// Says of each open step what was found, by a plan of the same topology that was made from this observation: a step that
/// is not planned any more has had its effect.
pub fn settle(open: &[Open], observation: &Observation, now: &Plan) -> Vec<Settled> {
    let made = Discovery::new(observation.inventories.to_vec(), Vec::new()).topologies();
    let id_of = |step: &StepKey| {
        let ours = made.iter().filter(|status| status.topology == now.topology);
        let mut objects = ours.flat_map(|status| &status.objects);
        let object = objects.find(|object| object.key == *step.object())?;
        Some(object.id.clone()).filter(|id| !id.is_empty())
    };
    let finding = |step: &StepKey| match now.step(step) {
        None if step.is_delete() => Finding::AsWanted { id: None },
        None => Finding::AsWanted { id: id_of(step) },
        Some(planned) => match &planned.existing {
            Some(id) if !step.is_delete() => Finding::NotReady { id: id.clone() },
            _ => Finding::NoEffect,
        },
    };
    let settled = |open: &Open| Settled::new(open.step.clone(), finding(&open.step));
    open.iter().map(settled).collect()
}
