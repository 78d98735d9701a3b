//! Networks, hubs and instances that lost their tags: what of the topology is in them or joins them still shows whose they
//! are, or else their name, place and CIDR block.

use super::adopt::{Adoptable, is_usable};
use super::found::{Found, Index};
use crate::ids::{HubId, NetworkId, Place};
use crate::object::{ObjectKey, Record};
use crate::observation::Observation;
use crate::topology::{Edge, Instance, Interconnect, Network, Topology};
use crate::traits::{
    Endpoint, HubRecord, HubScope, InstanceRecord, Inventory, NetworkRecord, PeeringRecord,
    TaggedId,
};

/// Adds those of one place.
pub(super) fn find(
    topology: &Topology,
    found: &Found,
    observation: &Observation,
    inventory: &Inventory,
    listed: &mut Vec<Adoptable>,
) {
    let search = Search {
        topology,
        found,
        observation,
        inventory,
        networks: strays(&found.networks, &inventory.networks),
        hubs: strays(&found.hubs, &inventory.hubs),
    };
    let networks = topology.networks.iter();
    let networks = networks.filter(|network| network.id.is_none() && network.range.is_some());
    listed.extend(networks.filter_map(|network| search.network(network)));
    for interconnect in topology
        .interconnects
        .iter()
        .filter(|one| one.hub.is_none())
    {
        listed.extend(search.global_hub(interconnect));
        listed.extend(search.regional_hubs(interconnect));
    }
    let edges = topology.wanted_edges();
    listed.extend(edges.filter_map(|edge| search.edge_hub(edge)));
    let instances = topology.instances.iter();
    let instances = instances.filter(|instance| instance.id.is_none());
    listed.extend(instances.filter_map(|instance| search.instance(instance)));
}

struct Search<'a> {
    topology: &'a Topology,
    found: &'a Found,
    observation: &'a Observation,
    inventory: &'a Inventory,
    /// Networks of nobody.
    networks: Vec<&'a NetworkRecord>,
    /// Hubs of nobody.
    hubs: Vec<&'a HubRecord>,
}

// Of nobody, and not on its way out.
fn is_stray<R: Record>(record: &R) -> bool {
    record.owner().is_none() && record.maker().is_none() && is_usable(record)
}

fn strays<'a, R: Record>(known: &Index<R>, records: &'a [R]) -> Vec<&'a R> {
    let strays = records.iter();
    let strays = strays.filter(|one| is_stray(*one) && known.key_of(one.id()).is_none());
    strays.collect()
}

