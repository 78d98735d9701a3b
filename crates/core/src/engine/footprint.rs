//! Where a topology has objects, whatever its file says today: the accounts are asked for its tags.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::StreamExt;

use super::Engine;
use crate::ids::{Place, Region};
use crate::topology::{Account, Holder, Topology};
use crate::traits::{Footprint, FootprintSearch, Inventory};

impl Engine {
    /// Asks all accounts whose keys are ours, side by side. What cannot be asked is told, and fails nothing.
    pub(super) async fn footprint(&self, topology: &Topology, thorough: bool) -> Footprint {
        let ours = topology.accounts.iter();
        let ours = ours.filter(|account| account.held_by == Holder::Us && !account.id.is_unknown());
        let searches = ours
            .map(|account| self.search(topology, account, thorough))
            .collect();
        let told: Vec<Footprint> = self.side_by_side(searches).collect().await;
        let mut all = Footprint::default();
        told.into_iter().for_each(|one| all.join(one));
        all
    }

    async fn search(&self, topology: &Topology, account: &Account, thorough: bool) -> Footprint {
        let Some(provider) = self.providers.get(&account.cloud) else {
            let reason = format!("there is no backend for cloud `{}`", account.cloud);
            return Footprint::unknown(account.cloud.clone(), account.id.clone(), reason);
        };
        let names = [std::slice::from_ref(&topology.name), &topology.was].concat();
        let search = FootprintSearch::new(account.id.clone(), names)
            .with_known(regions_of(topology, account))
            .with_thorough(thorough || uses_others(topology, account));
        provider.footprint(&search).await
    }
}

// The places that the file names are read in any case.
fn regions_of(topology: &Topology, account: &Account) -> Vec<Region> {
    let places = topology.places().into_iter();
    let here = places.filter(|place| place.account == account.id && place.cloud == account.cloud);
    here.map(|place| place.region).collect()
}

// Whether something of the topology may stand in networks, or hang on hubs, that others made in this account.
fn uses_others(topology: &Topology, account: &Account) -> bool {
    let networks = topology.networks.iter();
    let hubs = topology.interconnects.iter();
    networks
        .filter(|network| network.account == account.name)
        .any(|network| network.id.is_some())
        || hubs
            .filter(|interconnect| interconnect.owner == account.name)
            .any(|interconnect| interconnect.hub.is_some())
}

/// Without what was told by keys of another account than the declared one.
pub(super) fn trusted(
    mut footprint: Footprint,
    inventories: &BTreeMap<Place, Inventory>,
) -> Footprint {
    for (place, inventory) in inventories {
        if inventory.identity.account != place.account {
            footprint.forget(&place.account);
        }
    }
    footprint
}

/// Where the tags were found, in accounts whose keys are ours.
pub(super) fn places(topology: &Topology, footprint: Option<&Footprint>) -> BTreeSet<Place> {
    let found = footprint.into_iter().flat_map(|footprint| {
        let networks = footprint.networks.iter().map(|(place, _)| place);
        let hubs = footprint.hubs.iter().map(|(place, _)| place);
        footprint.found.iter().chain(networks).chain(hubs)
    });
    let found = found.filter(|place| !topology.is_elsewhere(place));
    found.cloned().collect()
}
