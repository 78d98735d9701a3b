use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Engine;
use crate::error::Result;
use crate::event::Event;
use crate::ids::Place;
use crate::observation::Observation;
use crate::retry::cancelled;
use crate::topology::Topology;
use crate::traits::{Inventory, Scope};

impl Engine {
    /// Reads everything that concerns the topology, in all its places. Writes nothing.
    ///
    /// Places that the topology no longer names are read too, when hubs or peerings found elsewhere lead there and the
    /// account is still declared.
    ///
    /// # Errors
    /// The first error of any place; [`Cancelled`](crate::ErrorKind::Cancelled).
    pub async fn observe(&self, topology: &Topology) -> Result<Observation> {
        let mut inventories: BTreeMap<Place, Inventory> = BTreeMap::new();
        let mut missing: BTreeSet<Place> = topology.places().into_iter().collect();
        while !missing.is_empty() {
            let read = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(cancelled()),
                read = self.read(topology, &missing) => read?,
            };
            for inventory in read {
                inventories.insert(inventory.place.clone(), inventory);
            }
            missing = linked(topology, &inventories);
        }
        let capabilities = self
            .providers
            .values()
            .map(|provider| provider.capabilities().clone());
        Ok(Observation::new(
            capabilities,
            inventories.into_values().collect(),
        ))
    }

    async fn read(&self, topology: &Topology, places: &BTreeSet<Place>) -> Result<Vec<Inventory>> {
        stream::iter(places)
            .map(|place| self.inventory(topology, place))
            .buffered(self.options.parallel.max(1))
            .try_collect()
            .await
    }

    async fn inventory(&self, topology: &Topology, place: &Place) -> Result<Inventory> {
        self.events.emit(Event::Observing {
            place: place.clone(),
        });
        let networks = topology
            .networks
            .iter()
            .filter(|network| topology.place_of(network).as_ref() == Some(place))
            .filter_map(|network| network.id.clone())
            .collect();
        let scope = Scope::new(&topology.name).with_networks(networks);
        self.cloud(place).await?.inventory(&scope).await
    }
}

// Places that what was found points to, of declared accounts, not read yet.
fn linked(topology: &Topology, inventories: &BTreeMap<Place, Inventory>) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    for inventory in inventories.values() {
        let cloud = &inventory.place.cloud;
        let hubs = inventory
            .hubs
            .iter()
            .filter_map(|hub| Some((&hub.account, hub.region.as_ref()?)));
        let ends = inventory
            .peerings
            .iter()
            .flat_map(|peering| [&peering.requester, &peering.accepter]);
        for (account, region) in hubs.chain(ends.map(|end| (end.account(), end.region()))) {
            let declared = topology
                .accounts
                .iter()
                .any(|declared| declared.id == *account && declared.cloud == *cloud);
            let place = Place::new(cloud.clone(), account.clone(), region.clone());
            if declared && !inventories.contains_key(&place) {
                places.insert(place);
            }
        }
    }
    places
}
