//! The promises of the [traits](crate::traits) as checks that any backend can be put to.
//!
//! There is a [`Check`] for each promise. [`checks`] chooses those that a cloud's [`Capabilities`](crate::Capabilities)
//! ask for, and [`run_all`] runs them one after the other against a [`Subject`]: a provider, the clock it lives by, and
//! two accounts in two regions in which networks, hubs, groups, instances and roles may be made. Checks speak through
//! `&dyn Cloud` handles alone, wait no longer than the subject's [limit](Subject::limit), use names, tokens and ranges of
//! their own, and remove what they made, also after a failure; what could not be removed is told.
//!
//! A backend outside of this workspace depends on `landbridge-core` with the feature `conformance` and has a test like
//! this one, with its own provider in place of the in-memory cloud:
//!
//! ```
//! use std::sync::Arc;
//!
//! use landbridge_core::conformance::{Subject, run_all};
//! use landbridge_core::memory::{ManualClock, MemoryProvider};
//! use landbridge_core::{CloudName, Place, Zone};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let clock = Arc::new(ManualClock::new());
//! let provider = Arc::new(MemoryProvider::new(clock.clone()));
//! let home = Place::new(CloudName::from_static("memory"), "1111", "north");
//! let subject = Subject::new(provider, clock, home, "south", "2222")
//!     .with_zones("north", [Zone::new("north-a")])
//!     .with_machines("nano", "linux");
//! let report = run_all(&subject).await;
//! assert!(report.passed(), "{report}");
//! println!("{}", report.summary());
//! # }
//! ```
//!
//! On a real cloud an examination makes up to three networks and two hubs at a time, starts small instances, and takes as
//! long as the cloud does. It never opens a paid service that is closed.

mod agent;
mod auth;
mod check;
mod compute;
pub mod differential;
mod firewall;
mod grant;
mod hub;
mod inventory;
mod lab;
mod lifecycle;
mod network;
mod oracle;
mod peering;
mod recipe;
mod report;
mod routing;
mod service;
mod subject;
mod tagging;
mod thing;
mod trust;
mod unsupported;

#[cfg(test)]
mod tests;

pub use check::{Check, Violation, checks};
pub use report::{ConformanceReport, Finding, Verdict, run_all};
pub use subject::{Machines, Subject};

/// Every check there is.
fn all_checks() -> Vec<Check> {
    [
        auth::checks(),
        service::checks(),
        network::checks(),
        routing::checks(),
        hub::checks(),
        grant::checks(),
        peering::checks(),
        firewall::checks(),
        compute::checks(),
        oracle::checks(),
        agent::checks(),
        trust::checks(),
        tagging::checks(),
        inventory::checks(),
        unsupported::checks(),
    ]
    .concat()
}
