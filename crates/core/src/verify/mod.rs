//! Verification: does a packet get there, and back?
//!
//! The static layer walks every ordered pair hop by hop through what was observed. A packet is reachable, blocked by an
//! element that the verdict names, or undecided because of an element that is not understood: a rule, a route or a list
//! that others made and that the model has no word for. What no cloud shows is not known here: appliances that a route
//! leads through, and firewalls inside instances. The
//! active layer ([`Engine::verify`](crate::engine::Engine::verify)) sends real pings from the instances, or opens connections
//! ([`Engine::verify_traffic`](crate::engine::Engine::verify_traffic)).

mod classes;
mod document;
mod edge;
mod existing;
mod fabric;
mod filter;
mod fit;
mod lists;
mod opinion;
mod pairs;
mod probed;
mod report;
#[cfg(test)]
mod tests;
mod traffic;
mod trail;
mod walk;
mod world;

use crate::observation::Observation;
use crate::plan::Found;
use crate::preflight::foreign_rules;
use crate::topology::Topology;

pub use document::{
    Between, Counts, NotChecked, VerifiedAccount, VerifiedEnd, VerifiedFinding, VerifiedNetwork,
    VerifyDocument,
};
pub(crate) use fabric::Spot;
pub use opinion::{
    Agreement, LeftAnalysis, Opinion, Question, Questions, SecondOpinion, questions,
};
pub use pairs::{Iter, Pairs};
pub use probed::{Connection, ConnectionResult, PingResult, Probed};
pub use report::{Explained, Hop, PairVerdict, Path, Reason, Verdict, VerifyReport};
pub use traffic::{ProbeMethod, Traffic};
use world::World;

/// The verdict on one pair of spots, of whatever topology.
pub(crate) fn between(
    observation: &Observation,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
) -> PairVerdict {
    let (topology, found) = (Topology::new(""), Found::default());
    let fabric = fabric::Fabric::new(&topology, observation, &found);
    walk::pair(&fabric, source, destination, traffic)
}

/// The same for all ordered pairs of some spots, told as a report tells them: pairs share what is the same for them.
#[cfg(feature = "conformance")]
pub(crate) fn shared_between(
    observation: &Observation,
    spots: &[Spot],
    traffic: Traffic,
) -> std::collections::HashMap<(usize, usize), Verdict> {
    let (topology, found) = (Topology::new(""), Found::default());
    let mut fabric = fabric::Fabric::new(&topology, observation, &found);
    fabric.classes = Some(classes::Classes::of(&fabric, spots));
    let ends = spots
        .iter()
        .flat_map(|from| spots.iter().map(move |to| (from, to)));
    let verdicts = ends.map(|(from, to)| {
        let mut trail = trail::Trail::untold();
        let (blocked, open) = walk::walk(&fabric, from, to, traffic, &mut trail);
        ((from.index, to.index), trail.path(blocked, open).verdict())
    });
    verdicts.collect()
}

/// One verdict for every ordered pair of instances in different networks that an interconnect joins, and for every
/// instance in a member of an edge and every border router of it; without instances, of subnets. Where both ends have IPv6
/// too, there is a second verdict for it. Pure: reads nothing but the observation.
///
/// Towards a border router, and towards a network of an account that another holds, there is one direction only: what is
/// at the far end is not ours. Nothing of such a network can be read, so the configuration alone never says that a packet
/// gets there; a ping that is answered does.
pub fn verify(topology: &Topology, observation: &Observation, traffic: Traffic) -> VerifyReport {
    let world = World::new(topology, observation, traffic);
    let (verdicts, walks) = world.verdicts();
    let over_lines: usize = topology
        .wanted_edges()
        .map(|edge| edge.members.len() * edge.border_routers.len())
        .sum();
    let wanted: usize = topology
        .interconnects
        .iter()
        .map(|i| {
            let members = i.members.iter().filter_map(|name| topology.network(name));
            let ours = members.filter(|network| !topology.is_held_by_other(&network.account));
            ours.count() * i.members.len().saturating_sub(1)
        })
        .sum();
    let findings = foreign_rules(&world.found, |_| false);
    let pairs = Pairs::new(world, verdicts, walks);
    VerifyReport::new(wanted + over_lines, pairs, traffic).with_findings(findings)
}
