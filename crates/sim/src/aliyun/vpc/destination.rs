//! What a route of a VPC is to.

use std::fmt;
use std::time::Duration;

use ipnet::IpNet;

use super::State;
use super::prefix_lists::ranges_of_list;

/// A range, or all entries of a prefix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Range(IpNet),
    PrefixList(String),
}

impl Destination {
    pub(crate) fn range(&self) -> Option<IpNet> {
        match self {
            Self::Range(range) => Some(*range),
            Self::PrefixList(_) => None,
        }
    }

    pub(crate) fn is_list(&self, id: &str) -> bool {
        matches!(self, Self::PrefixList(list) if list == id)
    }

    /// Each entry of a list counts with its own length.
    pub(crate) fn ranges(&self, state: &State, now: Duration) -> Vec<IpNet> {
        match self {
            Self::Range(range) => vec![*range],
            Self::PrefixList(id) => ranges_of_list(state, id, now),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::PrefixList(id) => id.fmt(f),
        }
    }
}
