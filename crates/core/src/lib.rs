//! Traits, model and engine of Landbridge.
//!
//! A [`Topology`](topology::Topology) says which networks must reach each other. The engine reads what is there
//! ([`Engine::observe`](engine::Engine::observe)), refuses what cannot work ([`mod@preflight`]), works out the steps ([`mod@plan`]), takes them
//! ([`Engine::apply`](engine::Engine::apply)), proves that packets flow ([`mod@verify`]) and removes everything again. It speaks to clouds only
//! through the [traits], so it knows no vendor.

pub mod backend;
pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod cost;
pub mod discovery;
pub mod drift;
pub mod engine;
mod error;
pub mod event;
mod failure;
pub mod findings;
mod format;
pub mod handover;
mod ids;
pub mod journal;
pub mod memory;
pub mod object;
mod observation;
pub mod page;
pub mod permit;
pub mod picture;
pub mod plan;
pub mod policy;
pub mod preflight;
pub mod probe;
pub mod reconcile;
pub mod retry;
#[cfg(test)]
mod scans;
pub mod topology;
pub mod traits;
pub mod trust;
pub mod verify;
mod wrap;

pub use clock::{Clock, SystemClock};
pub use error::{Error, ErrorKind, Result};
pub use failure::Failure;
pub use format::FormatVersion;
pub use ids::*;
pub use observation::{Inventories, Observation};
pub use traits::*;
