//! Verification: does a packet get there, and back?
//!
//! The static layer walks every ordered pair hop by hop through what was observed. A packet is reachable, blocked by an
//! element that the verdict names, or undecided because of an element that is not understood: a rule, a route or a list
//! that others made and that the model has no word for. What no cloud shows is not known here: appliances that a route
//! leads through, and firewalls inside instances. The
//! active layer ([`Engine::verify`](crate::engine::Engine::verify)) sends real pings from the instances.

mod edge;
mod existing;
mod fabric;
mod filter;
mod fit;
mod report;
#[cfg(test)]
mod tests;
mod traffic;
mod walk;

use crate::observation::Observation;
use crate::plan::Found;
use crate::preflight::foreign_rules;
use crate::topology::Topology;

pub(crate) use fabric::Spot;
pub use report::{Hop, PairVerdict, Path, PingResult, Reason, Verdict, VerifyReport};
pub use traffic::Traffic;

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

/// One verdict for every ordered pair of instances in different networks that an interconnect joins, and for every
/// instance in a member of an edge and every border router of it; without instances, of subnets. Where both ends have IPv6
/// too, there is a second verdict for it. Pure: reads nothing but the observation.
///
/// Towards a border router, and towards a network of an account that another holds, there is one direction only: what is
/// at the far end is not ours. Nothing of such a network can be read, so the configuration alone never says that a packet
/// gets there; a ping that is answered does.
pub fn verify(topology: &Topology, observation: &Observation, traffic: Traffic) -> VerifyReport {
    let found = Found::index(topology, observation);
    let fabric = fabric::Fabric::new(topology, observation, &found);
    let spots = fabric.spots();
    let mut pairs = Vec::new();
    for source in &spots {
        for destination in &spots {
            // What another holds can be asked, and cannot be made to ask.
            let asked = source.name != destination.name
                && source.speaks_to(destination)
                && !source.elsewhere;
            if asked && fabric.wanted(source, destination) {
                pairs.push(walk::pair(&fabric, source, destination, traffic));
            }
        }
    }
    for line in fabric.lines() {
        let joined = |spot: &&Spot| line.edge.members.contains(&spot.network_name);
        let sources = spots.iter().filter(joined);
        let sources = sources.filter(|source| source.speaks_to(&line.spot));
        pairs.extend(sources.map(|source| edge::pair(&fabric, source, &line, traffic)));
    }
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
    let findings = foreign_rules(&found, |_| false);
    VerifyReport::new(wanted + over_lines, pairs).with_findings(findings)
}
