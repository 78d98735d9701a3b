//! The whole topology: what a file holds, and lookups by name.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// The accounts that own the networks.
    pub accounts: Vec<Account>,
    /// The networks to join.
    #[serde(default)]
    pub networks: Vec<Network>,
    /// Which networks reach each other.
    #[serde(default)]
    pub interconnects: Vec<Interconnect>,
    /// Which networks reach the data centres behind private lines. Landbridge looks only for declared edges: to remove
    /// one from a topology that stays, set its `removed: true`, apply, and then delete it from this list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// Firewalls. Each has one security group in every network that it names.
    #[serde(default)]
    pub firewalls: Vec<Firewall>,
    /// Instances. Verification pings between them.
    #[serde(default)]
    pub instances: Vec<Instance>,
}

impl Topology {
    /// An empty topology.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            accounts: Vec::new(),
            networks: Vec::new(),
            interconnects: Vec::new(),
            edges: Vec::new(),
            firewalls: Vec::new(),
            instances: Vec::new(),
        }
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

    /// The account of this name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The network of this name.
    pub fn network(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// The interconnect of this name.
    pub fn interconnect(&self, name: &str) -> Option<&Interconnect> {
        self.interconnects
            .iter()
            .find(|interconnect| interconnect.name == name)
    }

    /// The edge of this name.
    pub fn edge(&self, name: &str) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.name == name)
    }

    pub(super) fn firewall(&self, name: &str) -> Option<&Firewall> {
        self.firewalls.iter().find(|firewall| firewall.name == name)
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
        let networks = self.networks.iter();
        networks
            .filter(|network| leaves || interconnect.members.contains(&network.name))
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
