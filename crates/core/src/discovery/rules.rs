//! The rules of firewalls, from the rules that groups hold and the mark that these carry.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{Found, Reach, source_ranges};
use crate::topology::{Firewall, FirewallRuleSpec, Ports, RuleSource, Topology};
use crate::traits::{
    Action, Direction, Endpoint, NextHop, PortRange, Protocol, RulePeer, RuleRecord,
};

/// What rules of one entry have in common.
type Traffic = (Protocol, Option<PortRange>, Direction);

/// The far ends that each network of a firewall has in its group.
type Sources = BTreeMap<String, BTreeSet<RuleSource>>;

impl Draft {
    /// Adds what only an observation tells: the rules of firewalls, and the CIDR blocks behind border routers.
    pub(crate) fn fill(&mut self, observation: &Observation) {
        let found = Found::index(&self.topology, observation);
        self.lines(observation);
        let topology = self.topology.clone();
        for firewall in &mut self.topology.firewalls {
            for (traffic, sources) in traffic_of(firewall, &topology, &found) {
                let from = common(&topology, &found, traffic.0, sources);
                firewall.rules.extend(spec(traffic, from));
            }
        }
    }

    // All that members reach through an edge lies behind its border routers; which of them leads where is not told.
    fn lines(&mut self, observation: &Observation) {
        for edge in &mut self.topology.edges {
            let all = observation.inventories.iter().flat_map(|i| &i.peerings);
            let at_edge = all.filter(|record| matches!(record.accepter, Endpoint::Edge { .. }));
            let hops: BTreeSet<_> = at_edge
                .filter(|record| {
                    let owner = record.owner.as_ref().map(|owner| owner.object_key());
                    matches!(owner, Some(ObjectKey::Attachment(of)) if of.to == edge.name)
                })
                .map(|record| &record.id)
                .collect();
            let routes = observation.inventories.iter().flat_map(|i| &i.routes);
            let through = routes.filter(
                |route| matches!(&route.next_hop, NextHop::Peering(id) if hops.contains(id)),
            );
            let ranges: BTreeSet<_> = through.filter_map(|r| r.destination.range()).collect();
            for router in &mut edge.border_routers {
                router.ranges = ranges.iter().copied().collect();
            }
        }
    }
}

fn spec((allow, ports, direction): Traffic, from: Vec<RuleSource>) -> Option<FirewallRuleSpec> {
    if from.is_empty() {
        return None;
    }
    let mut spec = FirewallRuleSpec::allow(allow, from);
    spec.ports = ports.map(Ports);
    spec.direction = direction;
    Some(spec)
}

fn traffic_of(
    firewall: &Firewall,
    topology: &Topology,
    found: &Found,
) -> BTreeMap<Traffic, Sources> {
    let mut traffic: BTreeMap<Traffic, Sources> = BTreeMap::new();
    for network in &firewall.networks {
        let group = found.groups.get(&ObjectKey::group(&firewall.name, network));
        let rules = group.and_then(|at| found.rules.get(&at.record.id));
        for record in rules.into_iter().flatten() {
            let Some(source) = source(record, topology, found) else {
                continue;
            };
            let rule = &record.rule;
            let key = (rule.protocol, rule.ports, rule.direction);
            let sources = traffic.entry(key).or_default();
            sources.entry(network.clone()).or_default().insert(source);
        }
    }
    // A network without such a rule says that the entry is not for all.
    for sources in traffic.values_mut() {
        for network in &firewall.networks {
            sources.entry(network.clone()).or_default();
        }
    }
    traffic
}

// The far end of a rule of the topology, as far as a topology can say it.
fn source(record: &RuleRecord, topology: &Topology, found: &Found) -> Option<RuleSource> {
    let rule = &record.rule;
    let is_ours = record.topology.as_ref() == Some(&topology.name);
    if !is_ours || rule.action != Action::Allow || !rule.only.is_none() {
        return None;
    }
    match &rule.peer {
        RulePeer::Range(range) => Some(RuleSource::Range(*range)),
        RulePeer::Group { id, .. } => match found.groups.key_of(id)? {
            ObjectKey::Group { firewall, network } => Some(RuleSource::Group {
                firewall: firewall.clone(),
                network: network.clone(),
            }),
            _ => None,
        },
        _ => None,
    }
}

/// What to write, so that every network has the far ends that it has: those that all have, and `members:` or `network:`
/// where networks differ as these do.
fn common(
    topology: &Topology,
    found: &Found,
    protocol: Protocol,
    mut left: Sources,
) -> Vec<RuleSource> {
    let all = left.clone();
    let mut sets = left.values();
    let mut shared = sets.next().cloned().unwrap_or_default();
    for set in sets {
        shared.retain(|source| set.contains(source));
    }
    for set in left.values_mut() {
        set.retain(|source| !shared.contains(source));
    }
    let members = topology.interconnects.iter();
    let members = members.map(|i| RuleSource::Members(i.name.clone()));
    let networks = topology.networks.iter();
    let networks = networks.map(|n| RuleSource::Network(n.name.clone()));
    let mut written: Vec<RuleSource> = shared.into_iter().collect();
    for candidate in members.chain(networks) {
        let stands_for = |network: &String| -> BTreeSet<RuleSource> {
            let parts = source_ranges(topology, found, &candidate, network);
            parts
                .iter()
                .filter_map(|part| range(part, protocol))
                .collect()
        };
        let fits = all
            .iter()
            .all(|(network, set)| stands_for(network).is_subset(set));
        let helps = left
            .iter()
            .any(|(network, set)| !stands_for(network).is_disjoint(set));
        if fits && helps {
            for (network, set) in &mut left {
                let told = stands_for(network);
                set.retain(|source| !told.contains(source));
            }
            written.push(candidate);
        }
    }
    written
}

fn range(part: &Reach, protocol: Protocol) -> Option<RuleSource> {
    let fits = match protocol {
        Protocol::Icmp => !part.is_ipv6(),
        Protocol::Icmpv6 => part.is_ipv6(),
        _ => true,
    };
    match part {
        Reach::Range(range) if fits => Some(RuleSource::Range(range.trunc())),
        _ => None,
    }
}
