//! What differs from the topology in a way that no write changes. With consent it is deleted and made anew, together with
//! everything that stands on it.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::found::Found;
use crate::object::{Attached, MemberKey, ObjectKey};
use crate::topology::{Edge, Instance, Interconnect, Network, Subnet, Topology};
use crate::traits::{Endpoint, HubScope, Member, PeeringRecord};

/// An object of the topology that would have to be made anew to be what the topology declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Its key.
    pub(crate) key: ObjectKey,
    /// The part of the topology.
    pub(crate) subject: String,
    /// What it is, and what the topology declares.
    pub(crate) message: String,
    /// Whether the topology made it, so that it can be made anew.
    pub(crate) ours: bool,
}

/// All such objects, in the order of the topology.
pub(crate) fn differences(topology: &Topology, found: &Found) -> Vec<Difference> {
    let mut search = Search {
        topology,
        found,
        differences: Vec::new(),
    };
    for network in &topology.networks {
        search.network(network);
        network
            .subnets
            .iter()
            .for_each(|subnet| search.subnet(network, subnet));
    }
    topology
        .instances
        .iter()
        .for_each(|one| search.instance(one));
    for interconnect in &topology.interconnects {
        search.hubs(interconnect);
        let members = interconnect.members.iter();
        members.for_each(|member| search.attachment(interconnect, member));
    }
    topology.wanted_edges().for_each(|edge| search.edge(edge));
    search.differences
}

struct Search<'a> {
    topology: &'a Topology,
    found: &'a Found,
    differences: Vec<Difference>,
}

impl Search<'_> {
    fn add(&mut self, key: ObjectKey, subject: String, message: String, ours: bool) {
        self.differences.push(Difference {
            key,
            subject,
            message,
            ours,
        });
    }

    fn network(&mut self, network: &Network) {
        let key = ObjectKey::network(&network.name);
        let (Some(at), Some(range)) = (self.found.networks.get(&key), network.range) else {
            return;
        };
        let (record, subject) = (&at.record, format!("network {}", network.name));
        if record.ranges.first() != Some(&range) {
            let ranges = list(&record.ranges);
            let message = format!(
                "{} has CIDR block {ranges}; the topology declares {range}",
                record.id
            );
            self.add(key.clone(), subject.clone(), message, at.ours);
        }
        let declared = self.topology.place_of(network);
        if let Some(place) = declared.filter(|place| *place != at.place) {
            let message = format!(
                "{} is in {}; the topology declares {place}, and a network moves neither between accounts nor between regions",
                record.id, at.place
            );
            self.add(key, subject, message, at.ours);
        }
    }

    fn subnet(&mut self, network: &Network, subnet: &Subnet) {
        let key = ObjectKey::subnet(&network.name, &subnet.name);
        let Some(at) = self.found.subnets.get(&key) else {
            return;
        };
        let (record, subject) = (
            &at.record,
            format!("subnet {}/{}", network.name, subnet.name),
        );
        if record.range != subnet.range || !record.is_in(&subnet.zone) {
            let message = format!(
                "{} has CIDR block {} in availability zone {}; the topology declares {} in {}",
                record.id, record.range, record.zone, subnet.range, subnet.zone
            );
            self.add(key.clone(), subject.clone(), message, at.ours);
        }
        let Some(slot) = subnet.ipv6_slot else { return };
        let ranges = &record.ipv6_ranges;
        if !ranges.iter().any(|range| slot_of(range) == Some(slot)) {
            let actual = match ranges.first() {
                Some(range) => format!("has IPv6 CIDR block {range}"),
                None => "has no IPv6 CIDR block".to_owned(),
            };
            let message = format!(
                "{} {actual}; the topology declares `ipv6-slot: {slot}`",
                record.id
            );
            self.add(key, subject, message, at.ours);
        }
    }

    fn instance(&mut self, instance: &Instance) {
        let key = ObjectKey::instance(&instance.name);
        let Some(at) = self.found.instances.get(&key) else {
            return;
        };
        let (record, subject) = (&at.record, format!("instance {}", instance.name));
        if let (Some(actual), Some(wanted)) = (record.address, instance.address)
            && actual != wanted
        {
            let message = format!(
                "{} has private address {actual}; the topology declares {wanted}",
                record.id
            );
            self.add(key.clone(), subject.clone(), message, at.ours);
        }
        let Some(path) = &instance.subnet else { return };
        let declared = ObjectKey::subnet(&path.network, &path.subnet);
        let actual = record.subnet.as_ref();
        let actual = actual.and_then(|id| self.found.subnets.key_of(id));
        if let Some(actual) = actual.filter(|actual| **actual != declared) {
            let message = format!(
                "{} is in {actual}; the topology declares {}",
                record.id, path
            );
            self.add(key, subject, message, at.ours);
        }
    }

    // Nothing hands a hub to another account.
    fn hubs(&mut self, interconnect: &Interconnect) {
        let Some(owner) = self.topology.account(&interconnect.owner) else {
            return;
        };
        let hubs = self.found.hubs.iter();
        let hubs = hubs.filter(|(key, at)| {
            key.interconnect() == Some(&interconnect.name) && at.record.account != owner.id
        });
        let hubs: Vec<_> = hubs.map(|(key, at)| (key.clone(), at.clone())).collect();
        for (key, at) in hubs {
            let message = format!(
                "{} belongs to account {}; the topology declares owner {} ({}), and a hub keeps its owner",
                at.record.id, at.record.account, owner.name, owner.id
            );
            let subject = format!("interconnect {}", interconnect.name);
            self.add(key, subject, message, at.ours);
        }
    }

    fn attachment(&mut self, interconnect: &Interconnect, member: &str) {
        let key = ObjectKey::attachment(&interconnect.name, member);
        let Some(at) = self.found.peerings.get(&key) else {
            return;
        };
        let network = self.found.networks.get(&ObjectKey::network(member));
        let attached = at.record.requester.id();
        if network.is_some_and(|network| network.record.id.as_str() != attached) {
            let message = format!("{} attaches another network, {attached}", at.record.id);
            self.add(key, format!("network {member}"), message, at.ours);
        }
    }

    fn edge(&mut self, edge: &Edge) {
        let key = ObjectKey::edge_hub(&edge.name);
        let hub = self.found.hubs.get(&key);
        if let Some(at) = hub
            && let HubScope::Edge { asn } = at.record.scope
            && asn != edge.asn
        {
            let message = format!(
                "{} has autonomous system number {asn}; the topology declares {}",
                at.record.id, edge.asn
            );
            self.add(key, format!("edge {}", edge.name), message, at.ours);
        }
        for member in &edge.members {
            let key = ObjectKey::attachment(&edge.name, member);
            let Some(at) = self.found.peerings.get(&key) else {
                continue;
            };
            let (from, to) = (at.record.requester.id(), at.record.accepter.id());
            let network = self.found.networks.get(&ObjectKey::network(member));
            if network.is_some_and(|network| network.record.id.as_str() != from)
                || hub.is_some_and(|hub| hub.record.id.as_str() != to)
            {
                let message = format!("{} attaches {from} to {to}", at.record.id);
                self.add(key, format!("network {member}"), message, at.ours);
            }
        }
    }
}

