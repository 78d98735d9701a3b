//! The whole topology: what a file holds, and lookups by name.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::declared::Declared;
use super::{Account, Edge, Firewall, Holder, Instance, Interconnect, ModelChoice, Network};
use crate::ids::{Place, Region};

/// A topology: accounts, networks, and which networks reach each other. Names are unique within their list; the order of
/// lists does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Topology {
    /// The name of the topology: 1 to 40 letters, digits, hyphens and underscores. Landbridge writes it into the tags of
    /// every object that it creates and finds the objects by it, so keep it.
    pub name: String,
    /// The names that the topology had before, the first one or a list: what was made under them is kept and gets this
    /// name. Rules keep the mark of the name that they were written under, so keep `was`, too.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    #[schemars(with = "OneOrMany")]
    pub was: Vec<String>,
    /// Whether plans that would delete anything of the topology, or delete it and make it anew, are refused. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// The accounts that own the networks. The program also takes the bare name of an account of its configuration file.
    #[schemars(with = "Vec<AccountOrName>")]
    pub accounts: Declared<Account>,
    /// The networks to join.
    #[serde(default)]
    #[schemars(with = "Vec<Network>")]
    pub networks: Declared<Network>,
    /// Which networks reach each other.
    #[serde(default)]
    #[schemars(with = "Vec<Interconnect>")]
    pub interconnects: Declared<Interconnect>,
    /// Which networks reach the data centres behind private lines. Landbridge looks only for declared edges: to remove
    /// one from a topology that stays, set its `removed: true`, apply, and then delete it from this list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Edge>")]
    pub edges: Declared<Edge>,
    /// Firewalls. Each has one security group in every network that it names.
    #[serde(default)]
    #[schemars(with = "Vec<Firewall>")]
    pub firewalls: Declared<Firewall>,
    /// Instances. Verification pings between them.
    #[serde(default)]
    #[schemars(with = "Vec<Instance>")]
    pub instances: Declared<Instance>,
}

impl Topology {
    /// An empty topology.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            was: Vec::new(),
            protect: false,
            accounts: Declared::default(),
            networks: Declared::default(),
            interconnects: Declared::default(),
            edges: Declared::default(),
            firewalls: Declared::default(),
            instances: Declared::default(),
        }
    }

    /// Adds a name that it had before.
    #[must_use]
    pub fn with_was(mut self, name: impl Into<String>) -> Self {
        self.was.push(name.into());
        self
    }

    /// Sets whether plans that would delete anything of it are refused.
    #[must_use]
    pub fn with_protect(mut self, protect: bool) -> Self {
        self.protect = protect;
        self
    }

    /// Adds an account.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Adds a network.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> Self {
        self.networks.push(network);
        self
    }

    /// Adds an interconnect.
    #[must_use]
    pub fn with_interconnect(mut self, interconnect: Interconnect) -> Self {
        self.interconnects.push(interconnect);
        self
    }

    /// Adds an edge.
    #[must_use]
    pub fn with_edge(mut self, edge: Edge) -> Self {
        self.edges.push(edge);
        self
    }

    /// Adds a firewall.
    #[must_use]
    pub fn with_firewall(mut self, firewall: Firewall) -> Self {
        self.firewalls.push(firewall);
        self
    }

    /// Adds an instance.
    #[must_use]
    pub fn with_instance(mut self, instance: Instance) -> Self {
        self.instances.push(instance);
        self
    }

    /// Whether this is its name, or one that it had before.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.was.iter().any(|was| was == name)
    }

    /// The account of this name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.called(name)
    }

    /// The network of this name.
    pub fn network(&self, name: &str) -> Option<&Network> {
        self.networks.called(name)
    }

    /// The interconnect of this name.
    pub fn interconnect(&self, name: &str) -> Option<&Interconnect> {
        self.interconnects.called(name)
    }

    /// The edge of this name.
    pub fn edge(&self, name: &str) -> Option<&Edge> {
        self.edges.called(name)
    }

    pub(crate) fn firewall(&self, name: &str) -> Option<&Firewall> {
        self.firewalls.called(name)
    }

    /// The edges that are there to stay.
    pub(crate) fn wanted_edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| !edge.removed)
    }

    /// Whether another holds the keys of an account, given by name: nothing is read or written there.
    pub fn is_held_by_other(&self, account: &str) -> bool {
        let declared = self.account(account);
        declared.is_some_and(|account| account.held_by == Holder::Other)
    }

    /// Whether another holds the keys of the account that a place is in.
    pub(crate) fn is_elsewhere(&self, place: &Place) -> bool {
        self.accounts.iter().any(|account| {
            account.held_by == Holder::Other
                && account.id == place.account
                && account.cloud == place.cloud
        })
    }

    /// The place of a network, if its account is declared.
    pub fn place_of(&self, network: &Network) -> Option<Place> {
        self.place_in(&network.account, &network.region)
    }

    /// The place of an account, by name, in a region.
    pub fn place_in(&self, account: &str, region: &Region) -> Option<Place> {
        let account = self.account(account)?;
        Some(Place::new(
            account.cloud.clone(),
            account.id.clone(),
            region.clone(),
        ))
    }

    // The regions in which an interconnect may have hubs: those of its members. One that is about to leave an existing
    // hub has none any more; what it made there is in a region that the topology still names.
    fn hub_regions<'t>(&'t self, interconnect: &'t Interconnect) -> BTreeSet<&'t Region> {
        let leaves = interconnect.members.is_empty();
        let named = interconnect.hub.iter().flat_map(|hub| hub.routers.keys());
        let members = interconnect.members.iter();
        let members = members.filter_map(|name| self.network(name));
        let all = self.networks.iter().filter(|_| leaves);
        all.chain(members)
            .map(|network| &network.region)
            .chain(named)
            .collect()
    }

    /// Every place that can hold objects of the topology, sorted, without repetition: the place of each network; for each
    /// interconnect that may have hubs, its owner in every region of its members; for each edge, its owner, and the
    /// owners of border routers of other accounts. Places of accounts that are held by another are left out.
    pub fn places(&self) -> Vec<Place> {
        let of_networks = self
            .networks
            .iter()
            .filter_map(|network| self.place_of(network));
        let with_hubs = self
            .interconnects
            .iter()
            .filter(|i| i.model != ModelChoice::Mesh);
        let of_hubs = with_hubs.flat_map(|interconnect| {
            self.hub_regions(interconnect)
                .into_iter()
                .filter_map(|region| self.place_in(&interconnect.owner, region))
        });
        let of_edges = self.edges.iter().flat_map(|edge| {
            let routers = edge.border_routers.iter();
            routers
                .filter(|router| router.account != edge.owner)
                .filter_map(|router| self.place_in(&router.account, &router.region))
                .chain(self.place_in(&edge.owner, &edge.region))
        });
        let all: BTreeSet<Place> = of_networks.chain(of_hubs).chain(of_edges).collect();
        all.into_iter()
            .filter(|place| !self.is_elsewhere(place))
            .collect()
    }
}

/// An account, or the name of one that the reader of the file knows.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "for the schema alone: bare names are written out before a file is read"
)]
enum AccountOrName {
    Account(Account),
    Name(String),
}

/// One name, or a list of names.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(name) => vec![name],
        OneOrMany::Many(names) => names,
    })
}
