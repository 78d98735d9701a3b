use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ids::{AccountId, CloudName, HubId, NetworkId, Place, Region};

/// A question to one account: in which regions is something that carries a topology's tag?
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FootprintSearch {
    /// The account that is asked.
    pub account: AccountId,
    /// The names of the topology: today's and those before.
    pub topologies: Vec<String>,
    /// Regions of the account that are read anyway, and need not be searched. Default none.
    pub known: Vec<Region>,
    /// Whether things are searched that stand in networks of others, or join them: subnets, groups, instances and
    /// peerings that no network or hub of the topology leads to. Default no: where they take calls of their own, they
    /// take several in each region.
    pub thorough: bool,
}

impl FootprintSearch {
    /// Searches an account for what these topologies made.
    pub fn new(account: impl Into<AccountId>, topologies: Vec<String>) -> Self {
        Self {
            account: account.into(),
            topologies,
            known: Vec::new(),
            thorough: false,
        }
    }

    setters! {
        /// Sets the regions that are read anyway.
        with_known(known: Vec<Region>);
        /// Sets whether things in networks of others are searched too.
        with_thorough(thorough: bool);
    }

    /// Whether a topology of this name is searched for.
    pub fn is_for(&self, topology: &str) -> bool {
        self.topologies.iter().any(|name| name == topology)
    }
}

/// Where a topology has tagged objects, as its accounts tell, and where nobody could look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Footprint {
    /// Places in which something carries the topology's tag.
    pub found: BTreeSet<Place>,
    /// Places that were searched and have nothing with the topology's tag.
    pub without: BTreeSet<Place>,
    /// Networks of others in which something of the topology is, with their places.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub networks: BTreeSet<(Place, NetworkId)>,
    /// Global hubs of others to which the topology attached something, with the places of the attachments.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub hubs: BTreeSet<(Place, HubId)>,
    /// Places that an account has not enabled. Nothing can be made there, and nothing be read.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub not_enabled: BTreeSet<Place>,
    /// What could not be searched, and why. It may hold objects of the topology.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub not_searched: BTreeSet<NotSearched>,
    /// Whether it was told to an earlier look and is taken over: what others made since then, where nothing was, is not in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
}

impl Footprint {
    /// A footprint of an account that could not be searched at all.
    pub fn unknown(cloud: CloudName, account: AccountId, reason: impl Into<String>) -> Self {
        let mut footprint = Self::default();
        footprint.not_searched.insert(NotSearched {
            cloud,
            account,
            region: None,
            reason: reason.into(),
        });
        footprint
    }

    /// Notes a place and whether something of the topology is there.
    pub fn note(&mut self, place: Place, found: bool) {
        match found {
            true => self.found.insert(place),
            false => self.without.insert(place),
        };
    }

    /// Notes a place that could not be searched.
    pub fn miss(&mut self, place: Place, error: &Error) {
        self.not_searched.insert(NotSearched {
            cloud: place.cloud,
            account: place.account,
            region: Some(place.region),
            reason: error.to_string(),
        });
    }

    /// Adds what another search told. What one of them found is found.
    pub fn join(&mut self, other: Self) {
        self.found.extend(other.found);
        self.without.extend(other.without);
        self.without.retain(|place| !self.found.contains(place));
        self.networks.extend(other.networks);
        self.hubs.extend(other.hubs);
        self.not_enabled.extend(other.not_enabled);
        self.not_searched.extend(other.not_searched);
        self.earlier |= other.earlier;
    }

    /// Forgets what was told of an account.
    pub(crate) fn forget(&mut self, account: &AccountId) {
        let of_others = |place: &Place| place.account != *account;
        self.found.retain(of_others);
        self.without.retain(of_others);
        self.not_enabled.retain(of_others);
        self.networks.retain(|(place, _)| of_others(place));
        self.hubs.retain(|(place, _)| of_others(place));
        self.not_searched.retain(|gap| gap.account != *account);
    }
}

/// An account, or one region of it, that could not be searched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotSearched {
    /// The cloud.
    pub cloud: CloudName,
    /// The account.
    pub account: AccountId,
    /// The region; absent if the account's regions are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Why: the error, with its operation and remedy.
    pub reason: String,
}

impl NotSearched {
    /// Where, in words.
    pub fn place(&self) -> String {
        match &self.region {
            Some(region) => {
                Place::new(self.cloud.clone(), self.account.clone(), region.clone()).to_string()
            }
            None => format!("all other regions of account {}", self.account),
        }
    }
}

impl fmt::Display for NotSearched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.reason)
    }
}
