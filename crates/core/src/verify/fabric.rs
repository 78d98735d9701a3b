//! What was observed, as packets see it: one world, whichever account owns the parts.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::classes::Classes;
use super::lists::Lists;
use crate::ids::{GroupId, NetworkId, PeeringId, Place, RouteTableId, SubnetId};
use crate::object::{ObjectKey, Record};
use crate::observation::Observation;
use crate::plan::Found;
use crate::topology::{BorderRouter, Edge, Holder, Instance, Network, Topology};
use crate::traits::{
    Endpoint, GroupReferences, HubRecord, LearningKind, LearningRecord, NetworkRecord, PeeringKind,
    PeeringRecord, RouteTableRecord, TableRole,
};

/// The state of an end that the topology declares and the observation does not show.
pub(super) const ABSENT: &str = "absent";

/// Where packets start and end.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) name: String,
    /// Its place among those of one verification.
    pub(crate) index: usize,
    pub(crate) place: Place,
    pub(crate) network: NetworkId,
    pub(crate) network_name: String,
    pub(crate) subnet: SubnetId,
    pub(crate) address: IpAddr,
    /// The groups of an instance; absent for a subnet.
    pub(crate) groups: Option<Vec<GroupId>>,
    /// The state of what is not ready to send or receive.
    pub(crate) down: Option<String>,
    /// Whether it is in a network of an account that another holds: nothing of it was read.
    pub(crate) elsewhere: bool,
}

impl Spot {
    /// The same spot at another address.
    pub(super) fn at(&self, address: IpAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// Whether packets can go from one to the other at all: both addresses are of one family.
    pub(super) fn speaks_to(&self, other: &Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
    }
}

/// The first address that an instance could have.
pub(super) fn first_host(range: &IpNet) -> IpAddr {
    range.hosts().nth(4).unwrap_or(range.addr())
}

/// What is behind a border router.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) edge: &'a Edge,
    pub(super) router: &'a BorderRouter,
    /// Where packets end: the address that answers, or else the first one there.
    pub(super) spot: Spot,
}

/// Looks things up in an observation.
pub(super) struct Fabric<'a> {
    pub(super) topology: &'a Topology,
    pub(super) observation: &'a Observation,
    pub(super) found: &'a Found,
    pub(super) lists: Lists<'a>,
    /// The ways that pairs share, where no path is to be told.
    pub(super) classes: Option<Classes<'a>>,
}

impl<'a> Fabric<'a> {
    pub(super) fn new(
        topology: &'a Topology,
        observation: &'a Observation,
        found: &'a Found,
    ) -> Self {
        Self {
            topology,
            observation,
            found,
            lists: Lists::default(),
            classes: None,
        }
    }

    /// The topology's instances, or its subnets where there is no instance; one that has IPv6 too stands there twice.
    pub(super) fn spots(&self) -> Vec<Spot> {
        let mut spots = match self.topology.instances.is_empty() {
            true => self.subnet_spots(),
            false => self.instance_spots(),
        };
        for (index, spot) in spots.iter_mut().enumerate() {
            spot.index = index;
        }
        spots
    }

    // Networks that cannot be read have no instances of ours.
    fn instance_spots(&self) -> Vec<Spot> {
        let networks = self.topology.networks.iter();
        let mut spots: Vec<Spot> = networks
            .filter(|network| self.topology.is_held_by_other(&network.account))
            .flat_map(|network| self.network_spots(network))
            .collect();
        for instance in &self.topology.instances {
            let Some(mut spot) = self.absent_instance(instance) else {
                continue;
            };
            spot.address = instance.address.unwrap_or(spot.address);
            if let Some(at) = self
                .found
                .instances
                .get(&ObjectKey::instance(&instance.name))
            {
                let record = &at.record;
                spot.place = at.place.clone();
                if let (Some(network), Some(subnet)) = (&record.network, &record.subnet) {
                    (spot.network, spot.subnet) = (network.clone(), subnet.clone());
                }
                spot.address = record.address.unwrap_or(spot.address);
                spot.groups = Some(record.groups.clone());
                spot.down = (!record.status.is_ready()).then(|| record.status.word.clone());
                let second = record.ipv6_addresses.first();
                spots.extend(second.map(|address| spot.at((*address).into())));
            }
            spots.push(spot);
        }
        spots
    }

    fn absent_instance(&self, instance: &Instance) -> Option<Spot> {
        if let Some(path) = &instance.subnet {
            return self.absent(&instance.name, &path.network, &path.subnet);
        }
        let network = self.topology.network(instance.network_name()?)?;
        Some(Spot {
            name: instance.name.clone(),
            down: Some(ABSENT.to_owned()),
            ..self.network_spot(network)?
        })
    }

