//! What was observed, as packets see it: one world, whichever account owns the parts.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::ids::{GroupId, HubId, NetworkId, PeeringId, Place, RouteTableId, SubnetId};
use crate::object::{ObjectKey, Record};
use crate::observation::Observation;
use crate::plan::Found;
use crate::topology::{BorderRouter, Edge, Holder, Instance, Network, Topology};
use crate::traits::{
    AclRecord, Destination, Endpoint, GroupReferences, HubRecord, HubRouteRecord, Inventory,
    LearningKind, LearningRecord, NetworkRecord, NextHop, NotUnderstood, PeeringKind,
    PeeringRecord, RouteOrigin, RouteRecord, RouteTableRecord, RuleRecord, TableRole,
};

/// The state of an end that the topology declares and the observation does not show.
pub(super) const ABSENT: &str = "absent";

/// Where packets start and end.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) name: String,
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

/// What a route table does with a packet.
#[derive(Debug)]
pub(super) enum RouteChoice<'a> {
    /// It follows this route.
    One(&'a RouteRecord),
    /// No route is for it.
    None,
    /// This route may be for it, and leads elsewhere than the best of those that are known.
    Unknown(&'a RouteRecord),
}

// How much a table prefers a route for packets to an address: the longest prefix; of equals that of the network itself, then
// one that somebody wrote, then one of a prefix list, then one that was learned; of equals one that works.
fn preference(route: &RouteRecord, to: &IpAddr) -> Option<(u8, u8, bool)> {
    let holding = route
        .destination
        .ranges()?
        .iter()
        .filter(|range| range.contains(to));
    let length = holding.map(IpNet::prefix_len).max()?;
    let rank = match (&route.next_hop, &route.destination, route.origin) {
        (NextHop::Local, ..) => 3,
        (_, _, RouteOrigin::Learned) => 0,
        (_, Destination::Range(_), _) => 2,
        _ => 1,
    };
    Some((length, rank, route.status.is_ready()))
}

/// Looks things up in an observation.
pub(super) struct Fabric<'a> {
    pub(super) topology: &'a Topology,
    observation: &'a Observation,
    pub(super) found: &'a Found,
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
        }
    }

    /// The topology's instances, or its subnets where there is no instance; one that has IPv6 too stands there twice.
    pub(super) fn spots(&self) -> Vec<Spot> {
        if self.topology.instances.is_empty() {
            self.subnet_spots()
        } else {
            self.instance_spots()
        }
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
        let range = at
            .and_then(|at| at.record.ranges.first().copied())
            .or(network.range)?;
        Some(Spot {
            name: network.name.clone(),
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
                name,
            },
        })
    }

    /// The hub of an edge.
    pub(super) fn edge_hub(&self, edge: &Edge) -> Option<&'a HubRecord> {
        let at = self.found.hubs.get(&ObjectKey::edge_hub(&edge.name))?;
        Some(&at.record)
    }

    /// What joins a hub at the edge to something.
    pub(super) fn attached_to(&self, hub: &HubId) -> impl Iterator<Item = &'a PeeringRecord> {
        let peerings = self.all(|i| &i.peerings);
        peerings.filter(move |peering| peering.accepter.id() == hub.as_str())
    }

    /// Whether the topology asks for this pair to reach each other.
    pub(super) fn wanted(&self, source: &Spot, destination: &Spot) -> bool {
        self.topology.interconnects.iter().any(|interconnect| {
            let has = |name: &String| interconnect.members.contains(name);
            source.network_name != destination.network_name
                && has(&source.network_name)
                && has(&destination.network_name)
        }) && !self.excludes(source, destination)
            && !self.excludes(destination, source)
    }

    // Without a route there are no packets, or no answers.
    fn excludes(&self, from: &Spot, to: &Spot) -> bool {
        let network = self.topology.network(&from.network_name);
        network.is_some_and(|network| network.excludes_address(&to.address))
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

    /// The record of this id, wherever it was seen; of several views the fullest.
    pub(super) fn find<R: Record>(&self, id: &R::Id) -> Option<&'a R> {
        let records = self.all(R::of).filter(|record| record.id() == id);
        records.max_by_key(|record| record.completeness())
    }

    // One list of all inventories.
    pub(super) fn all<T: 'a>(
        &self,
        list: impl Fn(&'a Inventory) -> &'a [T],
    ) -> impl Iterator<Item = &'a T> {
        self.observation.inventories.iter().flat_map(list)
    }

    /// The route table that packets of a subnet meet.
    pub(super) fn table_of(&self, spot: &Spot) -> Option<&'a RouteTableRecord> {
        let tables = || {
            let all = self.all(|i| &i.route_tables);
            all.filter(|table| table.network == spot.network)
        };
        let custom = tables()
            .find(|table| table.role == TableRole::Custom && table.subnets.contains(&spot.subnet));
        custom.or_else(|| tables().find(|table| table.role == TableRole::Main))
    }

    /// What a network's table does with packets to an address. The most specific route decides, whether it works or not:
    /// packets do not fall back to a shorter one.
    pub(super) fn route(&self, table: &RouteTableId, to: &IpAddr) -> RouteChoice<'a> {
        let routes = || {
            self.all(|i| &i.routes)
                .filter(|route| route.table == *table)
        };
        let best = routes()
            .filter_map(|route| Some((preference(route, to)?, route)))
            .max_by_key(|(preference, _)| *preference)
            .map(|(_, route)| route);
        let is_same =
            |route: &RouteRecord| best.is_some_and(|best| best.next_hop == route.next_hop);
        let mut unknown = routes().filter(|route| route.destination.ranges().is_none());
        match (unknown.find(|route| !is_same(route)), best) {
            (Some(route), _) => RouteChoice::Unknown(route),
            (None, Some(route)) => RouteChoice::One(route),
            (None, None) => RouteChoice::None,
        }
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

    /// The attachment of a network to a hub of the interconnects.
    pub(super) fn attachment_of(&self, network: &NetworkId) -> Option<&'a PeeringRecord> {
        let peerings = self.all(|i| &i.peerings);
        peerings.into_iter().find(|peering| {
            matches!(&peering.requester, Endpoint::Network { id, .. } if id == network)
                && matches!(peering.accepter, Endpoint::Hub { .. })
        })
    }

    /// The connection between two hubs, in either direction.
    pub(super) fn link(&self, left: &str, right: &str) -> Option<&'a PeeringRecord> {
        let peerings = self.all(|i| &i.peerings);
        peerings
            .filter(|peering| peering.kind == PeeringKind::HubToHub)
            .find(|peering| {
                let ends = (peering.requester.id(), peering.accepter.id());
                ends == (left, right) || ends == (right, left)
            })
    }

    /// The half of route learning that associates a peering with a table of a hub.
    pub(super) fn association(
        &self,
        peering: &PeeringId,
        hub: &HubRecord,
    ) -> Option<&'a LearningRecord> {
        let at_hub = |table: &RouteTableId| hub.table_ids().any(|known| known == table);
        let all = self.all(|i| &i.learning);
        all.into_iter().find(|record| {
            let learning = &record.learning;
            learning.kind == LearningKind::Association
                && learning.peering == *peering
                && at_hub(&learning.table)
        })
    }

    /// One half of route learning between a peering and a table.
    pub(super) fn learning(
        &self,
        kind: LearningKind,
        peering: &PeeringId,
        table: &RouteTableId,
    ) -> Option<&'a LearningRecord> {
        let all = self.all(|i| &i.learning);
        all.into_iter().find(|record| {
            let learning = &record.learning;
            learning.kind == kind && learning.peering == *peering && learning.table == *table
        })
    }

    /// The longest matching active route of a hub's table.
    pub(super) fn hub_route(
        &self,
        table: &RouteTableId,
        to: &IpAddr,
    ) -> Option<&'a HubRouteRecord> {
        self.hub_routes(table)
            .filter(|route| route.destination.contains(to) && route.status.is_ready())
            .max_by_key(|route| route.destination.prefix_len())
    }

    /// A route of a hub's table that would match and lost against another.
    pub(super) fn lost_hub_route(
        &self,
        table: &RouteTableId,
        to: &IpAddr,
    ) -> Option<&'a HubRouteRecord> {
        self.hub_routes(table)
            .find(|route| route.destination.contains(to) && !route.status.is_ready())
    }

    /// Something in a hub's table that was not understood: a route, or what the table learns.
    pub(super) fn odd_in(&self, table: &RouteTableId) -> Option<&'a NotUnderstood> {
        let within = |odd: &&NotUnderstood| odd.within.as_deref() == Some(table.as_str());
        self.all(|i| &i.not_understood).find(within)
    }

    fn hub_routes(&self, table: &RouteTableId) -> impl Iterator<Item = &'a HubRouteRecord> {
        let table = table.clone();
        let all = self.all(|i| &i.hub_routes);
        all.filter(move |route| route.table == table)
    }

    /// The access list of a subnet, where the cloud has one.
    pub(super) fn acl(&self, subnet: &SubnetId) -> Option<&'a AclRecord> {
        self.all(|i| &i.acls)
            .find(|acl| acl.subnets.contains(subnet))
    }

    pub(super) fn rules(&self, group: &GroupId) -> impl Iterator<Item = &'a RuleRecord> {
        let group = group.clone();
        let all = self.all(|i| &i.rules);
        all.filter(move |record| record.group == group)
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
