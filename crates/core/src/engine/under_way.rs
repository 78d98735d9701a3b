//! What a run has begun and has not seen done: the part of its report that the counts of steps do not tell.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::ids::Place;
use crate::plan::{Step, StepKey};

/// A step that a run began and did not see done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnderWay {
    /// Which.
    pub key: StepKey,
    /// Where.
    pub place: Place,
    /// What it does, in words.
    pub what: String,
    /// How far it is known to have come.
    #[serde(flatten)]
    pub standing: Standing,
}

/// How far a step is known to have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Standing {
    /// The cloud has accepted the request. The object was not seen ready, or gone, yet.
    Accepted {
        /// Its ID, or its key where it has none.
        id: String,
        /// The state it was last seen in, in the cloud's word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
    },
    /// A request was sent and its outcome is not known, or it is known for a part of it only. The next run looks for the
    /// object before it sends anything.
    Unsettled {
        /// The request ID of the last answer, if one came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
}

impl fmt::Display for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, place, .. } = self;
        match &self.standing {
            Standing::Accepted { id, state } => {
                write!(f, "under way: {key} in {place}: accepted as {id}")?;
                match state {
                    Some(state) => write!(f, ", last seen {state}"),
                    None => f.write_str(", not yet seen done"),
                }
            }
            Standing::Unsettled { request_id } => {
                write!(f, "unsettled: {key} in {place}: sent, outcome unknown")?;
                match request_id {
                    Some(id) => write!(f, " [request {id}]"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The steps of one run that are under way.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<BTreeMap<StepKey, UnderWay>>);

impl Ledger {
    pub(super) fn accepted(&self, step: &Step, id: &str) {
        let standing = Standing::Accepted {
            id: id.to_owned(),
            state: None,
        };
        self.note(step, standing);
    }

    pub(super) fn unsettled(&self, step: &Step, request_id: Option<String>) {
        self.note(step, Standing::Unsettled { request_id });
    }

    /// The state that an accepted step's object was seen in.
    pub(super) fn seen(&self, step: &Step, seen: &str) {
        if let Some(UnderWay {
            standing: Standing::Accepted { state, .. },
            ..
        }) = self.lock().get_mut(&step.key)
        {
            *state = Some(seen.to_owned());
        }
    }

    pub(super) fn settled(&self, step: &Step) {
        self.lock().remove(&step.key);
    }

    pub(super) fn all(&self) -> Vec<UnderWay> {
        self.lock().values().cloned().collect()
    }

    fn note(&self, step: &Step, standing: Standing) {
        let under_way = UnderWay {
            key: step.key.clone(),
            place: step.place.clone(),
            what: step.op.to_string(),
            standing,
        };
        self.lock().insert(step.key.clone(), under_way);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StepKey, UnderWay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
