//! Networks of others that a topology names, or once joined.

use std::collections::BTreeMap;

use crate::ids::{NetworkId, Place};
use crate::topology::Topology;
use crate::traits::{Endpoint, Footprint, Inventory, Owner, Phase, Scope};

/// Those that the topology names by ID, those in which its tags were found, and those that are joined by what it made: of one that has left, the routes and the
/// grants are still to be taken back.
pub(super) fn networks_in(
    topology: &Topology,
    place: &Place,
    inventories: &BTreeMap<Place, Inventory>,
    footprint: Option<&Footprint>,
    before: Option<&Scope>,
) -> Vec<NetworkId> {
    let mut ids = existing(topology, place);
    let ours =
        |owner: Option<&Owner>| owner.is_some_and(|owner| topology.is_called(&owner.topology));
    let all = || inventories.values();
    let made = |id: &NetworkId| {
        let mut networks = all().flat_map(|inventory| &inventory.networks);
        networks.any(|network| network.id == *id && ours(network.owner.as_ref()))
    };
    let ends = all()
        .filter(|inventory| inventory.place.cloud == place.cloud)
        .flat_map(|inventory| &inventory.peerings)
        .filter(|peering| ours(peering.owner.as_ref()))
        .filter(|peering| !matches!(peering.status.phase, Phase::Failed | Phase::Deleting))
        .flat_map(|peering| [&peering.requester, &peering.accepter]);
    let joined = ends.filter_map(|end| match end {
        Endpoint::Network {
            id,
            account,
            region,
        } if *account == place.account && *region == place.region => Some(id),
        _ => None,
    });
    let read = before.into_iter().flat_map(|scope| &scope.networks);
    let searched = footprint
        .into_iter()
        .flat_map(|footprint| &footprint.networks)
        .filter_map(|(at, id)| (at == place).then_some(id));
    for id in joined.filter(|id| !made(id)).chain(read).chain(searched) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

fn existing(topology: &Topology, place: &Place) -> Vec<NetworkId> {
    topology
        .networks
        .iter()
        .filter(|network| topology.place_of(network).as_ref() == Some(place))
        .filter_map(|network| network.id.clone())
        .collect()
}
