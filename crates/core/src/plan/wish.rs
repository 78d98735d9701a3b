//! What a topology says, read together with what was observed: questions that planner and preflight both ask.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::found::Found;
use crate::ids::Region;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::topology::{Edge, Interconnect, Network, RuleSource, Topology};
use crate::traits::{Capabilities, CloudService, Model};

/// The capabilities of the cloud that an interconnect is built on.
pub(crate) fn capabilities_of<'a>(
    topology: &Topology,
    observation: &'a Observation,
    interconnect: &Interconnect,
) -> Option<&'a Capabilities> {
    let owner = topology.account(&interconnect.owner)?;
    observation.capabilities.get(&owner.cloud)
}

/// The capabilities of the cloud that an edge is on.
pub(crate) fn capabilities_of_edge<'a>(
    topology: &Topology,
    observation: &'a Observation,
    edge: &Edge,
) -> Option<&'a Capabilities> {
    let owner = topology.account(&edge.owner)?;
    observation.capabilities.get(&owner.cloud)
}

/// The model of an interconnect, if its cloud offers the one asked for.
pub(crate) fn chosen_model(
    topology: &Topology,
    observation: &Observation,
    interconnect: &Interconnect,
) -> Option<Model> {
    let capabilities = capabilities_of(topology, observation, interconnect)?;
    interconnect.model_of(&capabilities.models)
}

/// The pairs of an interconnect's regions between which a border is crossed.
pub(crate) fn borders_crossed<'t>(
    topology: &'t Topology,
    capabilities: &Capabilities,
    interconnect: &Interconnect,
) -> Vec<(&'t Region, &'t Region)> {
    let members = interconnect.members.iter();
    let networks = members.filter_map(|member| topology.network(member));
    let regions: BTreeSet<&Region> = networks.map(|network| &network.region).collect();
    let regions: Vec<&Region> = regions.into_iter().collect();
    let pairs = regions.iter().enumerate().flat_map(|(index, left)| {
        regions[index + 1..]
            .iter()
            .map(move |right| (*left, *right))
    });
    pairs
        .filter(|(left, right)| capabilities.crosses_border(left, right))
        .collect()
}

/// The services that interconnects need, by account name: where there are hubs, in the owner's account all of them and in
/// members' those of hubs; in a mesh, in members' accounts those of traffic between regions.
pub(crate) fn needed_services(
    topology: &Topology,
    observation: &Observation,
) -> BTreeSet<(String, CloudService)> {
    let mut needed = BTreeSet::new();
    for interconnect in &topology.interconnects {
        let Some(capabilities) = capabilities_of(topology, observation, interconnect) else {
            continue;
        };
        let Some(model) = chosen_model(topology, observation, interconnect) else {
            continue;
        };
        let members = || {
            interconnect
                .members
                .iter()
                .filter_map(|member| topology.network(member))
        };
        let regions: BTreeSet<&Region> = members().map(|network| &network.region).collect();
        let abroad = !borders_crossed(topology, capabilities, interconnect).is_empty();
        let everybody = || members().map(|network| network.account.clone());
        for service in &capabilities.services {
            match (model, service) {
                (Model::Hub, CloudService::Hub) => {
                    needed.insert((interconnect.owner.clone(), *service));
                    needed.extend(everybody().map(|account| (account, *service)));
                }
                (Model::Hub, CloudService::Transit) if regions.len() > 1 => {
                    needed.insert((interconnect.owner.clone(), *service));
                }
                (Model::Hub, CloudService::CrossBorder) if abroad => {
                    needed.insert((interconnect.owner.clone(), *service));
                }
                // Every member of a mesh has a peer on the other side.
                (Model::Mesh, CloudService::CrossBorder) if abroad => {
                    needed.extend(everybody().map(|account| (account, *service)));
                }
                // Both owners of a peering between regions carry its traffic.
                (Model::Mesh, CloudService::Transit) if regions.len() > 1 => {
                    needed.extend(everybody().map(|account| (account, *service)));
                }
                _ => {}
            }
        }
    }
    needed
}

/// The ranges of a network: those observed and those to come, or the declared ones.
pub(crate) fn ranges_of(network: &Network, found: &Found) -> Vec<IpNet> {
    let Some(at) = found.networks.get(&ObjectKey::network(&network.name)) else {
        return network.declared_ranges();
    };
    let mut ranges = at.record.ranges.clone();
    let to_come = network.ranges.iter().filter(|r| !ranges.contains(r));
    let to_come: Vec<IpNet> = to_come.copied().collect();
    ranges.extend(to_come);
    ranges
}

