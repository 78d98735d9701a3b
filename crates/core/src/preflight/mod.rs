//! Preflight: what would go wrong, found before the first write and told all at once.
//!
//! [`preflight`] is pure: it reads a topology and an observation. It checks what the plan makes knowable, not what only
//! the cloud's own validation can know.

mod drift;
mod edge;
mod finding;
mod identity;
mod network;
mod reach;

use crate::observation::Observation;
use crate::plan::Found;
use crate::topology::Topology;

pub use finding::{Finding, Report, Severity};

/// Checks a topology against what was observed.
pub fn preflight(topology: &Topology, observation: &Observation) -> Report {
    let found = Found::index(topology, observation);
    let context = Context {
        topology,
        observation,
        found: &found,
    };
    let mut findings = Vec::new();
    identity::check(&context, &mut findings);
    // With the wrong identity nothing else was read, so nothing else can be told.
    if findings.is_empty() {
        identity::services(&context, &mut findings);
        network::check(&context, &mut findings);
        edge::check(&context, &mut findings);
        reach::check(&context, &mut findings);
        drift::check(&context, &mut findings);
    }
    Report::new(findings)
}

struct Context<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    found: &'a Found,
}
