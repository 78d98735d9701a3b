//! What a run that stopped has done before.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::Place;
use crate::plan::{Step, StepKey};

/// A step that a run has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finished {
    /// Which.
    pub key: StepKey,
    /// Where.
    pub place: Place,
    /// The ID of its object, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Finished {
    pub(super) fn new(step: &Step, id: &str) -> Self {
        let has_id = *step.key.object() != id;
        Self {
            key: step.key.clone(),
            place: step.place.clone(),
            id: has_id.then(|| id.to_owned()),
        }
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, place, id } = self;
        write!(f, "done: {key} in {place}")?;
        match id {
            Some(id) => write!(f, ": {id}"),
            None => Ok(()),
        }
    }
}
