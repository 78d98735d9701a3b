use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::Place;

/// Something that a cloud listed and that was left out, because it was not understood.
///
/// It carries no tags of ours: such an object is an error where it is read. Nothing is changed or deleted because of it, and
/// what an inventory says is known beside it, not in spite of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotUnderstood {
    /// Where it was listed.
    pub place: Place,
    /// The operation that listed it, in the cloud's words.
    pub operation: String,
    /// Its ID, in the cloud's words; empty if it has none.
    pub id: String,
    /// The ID of what it is part of, as a route is of a route table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// What was not understood.
    pub reason: String,
}

impl NotUnderstood {
    /// What `operation` listed in `place` and nobody could read.
    pub fn new(
        place: Place,
        operation: impl Into<String>,
        id: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            place,
            operation: operation.into(),
            id: id.into(),
            within: None,
            reason: reason.into(),
        }
    }

    setters! {
        /// Sets the ID of what it is part of.
        with_within(within: impl Into<Option<String>>);
    }

    /// Its ID, or words for an object without one.
    pub fn name(&self) -> &str {
        match self.id.as_str() {
            "" => "an object without ID",
            id => id,
        }
    }
}

impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (
            name,
            Self {
                place,
                operation,
                reason,
                ..
            },
        ) = (self.name(), self);
        write!(f, "{name} in {place} ({operation}): {reason}")
    }
}
