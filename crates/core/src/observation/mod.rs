//! What was found in every place of a topology.

mod index;
mod inventories;
mod tries;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::error::Result;
use crate::format::FormatVersion;
use crate::ids::{AccountId, CloudName, HubId, Place};
use crate::traits::{
    Capabilities, CloudService, Footprint, Inventory, NotUnderstood, ServiceStatus,
};

pub use inventories::Inventories;
pub(crate) use tries::RouteChoice;

/// Inventories of all places, and what their clouds can do. Preflight, planner and verifier read nothing else.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Observation {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// What each cloud can do.
    pub capabilities: BTreeMap<CloudName, Capabilities>,
    /// One inventory a place, in the order of places.
    pub inventories: Inventories,
    /// Where the accounts were searched for the topology's tags, and where they could not be.
    pub footprint: Footprint,
    /// Hubs to which something is still granted, and which the accounts that owned them do not have any more.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub gone_hubs: BTreeSet<HubId>,
    /// How old the oldest list is, if some were [shared](crate::engine::PlaceReads) with other runs. As JSON, in seconds.
    #[serde(
        rename = "age_seconds",
        skip_serializing_if = "Option::is_none",
        serialize_with = "seconds"
    )]
    pub age: Option<Duration>,
}

fn seconds<S: serde::Serializer>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    age.map(|age| age.as_secs_f64()).serialize(serializer)
}

impl Observation {
    /// An observation of these inventories.
    pub fn new(
        capabilities: impl IntoIterator<Item = Capabilities>,
        mut inventories: Vec<Inventory>,
    ) -> Self {
        inventories.sort_by(|a, b| a.place.cmp(&b.place));
        Self {
            format: FormatVersion,
            capabilities: capabilities
                .into_iter()
                .map(|capabilities| (capabilities.cloud.clone(), capabilities))
                .collect(),
            inventories: inventories.into(),
            footprint: Footprint::default(),
            gone_hubs: BTreeSet::new(),
            age: None,
        }
    }

    /// Sets how old the oldest list is.
    #[must_use]
    pub(crate) fn with_age(mut self, age: Option<Duration>) -> Self {
        self.age = age;
        self
    }

    /// Sets what the search for the topology's tags told.
    #[must_use]
    pub fn with_footprint(mut self, footprint: Footprint) -> Self {
        self.footprint = footprint;
        self
    }

    /// Sets which hubs are gone and still have grants.
    #[must_use]
    pub fn with_gone_hubs(mut self, gone: BTreeSet<HubId>) -> Self {
        self.gone_hubs = gone;
        self
    }

    /// The inventory of a place.
    pub fn at(&self, place: &Place) -> Option<&Inventory> {
        let mut all = self.inventories.all.iter();
        all.find(|inventory| inventory.place == *place)
    }

    /// What the clouds listed and was left out, because it was not understood.
    pub fn not_understood(&self) -> impl Iterator<Item = &NotUnderstood> {
        let all = self.inventories.all.iter();
        all.flat_map(|inventory| &inventory.not_understood)
    }

    /// Refuses an observation made with the credentials of another account: it shows nothing, which proves nothing.
    ///
    /// # Errors
    /// [`Unauthenticated`](crate::ErrorKind::Unauthenticated), naming the first such place.
    pub fn check_identities(&self) -> Result<()> {
        for inventory in &self.inventories {
            let place = &inventory.place;
            let checked = inventory.identity.check_account(&place.account);
            checked.map_err(|error| error.with_place(place.clone()))?;
        }
        Ok(())
    }

    /// The inventories of an account.
    pub fn of_account<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a Inventory> {
        let all = self.inventories.all.iter();
        all.filter(move |inventory| inventory.place.account == *account)
    }

    /// Whether a service is open in an account; closed when it was not read.
    pub fn service(&self, account: &AccountId, service: CloudService) -> ServiceStatus {
        self.of_account(account)
            .find_map(|inventory| inventory.services.get(&service).copied())
            .unwrap_or(ServiceStatus::Closed)
    }
}
