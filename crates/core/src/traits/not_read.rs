use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ids::Place;

/// A list of a place, or all of a place, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotRead {
    /// Where.
    pub place: Place,
    /// What, in the plural: `networks`, `instances`, `everything`.
    pub what: String,
    /// Why: the error, with its operation and remedy.
    pub reason: String,
}

impl NotRead {
    /// What could not be read in a place because of an error.
    pub fn new(place: Place, what: impl Into<String>, error: &Error) -> Self {
        Self {
            place,
            what: what.into(),
            reason: error.to_string(),
        }
    }
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: {}", self.what, self.place, self.reason)
    }
}