    fn subnet_spots(&self) -> Vec<Spot> {
        let mut spots = Vec::new();
        for network in &self.topology.networks {
            if network.subnets.is_empty() || self.topology.is_held_by_other(&network.account) {
                spots.extend(self.network_spots(network));
                continue;
            }
            for subnet in &network.subnets {
                let name = format!("{}/{}", network.name, subnet.name);
                let Some(mut spot) = self.absent(&name, &network.name, &subnet.name) else {
                    continue;
                };
                if let Some(at) = self
                    .found
                    .subnets
                    .get(&ObjectKey::subnet(&network.name, &subnet.name))
                {
                    spot.place = at.place.clone();
                    spot.network = at.record.network.clone();
                    spot.subnet = at.record.id.clone();
                    spot.down =
                        (!at.record.status.is_ready()).then(|| at.record.status.word.clone());
                    let second = at.record.ipv6_ranges.first();
                    let second = second.filter(|range| **range != at.record.range);
                    spots.extend(second.map(|range| spot.at(first_host(range))));
                }
                spots.push(spot);
            }
        }
        spots
    }

    // A network without subnets can still be reached as far as its edge: what an instance in it would meet.
    fn network_spots(&self, network: &Network) -> Vec<Spot> {
        let existing = self.existing_spots(network);
        if !existing.is_empty() {
            return existing;
        }
        let Some(spot) = self.network_spot(network) else {
            return Vec::new();
        };
        let at = self.found.networks.get(&ObjectKey::network(&network.name));
        let second = at.and_then(|at| at.record.ipv6_ranges().next());
        let second = second.filter(|range| !range.contains(&spot.address));
        let second = second.map(|range| spot.at(first_host(range)));
        std::iter::once(spot).chain(second).collect()
    }

    fn network_spot(&self, network: &Network) -> Option<Spot> {
        let at = self.found.networks.get(&ObjectKey::network(&network.name));
        let subnet = network.subnets.first().map(|subnet| subnet.range);
        let range = subnet
            .or_else(|| at.and_then(|at| at.record.ranges.first().copied()))
            .or(network.range)?;
        Some(Spot {
            name: network.name.clone(),
            index: 0,
            place: self.topology.place_of(network)?,
            network: at.map_or_else(|| NetworkId::new(""), |at| at.record.id.clone()),
            network_name: network.name.clone(),
            subnet: SubnetId::new(""),
            address: network.probe.unwrap_or(first_host(&range)),
            groups: None,
            elsewhere: self.topology.is_held_by_other(&network.account),
            down: match at {
                None => Some(ABSENT.to_owned()),
                Some(at) => (!at.record.status.is_ready()).then(|| at.record.status.word.clone()),
            },
        })
    }

    // A spot that the topology wants and that was not found: it gets a verdict too.
    fn absent(&self, name: &str, network: &str, subnet: &str) -> Option<Spot> {
        let network = self.topology.network(network)?;
        let subnet = network
            .subnets
            .iter()
            .find(|candidate| candidate.name == subnet)?;
        let address = first_host(&subnet.range);
        Some(Spot {
            name: name.to_owned(),
            index: 0,
            place: self.topology.place_of(network)?,
            network: NetworkId::new(""),
            network_name: network.name.clone(),
            subnet: SubnetId::new(""),
            address,
            groups: None,
            elsewhere: self.topology.is_held_by_other(&network.account),
            down: Some(ABSENT.to_owned()),
        })
    }

