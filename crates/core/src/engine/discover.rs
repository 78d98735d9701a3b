//! Looking at everything in places, without a topology.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::StreamExt;

use super::Engine;
use crate::discovery::Discovery;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::ids::Place;
use crate::retry::cancelled;
use crate::traits::{Inventory, NotRead, Scope};

impl Engine {
    /// Reads all objects of these places, whoever made them. Writes nothing.
    ///
    /// Each place is read with lists of its whole region, at most [`parallel`](super::EngineOptions::parallel) places at
    /// once: the number of calls grows with places, pages of lists and hubs, not with networks. What belongs to no
    /// region is read once for each account. A place or list that cannot be read is
    /// [told](Discovery::not_read), also as [`Event::NotRead`]; the rest is still read.
    ///
    /// Not read are what a cloud shows for one table, group or network at a time: on Alibaba Cloud routes, rules of
    /// groups, and grants that a network's owner has given to hubs of accounts that are not read.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use landbridge_core::engine::Engine;
    /// use landbridge_core::memory::{ManualClock, MemoryProvider};
    /// use landbridge_core::{CloudName, Place};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> landbridge_core::Result<()> {
    /// # let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
    /// let engine = Engine::new().with_provider(Arc::new(provider));
    /// let memory = CloudName::from_static("memory");
    /// let places = ["r1", "r2"].map(|region| Place::new(memory.clone(), "1111", region));
    /// let discovery = engine.discover(&places).await?;
    /// assert_eq!(discovery.inventories.len(), 2);
    /// println!("{discovery}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Cancelled`](crate::ErrorKind::Cancelled).
    pub async fn discover(&self, places: &[Place]) -> Result<Discovery> {
        let scopes = scopes(places);
        let readings = scopes
            .iter()
            .map(|(place, scope)| self.look(place, scope))
            .collect();
        let reading = self.within_limits(self.side_by_side(readings).collect::<Vec<_>>());
        let read = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(cancelled()),
            read = reading => read,
        };
        let (mut inventories, mut not_read) = (Vec::new(), Vec::new());
        for outcome in read {
            match outcome {
                Ok(inventory) => inventories.push(inventory),
                Err(missing) => not_read.push(missing),
            }
        }
        Ok(Discovery::new(inventories, not_read))
    }

    async fn look(&self, place: &Place, scope: &Scope) -> Result<Inventory, NotRead> {
        let read = self.inventory(place, scope).await;
        let checked = read.and_then(|inventory| {
            inventory.identity.check_account(&place.account)?;
            Ok(inventory)
        });
        let inventory = checked.map_err(|error| self.not_read(place, &error))?;
        for list in &inventory.not_read {
            self.events.emit(Event::NotRead { list: list.clone() });
        }
        Ok(inventory)
    }

    fn not_read(&self, place: &Place, error: &Error) -> NotRead {
        let list = NotRead::new(place.clone(), "everything", error);
        self.events.emit(Event::NotRead { list: list.clone() });
        list
    }
}

// The first place of each account shows what belongs to no region.
fn scopes(places: &[Place]) -> BTreeMap<Place, Scope> {
    let places: BTreeSet<&Place> = places.iter().collect();
    let mut shown = BTreeSet::new();
    let scope = |place: &Place| {
        let is_first = shown.insert((place.cloud.clone(), place.account.clone()));
        let scope = Scope::everything();
        let scope = if is_first {
            scope
        } else {
            scope.with_regional_only()
        };
        (place.clone(), scope)
    };
    places.into_iter().map(scope).collect()
}
