//! What the topology itself says of objects: their IDs, and names in the keys of what joins them.

use crate::ids::{HubId, InstanceId, NetworkId, SubnetId};
use crate::object::{Attached, MemberKey, ObjectKey};
use crate::topology::Topology;
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

// The key of a hub that the topology names by id, or that belongs to one which it names.
pub(super) fn declared_hub(topology: &Topology, record: &HubRecord) -> Option<ObjectKey> {
    topology.interconnects.iter().find_map(|interconnect| {
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
    })
}

// Whether the topology names this very hub by its id.
pub(super) fn is_named(topology: &Topology, record: &HubRecord) -> bool {
    let mut hubs = topology.interconnects.iter().filter_map(|i| i.hub.as_ref());
    hubs.any(|hub| {
        let mut routers = hub.routers.values().filter_map(|router| router.id.as_ref());
        hub.id == record.id || routers.any(|id| *id == record.id)
    })
}

// The key of a network that the topology names by id.
pub(super) fn declared_network(topology: &Topology, id: &NetworkId) -> Option<ObjectKey> {
    let mut networks = topology.networks.iter();
    let network = networks.find(|network| network.id.as_ref() == Some(id))?;
    Some(ObjectKey::network(&network.name))
}

// The key of a subnet that the topology names by id.
pub(super) fn declared_subnet(topology: &Topology, id: &SubnetId) -> Option<ObjectKey> {
    topology.networks.iter().find_map(|network| {
        let mut subnets = network.subnets.iter();
        let subnet = subnets.find(|subnet| subnet.id.as_ref() == Some(id))?;
        Some(ObjectKey::subnet(&network.name, &subnet.name))
    })
}

// The key of an instance that the topology names by id.
pub(super) fn declared_instance(topology: &Topology, id: &InstanceId) -> Option<ObjectKey> {
    let mut instances = topology.instances.iter();
    let instance = instances.find(|instance| instance.id.as_ref() == Some(id))?;
    Some(ObjectKey::instance(&instance.name))
}
