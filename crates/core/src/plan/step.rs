use std::fmt;

use serde::{Deserialize, Serialize};

use super::Op;
use crate::ids::Place;

/// The key of a step, unique in its plan: the key of the object it creates (`network/vpc1`), or that key behind
/// `delete:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(String);

impl StepKey {
    /// The step that creates the object with this key.
    pub fn create(object: impl Into<String>) -> Self {
        Self(object.into())
    }

    /// The step that deletes the object with this key.
    pub fn delete(object: &str) -> Self {
        Self(format!("delete:{object}"))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the object that the step creates or deletes.
    pub fn object(&self) -> &str {
        self.0.strip_prefix("delete:").unwrap_or(&self.0)
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An id that is known, or will be when a step is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ref {
    /// The object exists and has this id.
    Id(String),
    /// The object that this step creates.
    Step(StepKey),
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Step(key) => write!(f, "{{{key}}}"),
        }
    }
}

/// One write to one cloud, and what must be done before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Its key.
    pub key: StepKey,
    /// What it does.
    pub op: Op,
    /// Where, and so with whose credentials.
    pub place: Place,
    /// Steps that must be done before.
    pub depends_on: Vec<StepKey>,
    /// Of all steps with the same domain only one writes at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The permissions it needs, in the cloud's words.
    pub permissions: Vec<String>,
    /// The object exists already and only has to become ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<String>,
}