    /// What is behind each border router of the topology's edges.
    pub(super) fn lines(&self) -> Vec<Line<'a>> {
        let edges = self.topology.wanted_edges();
        edges
            .flat_map(|edge| edge.border_routers.iter().map(move |router| (edge, router)))
            .filter_map(|(edge, router)| self.line(edge, router))
            .collect()
    }

    fn line(&self, edge: &'a Edge, router: &'a BorderRouter) -> Option<Line<'a>> {
        let range = router.ranges.first()?;
        let first = range.hosts().next().unwrap_or(range.addr());
        let name = format!("{}/{}", edge.name, router.name);
        Some(Line {
            edge,
            router,
            spot: Spot {
                place: self.topology.place_in(&router.account, &router.region)?,
                network: NetworkId::new(""),
                network_name: name.clone(),
                subnet: SubnetId::new(""),
                address: router.probe.unwrap_or(first),
                groups: None,
                elsewhere: false,
                down: None,
                index: 0,
                name,
            },
        })
    }

    /// The hub of an edge.
    pub(super) fn edge_hub(&self, edge: &Edge) -> Option<&'a HubRecord> {
        let at = self.found.hubs.get(&ObjectKey::edge_hub(&edge.name))?;
        Some(&at.record)
    }

    /// The places of the spots that interconnects join each network to, its own among them.
    pub(super) fn neighbours(&self, spots: &[Spot]) -> HashMap<&'a str, Vec<u32>> {
        let mut by_network: HashMap<&str, Vec<u32>> = HashMap::new();
        for (place, spot) in (0..).zip(spots) {
            by_network
                .entry(&spot.network_name)
                .or_default()
                .push(place);
        }
        let mut neighbours: HashMap<&str, Vec<u32>> = HashMap::new();
        for interconnect in &self.topology.interconnects {
            let members = interconnect.members.iter();
            let spots = members.filter_map(|member| by_network.get(member.as_str()));
            let spots: Vec<u32> = spots.flatten().copied().collect();
            for member in &interconnect.members {
                neighbours.entry(member).or_default().extend(&spots);
            }
        }
        for places in neighbours.values_mut() {
            places.sort_unstable();
            places.dedup();
        }
        neighbours
    }

    /// Whether another holds the keys of the account that an end of a peering belongs to.
    pub(super) fn is_elsewhere(&self, end: &Endpoint) -> bool {
        let mut accounts = self.topology.accounts.iter();
        accounts.any(|account| account.id == *end.account() && account.held_by == Holder::Other)
    }

    /// Whether something in a network that cannot be read is known to answer pings.
    pub(super) fn answers(&self, spot: &Spot) -> bool {
        let network = self.topology.network(&spot.network_name);
        !spot.elsewhere || network.is_some_and(|network| network.probe.is_some())
    }

    /// The key of a peering of ours, or its id.
    pub(super) fn name_of(&self, id: &PeeringId) -> String {
        match self.found.peerings.key_of(id) {
            Some(key) => format!("{key} ({id})"),
            None => id.to_string(),
        }
    }

    /// What a peering joins, in words.
    pub(super) fn words_of(&self, id: &PeeringId) -> String {
        let key = self.found.peerings.key_of(id);
        key.map_or_else(|| "a connection of others".to_owned(), ObjectKey::words)
    }

    /// What is at an end of a peering, by its name in the topology and its id.
    pub(super) fn end_named(&self, end: &Endpoint) -> String {
        format!("{} ({})", self.end_words(end), end.id())
    }

    /// What is at an end of a peering, in words.
    pub(super) fn end_words(&self, end: &Endpoint) -> String {
        let (key, otherwise) = match end {
            Endpoint::Network { id, .. } => (self.found.networks.key_of(id), "a network of others"),
            Endpoint::Hub { id, .. } | Endpoint::Edge { id, .. } => {
                (self.found.hubs.key_of(id), "a hub of others")
            }
            Endpoint::BorderRouter { .. } => (None, "border router"),
        };
        key.map_or_else(|| otherwise.to_owned(), ObjectKey::words)
    }

    /// The record of this id, wherever it was seen; of several views the fullest.
    pub(super) fn find<R: Record>(&self, id: &R::Id) -> Option<&'a R> {
        self.observation.find(id)
    }

    /// The route table that packets of a subnet meet.
    pub(super) fn table_of(&self, spot: &Spot) -> Option<&'a RouteTableRecord> {
        let tables = || self.observation.tables_of(&spot.network);
        let custom = tables()
            .find(|table| table.role == TableRole::Custom && table.subnets.contains(&spot.subnet));
        custom.or_else(|| tables().find(|table| table.role == TableRole::Main))
    }

    /// Whether the groups of a packet's source are known where it arrives after these peerings, in the eyes of the cloud
    /// that it left from.
    pub(super) fn keeps_groups(&self, way: &[&PeeringRecord], from: &Spot) -> bool {
        let peered = || {
            way.iter().all(|peering| {
                peering.kind == PeeringKind::NetworkToNetwork
                    && peering.requester.region() == peering.accepter.region()
            })
        };
        let capabilities = self.observation.capabilities.get(&from.place.cloud);
        match capabilities.map(|capabilities| capabilities.group_references) {
            Some(GroupReferences::PeeredInRegion) => peered(),
            Some(GroupReferences::SameNetwork) | None => way.is_empty(),
        }
    }

    /// The half of route learning that associates a peering with a table of a hub.
    pub(super) fn association(
        &self,
        peering: &PeeringId,
        hub: &HubRecord,
    ) -> Option<&'a LearningRecord> {
        let at_hub = |table: &RouteTableId| hub.table_ids().any(|known| known == table);
        self.observation.learning_of(peering).find(|record| {
            let learning = &record.learning;
            learning.kind == LearningKind::Association && at_hub(&learning.table)
        })
    }

    /// One half of route learning between a peering and a table.
    pub(super) fn learning(
        &self,
        kind: LearningKind,
        peering: &PeeringId,
        table: &RouteTableId,
    ) -> Option<&'a LearningRecord> {
        self.observation.learning_of(peering).find(|record| {
            let learning = &record.learning;
            learning.kind == kind && learning.table == *table
        })
    }

    /// Whether an address belongs to a network.
    pub(super) fn holds(&self, network: &NetworkId, address: &IpAddr) -> bool {
        self.find::<NetworkRecord>(network).is_some_and(|record| {
            record
                .ranges
                .iter()
                .any(|range: &IpNet| range.contains(address))
        })
    }
}
