//! Peerings that others made between two networks which a mesh joins. Two networks have one peering, so it is used as it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::found::{At, Found};
use super::wish::chosen_model;
use crate::ids::{PeeringId, Place};
use crate::object::{ObjectKey, Pair};
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::{Endpoint, Model, PeeringKind, PeeringRecord, Phase};

/// The peerings of others that are alive, by the key that one of ours would have; those that carry packets first.
pub(super) fn peerings(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
) -> BTreeMap<ObjectKey, Vec<At<PeeringRecord>>> {
    let mut peerings: BTreeMap<ObjectKey, Vec<At<PeeringRecord>>> = BTreeMap::new();
    let meshes = topology.interconnects.iter();
    let meshes = meshes.filter(|one| chosen_model(topology, observation, one) == Some(Model::Mesh));
    let mut meshes_of: HashMap<&str, Vec<&str>> = HashMap::new();
    for (mesh, member) in meshes.flat_map(|mesh| mesh.members.iter().map(move |one| (mesh, one))) {
        let of_member = meshes_of.entry(member).or_default();
        // A member may stand in a file twice.
        if of_member.last() != Some(&mesh.name.as_str()) {
            of_member.push(&mesh.name);
        }
    }
    let meshes_of = |name: &str| meshes_of.get(name).map_or(&[][..], Vec::as_slice);
    for (place, record) in alive(observation, found) {
        let Some((left, right)) = ends(found, record) else {
            continue;
        };
        // What joins a network of an account whose keys others hold is found by its ends, or asked for by a stranger.
        let elsewhere = |name: &str| {
            let network = topology.network(name);
            network.is_some_and(|network| topology.is_held_by_other(&network.account))
        };
        if elsewhere(left) || elsewhere(right) {
            continue;
        }
        let joins = meshes_of(left).iter();
        let joins = joins.filter(|mesh| left != right && meshes_of(right).contains(mesh));
        for mesh in joins {
            let key = ObjectKey::Peering(Pair::new(mesh, left, right));
            peerings.entry(key).or_default().push(At {
                place: place.clone(),
                record: record.clone(),
                ours: false,
            });
        }
    }
    for list in peerings.values_mut() {
        list.sort_by_key(|at| (!at.record.status.is_ready(), at.record.id.clone()));
    }
    peerings
}

// The place of its requester, which shows its tags, and how it is seen there or, failing that, elsewhere.
fn alive<'o>(
    observation: &'o Observation,
    found: &Found,
) -> impl Iterator<Item = (Place, &'o PeeringRecord)> {
    let mut ended: BTreeSet<&PeeringId> = BTreeSet::new();
    let mut alive: BTreeMap<&PeeringId, (Place, &PeeringRecord)> = BTreeMap::new();
    for inventory in &observation.inventories {
        for record in &inventory.peerings {
            let known = found.peerings.key_of(&record.id).is_some();
            if record.kind != PeeringKind::NetworkToNetwork
                || known
                || found.made(record.owner.as_ref())
            {
                continue;
            }
            if matches!(record.status.phase, Phase::Failed | Phase::Deleting) {
                ended.insert(&record.id);
            }
            let Some(region) = record.requester.region() else {
                continue;
            };
            let account = record.requester.account().clone();
            let home = Place::new(inventory.place.cloud.clone(), account, region.clone());
            let is_home = home == inventory.place;
            if is_home || !alive.contains_key(&record.id) {
                alive.insert(&record.id, (home, record));
            }
        }
    }
    alive.retain(|id, _| !ended.contains(id));
    alive.into_values()
}

// The networks of the topology that a peering joins, each owned by the account that the peering names.
fn ends<'f>(found: &'f Found, record: &PeeringRecord) -> Option<(&'f str, &'f str)> {
    let name = |end: &Endpoint| {
        let Endpoint::Network { id, account, .. } = end else {
            return None;
        };
        let at = found.networks.by_id(id)?;
        (at.place.account == *account)
            .then(|| found.network_name(id))
            .flatten()
    };
    Some((name(&record.requester)?, name(&record.accepter)?))
}