/// The secondary IPv4 CIDR blocks of a network of the topology that the topology does not declare. Nothing tells who added
/// them.
pub(crate) fn extra_ranges(network: &Network, found: &Found) -> Vec<IpNet> {
    let there = found.networks.get(&ObjectKey::network(&network.name));
    let Some(at) = there.filter(|at| at.ours && network.range.is_some()) else {
        return Vec::new();
    };
    let declared = network.declared_ranges();
    let secondary = at.record.ranges.iter().skip(1);
    secondary
        .filter(|range| range.addr().is_ipv4() && !declared.contains(range))
        .copied()
        .collect()
}

/// Whether packets of a network may be IPv6: it has an IPv6 range, or gets one when it is created.
pub(crate) fn carries_ipv6(network: &Network, found: &Found) -> bool {
    let known = ranges_of(network, found);
    known.iter().any(|range| range.addr().is_ipv6()) || awaits_ipv6(network, found)
}

// Whether its IPv6 range is known only once the network is ready.
fn awaits_ipv6(network: &Network, found: &Found) -> bool {
    let there = found.networks.get(&ObjectKey::network(&network.name));
    let is_to_come = there
        .is_none_or(|at| !at.record.status.is_ready() && at.record.ipv6_ranges().next().is_none());
    network.ipv6 && network.id.is_none() && is_to_come
}

/// A part of what a network is reached by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// A range that is known.
    Range(IpNet),
    /// The IPv6 range of the network of this name, which the cloud chooses when it creates the network.
    Ipv6Of(String),
}

impl Reach {
    pub(crate) fn is_ipv6(&self) -> bool {
        match self {
            Self::Range(range) => range.addr().is_ipv6(),
            Self::Ipv6Of(_) => true,
        }
    }
}

/// Everything that a network is reached by.
pub(crate) fn reach_of(network: &Network, found: &Found) -> Vec<Reach> {
    let known = ranges_of(network, found).into_iter().map(Reach::Range);
    let to_come = awaits_ipv6(network, found).then(|| Reach::Ipv6Of(network.name.clone()));
    known.chain(to_come).collect()
}

/// What a network reaches another one by: IPv6 only where both have it.
pub(crate) fn reach_between(network: &Network, other: &Network, found: &Found) -> Vec<Reach> {
    let mut reach = reach_of(other, found);
    let has_ipv6 = carries_ipv6(network, found);
    reach.retain(|part| has_ipv6 || !part.is_ipv6());
    reach
}

/// The ranges of a member that the lines of an edge learn: those declared, or all IPv4 ones of the network. Private lines
/// are joined by IPv4.
pub(crate) fn advertised(edge: &Edge, network: &Network, found: &Found) -> Vec<IpNet> {
    match edge.advertise.get(&network.name) {
        Some(ranges) => ranges.clone(),
        None => {
            let mut ranges = ranges_of(network, found);
            ranges.retain(|range| range.addr().is_ipv4());
            ranges
        }
    }
}

/// The ranges behind an edge's border routers.
pub(crate) fn edge_ranges(edge: &Edge) -> impl Iterator<Item = &IpNet> {
    edge.border_routers.iter().flat_map(|router| &router.ranges)
}

/// What a rule's source stands for, in a group of `network`. Without IPv6 in `network`, IPv6 ranges of others mean
/// nothing there.
pub(crate) fn source_ranges(
    topology: &Topology,
    found: &Found,
    source: &RuleSource,
    network: &str,
) -> Vec<Reach> {
    let own = topology.network(network);
    let has_ipv6 = own.is_some_and(|own| carries_ipv6(own, found));
    let of = |name: &str| {
        let reach = topology.network(name).map(|other| reach_of(other, found));
        let mut reach = reach.unwrap_or_default();
        reach.retain(|part| has_ipv6 || !part.is_ipv6());
        reach
    };
    match source {
        RuleSource::Range(range) => vec![Reach::Range(*range)],
        RuleSource::Group { .. } => Vec::new(),
        RuleSource::Network(name) => of(name),
        RuleSource::Members(name) => topology
            .interconnect(name)
            .into_iter()
            .flat_map(|interconnect| &interconnect.members)
            .filter(|member| *member != network)
            .flat_map(|member| of(member))
            .collect(),
    }
}