fn list(ranges: &[IpNet]) -> String {
    let texts: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

// The number in bits 56 to 63 of a /64.
fn slot_of(range: &IpNet) -> Option<u8> {
    match range {
        IpNet::V6(range) if range.prefix_len() == 64 => Some(range.network().octets()[7]),
        _ => None,
    }
}

/// The keys of objects of the topology that go when one of them does: what stands on it cannot stay without it.
pub(crate) fn with_dependents(found: &Found, key: &ObjectKey) -> BTreeSet<ObjectKey> {
    let mut going = BTreeSet::new();
    let mut next = vec![key.clone()];
    while let Some(key) = next.pop() {
        if going.insert(key.clone()) {
            next.extend(dependents(found, &key));
        }
    }
    going
}

fn dependents(found: &Found, key: &ObjectKey) -> Vec<ObjectKey> {
    match key.carried() {
        ObjectKey::Network(name) => of_network(found, key, name),
        ObjectKey::Subnet { .. } => of_subnet(found, key),
        ObjectKey::Group { .. } => of_group(found, key),
        ObjectKey::GlobalHub(_) | ObjectKey::RegionalHub { .. } | ObjectKey::EdgeHub(_) => {
            of_hub(found, key)
        }
        ObjectKey::Attachment(_) | ObjectKey::Link(_) | ObjectKey::Peering(_) => {
            of_peering(found, key)
        }
        _ => Vec::new(),
    }
}

fn peerings(found: &Found, test: impl Fn(&PeeringRecord) -> bool) -> Vec<ObjectKey> {
    found.peerings.keys_where(test).cloned().collect()
}

fn of_network(found: &Found, key: &ObjectKey, name: &str) -> Vec<ObjectKey> {
    let Some(id) = found.networks.get(key).map(|at| &at.record.id) else {
        return Vec::new();
    };
    let is_it = |end: &Endpoint| matches!(end, Endpoint::Network { id: it, .. } if it == id);
    let mut keys = peerings(found, |peering| {
        is_it(&peering.requester) || is_it(&peering.accepter)
    });
    let subnets = found.subnets.keys_where(|subnet| subnet.network == *id);
    keys.extend(subnets.cloned());
    let groups = found
        .groups
        .keys_where(|group| group.network.as_ref() == Some(id));
    keys.extend(groups.cloned());
    let instances = found
        .instances
        .keys_where(|one| one.network.as_ref() == Some(id));
    keys.extend(instances.cloned());
    let ends = found.service_endpoints.keys_where(|one| one.network == *id);
    keys.extend(ends.cloned());
    let member = Member::Network(id.clone());
    let grants = found.grants.iter();
    let grants = grants.filter(|(_, grant)| grant.record.0.member == member);
    keys.extend(grants.map(|(key, _)| key.clone()));
    if !key.is_duplicate() {
        keys.push(ObjectKey::HostNames(name.to_owned()));
    }
    keys
}

fn of_subnet(found: &Found, key: &ObjectKey) -> Vec<ObjectKey> {
    let Some(id) = found.subnets.get(key).map(|at| &at.record.id) else {
        return Vec::new();
    };
    let through = |peering: &PeeringRecord| peering.subnets.iter().any(|(_, subnet)| subnet == id);
    let mut keys = peerings(found, through);
    let instances = found
        .instances
        .keys_where(|one| one.subnet.as_ref() == Some(id));
    keys.extend(instances.cloned());
    let ends = found
        .service_endpoints
        .keys_where(|one| one.subnets.contains(id));
    keys.extend(ends.cloned());
    keys
}

fn of_group(found: &Found, key: &ObjectKey) -> Vec<ObjectKey> {
    let Some(id) = found.groups.get(key).map(|at| &at.record.id) else {
        return Vec::new();
    };
    let instances = found.instances.keys_where(|one| one.groups.contains(id));
    let ends = found
        .service_endpoints
        .keys_where(|one| one.groups.contains(id));
    instances.chain(ends).cloned().collect()
}

fn of_hub(found: &Found, key: &ObjectKey) -> Vec<ObjectKey> {
    let Some(id) = found.hubs.get(key).map(|at| &at.record.id) else {
        return Vec::new();
    };
    let mut keys = peerings(found, |peering| {
        peering.requester.is_hub(id) || peering.accepter.is_hub(id)
    });
    let part = HubScope::Regional {
        parent: Some(id.clone()),
    };
    keys.extend(found.hubs.keys_where(|hub| hub.scope == part).cloned());
    let grants = found.grants.iter();
    let grants = grants.filter(|(_, grant)| grant.record.0.hub == *id);
    keys.extend(grants.map(|(key, _)| key.clone()));
    keys
}

fn of_peering(found: &Found, key: &ObjectKey) -> Vec<ObjectKey> {
    let Some(id) = found.peerings.get(key).map(|at| &at.record.id) else {
        return Vec::new();
    };
    let learning = found.learning.iter();
    let learning = learning.filter(|(_, at)| at.record.learning.peering == *id);
    let mut keys: Vec<ObjectKey> = learning.map(|(key, _)| key.clone()).collect();
    // A duplicate has neither; nor does what it is one of lose them with it.
    if let ObjectKey::Peering(pair) = key {
        keys.push(ObjectKey::Acceptance(pair.clone()));
        keys.extend(
            [&pair.left, &pair.right].map(|network| ObjectKey::DnsResolution {
                of: pair.clone(),
                network: network.clone(),
            }),
        );
    }
    keys
}

/// Whether the topology protects an object from being deleted.
pub(crate) fn is_protected(topology: &Topology, key: &ObjectKey) -> bool {
    let network = |name: &str| topology.network(name);
    let joined = |to: &str, members: &[&str]| {
        let interconnect = topology.interconnect(to).filter(|one| one.protect);
        interconnect.is_some_and(|one| {
            let is_member = |member: &&str| one.members.iter().any(|known| known == member);
            members.iter().all(is_member)
        })
    };
    let by_itself = match key.carried() {
        ObjectKey::Network(name) => network(name).is_some_and(|network| network.protect),
        ObjectKey::Subnet { network: of, name } => network(of).is_some_and(|network| {
            let mut subnets = network.subnets.iter();
            subnets.any(|subnet| subnet.name == *name && subnet.protect)
        }),
        ObjectKey::GlobalHub(to) => joined(to, &[]),
        ObjectKey::RegionalHub {
            interconnect,
            region,
        } => {
            let interconnect = topology
                .interconnect(interconnect)
                .filter(|one| one.protect);
            let members = interconnect.into_iter().flat_map(|one| &one.members);
            let mut networks = members.filter_map(|name| network(name));
            networks.any(|network| network.region == *region)
        }
        ObjectKey::Attachment(Attached {
            to,
            member: MemberKey::Network(name),
        }) => joined(to, &[name]),
        ObjectKey::Peering(pair) => joined(&pair.interconnect, &[&pair.left, &pair.right]),
        ObjectKey::Group { firewall, network } => {
            let mut firewalls = topology.firewalls.iter();
            firewalls
                .any(|one| one.name == *firewall && one.protect && one.networks.contains(network))
        }
        ObjectKey::Instance(name) => {
            let mut instances = topology.instances.iter();
            instances.any(|instance| instance.name == *name && instance.protect)
        }
        _ => false,
    };
    topology.protect || by_itself
}