impl<'a> Search<'a> {
    fn place(&self) -> &'a Place {
        &self.inventory.place
    }

    fn inventories(&self) -> impl Iterator<Item = &'a Inventory> {
        self.observation.inventories.iter()
    }

    fn network(&self, network: &Network) -> Option<Adoptable> {
        let key = ObjectKey::network(&network.name);
        let is_here = || self.topology.place_of(network).as_ref() == Some(self.place());
        if self.networks.is_empty() || !is_here() || self.found.networks.get(&key).is_some() {
            return None;
        }
        let stray = self.networks.iter().copied();
        let mut proven = stray.filter_map(|one| Some((one, self.proof_of_network(network, one)?)));
        let (record, proof) = proven.next()?;
        let object = TaggedId::Network(record.id.clone());
        Some(Adoptable::alike(&key, self.place(), record, object, proof))
    }

    fn proof_of_network(&self, network: &Network, record: &NetworkRecord) -> Option<String> {
        let id = &record.id;
        if self.found.left.get(id) == Some(&network.name) {
            return Some("a peering or an attachment of this topology joins it".to_owned());
        }
        if let Some(part) = self.part_in(&network.name, id) {
            return Some(format!("{part} of this topology is in it"));
        }
        let range = network
            .range
            .filter(|range| record.ranges.contains(range))?;
        (record.name == network.name)
            .then(|| format!("it has the name {} and CIDR block {range}", record.name))
    }

    // What carries our tags, names the network in its key, and is in a network with this ID.
    fn part_in(&self, name: &str, id: &NetworkId) -> Option<String> {
        let of_it = |key: Option<ObjectKey>| match key {
            Some(ObjectKey::Subnet { network, .. } | ObjectKey::Group { network, .. }) => {
                network == name
            }
            Some(ObjectKey::Instance(one)) => {
                let mut instances = self.topology.instances.iter();
                let declared = instances.find(|instance| instance.name == one);
                declared.and_then(Instance::network_name) == Some(name)
            }
            _ => false,
        };
        self.inventories().find_map(|inventory| {
            let subnets = inventory.subnets.iter();
            let mut subnets = subnets.filter(|one| one.network == *id);
            let subnet = subnets.find(|one| of_it(self.found.owned(*one)));
            let groups = inventory.groups.iter();
            let mut groups = groups.filter(|one| one.network.as_ref() == Some(id));
            let mut group = || groups.find(|one| of_it(self.found.owned(*one)));
            let instances = inventory.instances.iter();
            let mut instances = instances.filter(|one| one.network.as_ref() == Some(id));
            let mut instance = || instances.find(|one| of_it(self.found.owned(*one)));
            subnet
                .map(|one| one.id.to_string())
                .or_else(|| group().map(|one| one.id.to_string()))
                .or_else(|| instance().map(|one| one.id.to_string()))
        })
    }

    fn stray_hubs(&self) -> impl Iterator<Item = &'a HubRecord> {
        self.hubs.iter().copied()
    }

    fn global_hub(&self, interconnect: &Interconnect) -> Option<Adoptable> {
        let key = ObjectKey::global_hub(&interconnect.name);
        let owner = self.topology.account(&interconnect.owner)?;
        if owner.id != self.place().account || self.found.hubs.get(&key).is_some() {
            return None;
        }
        let stray = self
            .stray_hubs()
            .filter(|one| one.scope == HubScope::Global);
        let mut proven = stray.filter_map(|one| {
            let joined = self.proof_of_hub(&interconnect.name, &one.id);
            let named = || self.proof_by_name(one, &interconnect.name);
            Some((one, joined.or_else(named)?))
        });
        let (record, proof) = proven.next()?;
        let object = TaggedId::Hub(record.id.clone());
        Some(Adoptable::alike(&key, self.place(), record, object, proof))
    }

    // A name alone proves a hub only where other parts of the topology are up, and nothing else has it.
    fn proof_by_name(&self, record: &HubRecord, name: &str) -> Option<String> {
        let twins = self.stray_hubs().filter(|one| one.name == name);
        let is_it = record.name == name && twins.count() == 1;
        is_it.then(|| format!("it has the name {name}"))
    }

    // A regional hub of ours that is part of it, or what of ours is attached to it.
    fn proof_of_hub(&self, name: &str, id: &HubId) -> Option<String> {
        let is_of = |key: Option<ObjectKey>| {
            key.is_some_and(|key| key.carried().interconnect() == Some(name))
        };
        self.inventories().find_map(|inventory| {
            let part = HubScope::Regional {
                parent: Some(id.clone()),
            };
            let mut hubs = inventory.hubs.iter().filter(|one| one.scope == part);
            let hub = hubs.find(|one| is_of(self.found.owned(*one)));
            let mut peerings = inventory.peerings.iter().filter(|one| is_at(one, id));
            let mut peering = || peerings.find(|one| is_of(self.found.owned(*one)));
            hub.map(|one| format!("{} of this topology is part of it", one.id))
                .or_else(|| peering().map(|one| format!("{} of this topology joins it", one.id)))
        })
    }

    // A global hub has one regional hub in each region.
    fn regional_hubs(&self, interconnect: &'a Interconnect) -> Vec<Adoptable> {
        let found = self.found;
        let parent = found.hubs.get(&ObjectKey::global_hub(&interconnect.name));
        let Some(parent) = parent.filter(|at| at.ours) else {
            return Vec::new();
        };
        let scope = HubScope::Regional {
            parent: Some(parent.record.id.clone()),
        };
        let stray = self.stray_hubs().filter(|one| one.scope == scope);
        let lost = stray.filter_map(|record| {
            let region = record.region.as_ref()?;
            let key = ObjectKey::regional_hub(&interconnect.name, region);
            let mut place = self.place().clone();
            place.region = region.clone();
            let object = TaggedId::Hub(record.id.clone());
            let proof = format!("it is part of {} of this topology", parent.record.id);
            let is_free = found.hubs.get(&key).is_none();
            is_free.then(|| Adoptable::alike(&key, &place, record, object, proof))
        });
        lost.collect()
    }

    fn edge_hub(&self, edge: &Edge) -> Option<Adoptable> {
        let key = ObjectKey::edge_hub(&edge.name);
        let owner = self.topology.place_in(&edge.owner, &edge.region)?;
        if owner != *self.place() || self.found.hubs.get(&key).is_some() {
            return None;
        }
        let scope = HubScope::Edge { asn: edge.asn };
        let stray = self.stray_hubs().filter(|one| one.scope == scope);
        let mut proven = stray.filter_map(|one| {
            let joined = self.proof_of_hub(&edge.name, &one.id);
            let named = || self.proof_by_name(one, &edge.name);
            Some((one, joined.or_else(named)?))
        });
        let (record, proof) = proven.next()?;
        let object = TaggedId::Hub(record.id.clone());
        Some(Adoptable::alike(&key, self.place(), record, object, proof))
    }

    // One in the wanted subnet, with the wanted name and, if it says one, the wanted address.
    fn instance(&self, instance: &Instance) -> Option<Adoptable> {
        let key = ObjectKey::instance(&instance.name);
        let path = instance.subnet.as_ref()?;
        let subnet = ObjectKey::subnet(&path.network, &path.subnet);
        let at = self.found.subnets.get(&subnet)?;
        if at.place != *self.place() || self.found.instances.get(&key).is_some() {
            return None;
        }
        let is_it = |one: &&InstanceRecord| {
            one.subnet.as_ref() == Some(&at.record.id)
                && one.name == instance.name
                && (instance.address.is_none() || one.address == instance.address)
                && is_stray(*one)
                && self.found.instances.key_of(&one.id).is_none()
        };
        let record = self.inventory.instances.iter().find(is_it)?;
        let proof = format!("it has the name {} and is in {}", record.name, at.record.id);
        let object = TaggedId::Instance(record.id.clone());
        Some(Adoptable::alike(&key, self.place(), record, object, proof))
    }
}

fn is_at(peering: &PeeringRecord, hub: &HubId) -> bool {
    [&peering.requester, &peering.accepter]
        .into_iter()
        .any(|end| match end {
            Endpoint::Hub { id, parent, .. } => id == hub || parent.as_ref() == Some(hub),
            Endpoint::Edge { id, .. } => id == hub,
            _ => false,
        })
}
