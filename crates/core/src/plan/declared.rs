//! What the topology itself says of objects: their IDs, and names in the keys of what joins them.

use std::collections::{HashMap, HashSet};

use crate::ids::{GroupId, HubId, InstanceId, NetworkId, SubnetId};
use crate::object::{Attached, MemberKey, ObjectKey};
use crate::topology::{Interconnect, Network, Topology};
use crate::traits::{Endpoint, HubRecord, HubScope, PeeringRecord};

// The networks at the ends of a peering of ours, by the names in its key.
pub(super) fn ends_by_name(key: &ObjectKey, peering: &PeeringRecord) -> Vec<(NetworkId, String)> {
    let named = |end: &Endpoint, name: &str| match end {
        Endpoint::Network { id, .. } => Some((id.clone(), name.to_owned())),
        _ => None,
    };
    match key {
        ObjectKey::Attachment(Attached {
            member: MemberKey::Network(name),
            ..
        }) => named(&peering.requester, name).into_iter().collect(),
        ObjectKey::Peering(pair) => {
            let left = named(&peering.requester, &pair.left);
            left.into_iter()
                .chain(named(&peering.accepter, &pair.right))
                .collect()
        }
        _ => Vec::new(),
    }
}

// The hubs at the end of an attachment or link of ours, by the name of the interconnect in its key.
pub(super) fn hubs_by_name(name: &str, peering: &PeeringRecord) -> Vec<(HubId, ObjectKey)> {
    let named = |end: &Endpoint| match end {
        Endpoint::Hub {
            id, parent, region, ..
        } => {
            let regional = (id.clone(), ObjectKey::regional_hub(name, region));
            let global = parent.iter();
            let global = global.map(|id| (id.clone(), ObjectKey::global_hub(name)));
            global.chain([regional]).collect()
        }
        _ => Vec::new(),
    };
    [&peering.requester, &peering.accepter]
        .into_iter()
        .flat_map(named)
        .collect()
}

/// What the topology names by ID, with the keys of it.
pub(super) struct Named<'t> {
    networks: HashMap<&'t NetworkId, &'t str>,
    subnets: HashMap<&'t SubnetId, (&'t str, &'t str)>,
    instances: HashMap<&'t InstanceId, &'t str>,
    /// The firewalls that name a group in a network, by both.
    firewalls: HashMap<(&'t str, &'t GroupId), &'t str>,
    groups: HashSet<&'t str>,
    /// The interconnects that use a hub, with their places in the topology.
    interconnects: HashMap<&'t HubId, Vec<(usize, &'t Interconnect)>>,
    /// Hubs, and their routers.
    hubs: HashSet<&'t HubId>,
}

impl<'t> Named<'t> {
    pub(super) fn of(topology: &'t Topology) -> Self {
        let mut named = Self {
            networks: HashMap::new(),
            subnets: HashMap::new(),
            instances: HashMap::new(),
            firewalls: HashMap::new(),
            groups: HashSet::new(),
            interconnects: HashMap::new(),
            hubs: HashSet::new(),
        };
        topology
            .networks
            .iter()
            .for_each(|one| named.add_network(one));
        for instance in &topology.instances {
            if let Some(id) = &instance.id {
                named.instances.entry(id).or_insert(&instance.name);
            }
        }
        for firewall in &topology.firewalls {
            for (network, id) in &firewall.groups {
                let known = named.firewalls.entry((network, id));
                known.or_insert(&firewall.name);
                named.groups.insert(id.as_str());
            }
        }
        for (index, interconnect) in topology.interconnects.iter().enumerate() {
            if let Some(hub) = &interconnect.hub {
                let users = named.interconnects.entry(&hub.id).or_default();
                users.push((index, interconnect));
                named.hubs.insert(&hub.id);
                let routers = hub.routers.values();
                named
                    .hubs
                    .extend(routers.filter_map(|router| router.id.as_ref()));
            }
        }
        named
    }

    fn add_network(&mut self, network: &'t Network) {
        if let Some(id) = &network.id {
            self.networks.entry(id).or_insert(&network.name);
        }
        for subnet in &network.subnets {
            if let Some(id) = &subnet.id {
                let name = (network.name.as_str(), subnet.name.as_str());
                self.subnets.entry(id).or_insert(name);
            }
        }
    }

    pub(super) fn network(&self, id: &NetworkId) -> Option<ObjectKey> {
        self.networks.get(id).map(|name| ObjectKey::network(name))
    }

    pub(super) fn subnet(&self, id: &SubnetId) -> Option<ObjectKey> {
        let (network, name) = self.subnets.get(id)?;
        Some(ObjectKey::subnet(network, name))
    }

    pub(super) fn instance(&self, id: &InstanceId) -> Option<ObjectKey> {
        self.instances.get(id).map(|name| ObjectKey::instance(name))
    }

    /// The key of a group that the topology names in this network.
    pub(super) fn group(&self, network: &str, id: &GroupId) -> Option<ObjectKey> {
        let firewall = self.firewalls.get(&(network, id))?;
        Some(ObjectKey::group(firewall, network))
    }

    /// Whether the topology names a group of this ID, in whatever network.
    pub(super) fn has_group(&self, id: &str) -> bool {
        self.groups.contains(id)
    }

    /// The key of a hub that the topology names, or that belongs to one which it names.
    pub(super) fn hub(&self, record: &HubRecord) -> Option<ObjectKey> {
        let parent = match &record.scope {
            HubScope::Regional { parent } => parent.as_ref(),
            _ => None,
        };
        let users = [Some(&record.id), parent].into_iter().flatten();
        let users = users.filter_map(|id| self.interconnects.get(id)).flatten();
        let keys = users.filter_map(|(index, user)| Some((*index, hub_key(user, record)?)));
        keys.min_by_key(|(index, _)| *index).map(|(_, key)| key)
    }

    /// Whether the topology names this very hub.
    pub(super) fn has_hub(&self, record: &HubRecord) -> bool {
        self.hubs.contains(&record.id)
    }
}

// The key that a hub has in an interconnect which uses it, or one that it belongs to.
fn hub_key(interconnect: &Interconnect, record: &HubRecord) -> Option<ObjectKey> {
    let hub = interconnect.hub.as_ref()?;
    if record.id == hub.id {
        return Some(ObjectKey::global_hub(&interconnect.name));
    }
    let HubScope::Regional { parent } = &record.scope else {
        return None;
    };
    let region = record
        .region
        .as_ref()
        .filter(|_| parent.as_ref() == Some(&hub.id))?;
    let named = interconnect
        .router(region)
        .and_then(|router| router.id.as_ref());
    let is_it = named.is_none_or(|id| *id == record.id);
    is_it.then(|| ObjectKey::regional_hub(&interconnect.name, region))
}
