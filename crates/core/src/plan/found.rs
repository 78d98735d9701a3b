use std::collections::BTreeMap;

use ipnet::IpNet;

use super::keys::{attachment_key, edge_key, router_key};
use crate::ids::{
    BorderRouterId, GroupId, HubId, NetworkId, PeeringId, Place, RouteTableId, SubnetId,
};
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::{
    Endpoint, GrantRecord, GroupRecord, HubRecord, HubScope, InstanceRecord, Inventory, Learning,
    LearningRecord, Member, NetworkRecord, NextHop, Owner, PeeringKind, PeeringRecord, Phase,
    RouteRecord, RouteTableRecord, RuleRecord, Status, SubnetRecord, TableRole,
};

/// An object of the topology, where it is.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) record: T,
}

/// A route that leads to a peering of the topology, or stands where the topology wants one.
#[derive(Clone, Debug)]
pub(crate) struct FoundRoute {
    pub(crate) place: Place,
    pub(crate) record: RouteRecord,
    pub(crate) network: String,
    /// Whether it leads to a peering of the topology.
    pub(crate) ours: bool,
    /// Whether it is a black hole that a peering between networks of the topology left behind.
    pub(crate) dead: bool,
}

/// Everything found that belongs to a topology, by object key.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The name of the topology whose objects are indexed.
    topology: String,
    pub(crate) networks: BTreeMap<String, At<NetworkRecord>>,
    pub(crate) subnets: BTreeMap<String, At<SubnetRecord>>,
    pub(crate) hubs: BTreeMap<String, At<HubRecord>>,
    pub(crate) peerings: BTreeMap<String, At<PeeringRecord>>,
    pub(crate) learning: BTreeMap<String, At<LearningRecord>>,
    pub(crate) grants: BTreeMap<String, At<(GrantRecord, Endpoint)>>,
    pub(crate) groups: BTreeMap<String, At<GroupRecord>>,
    pub(crate) instances: BTreeMap<String, At<InstanceRecord>>,
    pub(crate) routes: BTreeMap<String, FoundRoute>,
    pub(crate) rules: BTreeMap<GroupId, Vec<RuleRecord>>,
    pub(crate) tables: BTreeMap<NetworkId, Vec<RouteTableRecord>>,
    /// Objects that carry the key of another one: what a lost answer can leave behind.
    pub(crate) duplicates: Vec<(Place, String, String)>,
    network_keys: BTreeMap<NetworkId, String>,
    subnet_keys: BTreeMap<SubnetId, String>,
    hub_keys: BTreeMap<HubId, String>,
    peering_keys: BTreeMap<PeeringId, String>,
    hub_tables: BTreeMap<RouteTableId, String>,
}

/// The key of a network.
pub(crate) fn network_key(name: &str) -> String {
    format!("network/{name}")
}

/// The key of a subnet.
pub(crate) fn subnet_key(network: &str, name: &str) -> String {
    format!("subnet/{network}/{name}")
}

/// The key of a grant: of an interconnect or an edge, and of a network or what stands for a
/// [border router](router_key).
pub(crate) fn grant_key(interconnect: &str, network: &str) -> String {
    format!("grant/{interconnect}/{network}")
}

/// The key of one half of route learning: which half, the tail of the peering's key, and the region of the table where
/// the peering meets two of them.
pub(crate) fn learning_key(learning: &Learning, peering_key: &str, hub_key: &str) -> String {
    let kind = learning.kind;
    match peering_key.split_once('/') {
        Some(("link", tail)) => {
            let region = hub_key.rsplit('/').next().unwrap_or_default();
            format!("{kind}/{tail}@{region}")
        }
        Some((_, tail)) => format!("{kind}/{tail}"),
        None => format!("{kind}/{peering_key}"),
    }
}

/// The key of a route.
pub(crate) fn route_key(
    network: &str,
    table: Option<&RouteTableId>,
    destination: &IpNet,
) -> String {
    let table = table.map_or("main", RouteTableId::as_str);
    format!("route/{network}/{table}/{destination}")
}

impl Found {
    pub(crate) fn index(topology: &Topology, observation: &Observation) -> Self {
        let mut found = Self {
            topology: topology.name.clone(),
            ..Self::default()
        };
        for inventory in &observation.inventories {
            found.tagged(topology, inventory);
        }
        for inventory in &observation.inventories {
            found.untagged(topology, inventory);
        }
        found
    }

    /// Whether the topology made an object and may delete it: one that only takes part belongs to somebody else.
    pub(crate) fn made(&self, owner: Option<&Owner>) -> bool {
        owner.is_some_and(|owner| owner.topology == self.topology)
    }

    pub(crate) fn network_name(&self, id: &NetworkId) -> Option<&str> {
        self.network_keys.get(id)?.strip_prefix("network/")
    }

    pub(crate) fn peering_key(&self, id: &PeeringId) -> Option<&String> {
        self.peering_keys.get(id)
    }

    pub(crate) fn subnet_key(&self, id: &SubnetId) -> Option<&String> {
        self.subnet_keys.get(id)
    }

    fn tagged(&mut self, topology: &Topology, inventory: &Inventory) {
        let place = &inventory.place;
        let declared = |id: &NetworkId| {
            let network = topology
                .networks
                .iter()
                .find(|network| network.id.as_ref() == Some(id))?;
            Some(network_key(&network.name))
        };
        for record in &inventory.networks {
            let key = declared(&record.id).or_else(|| owned(topology, record.owner.as_ref()));
            let Some(key) = key else { continue };
            if self.put(
                place,
                &key,
                record.id.as_str(),
                |found| &mut found.networks,
                record,
            ) {
                self.network_keys.insert(record.id.clone(), key);
            }
        }
        let declared = |id: &SubnetId| {
            topology.networks.iter().find_map(|network| {
                let subnet = network
                    .subnets
                    .iter()
                    .find(|subnet| subnet.id.as_ref() == Some(id))?;
                Some(subnet_key(&network.name, &subnet.name))
            })
        };
        for record in &inventory.subnets {
            let key = declared(&record.id).or_else(|| owned(topology, record.owner.as_ref()));
            let Some(key) = key else { continue };
            if self.put(
                place,
                &key,
                record.id.as_str(),
                |found| &mut found.subnets,
                record,
            ) {
                self.subnet_keys.insert(record.id.clone(), key);
            }
        }
        for record in &inventory.hubs {
            self.hub(topology, place, record);
        }
        for record in &inventory.peerings {
            self.peering(topology, place, record);
        }
        for record in &inventory.groups {
            if let Some(key) = owned(topology, record.owner.as_ref()) {
                self.put(
                    place,
                    &key,
                    record.id.as_str(),
                    |found| &mut found.groups,
                    record,
                );
            }
        }
        for record in &inventory.instances {
            if let Some(key) = owned(topology, record.owner.as_ref()) {
                self.put(
                    place,
                    &key,
                    record.id.as_str(),
                    |found| &mut found.instances,
                    record,
                );
            }
        }
    }

    fn hub(&mut self, topology: &Topology, place: &Place, record: &HubRecord) {
        let Some(key) = owned(topology, record.owner.as_ref()) else {
            return;
        };
        // A hub may be seen from places of other regions; it belongs where it is.
        let mut home = place.clone();
        if let (HubScope::Regional { .. }, Some(region)) = (&record.scope, &record.region) {
            home.region = region.clone();
        }
        // One at the edge has no region and is seen from all; its calls are made where the topology says.
        if let HubScope::Edge { .. } = &record.scope {
            let declared = topology
                .edges
                .iter()
                .find(|edge| edge_key(&edge.name) == key);
            let declared = declared.and_then(|edge| topology.place_in(&edge.owner, &edge.region));
            home = declared.unwrap_or(home);
        }
        if self.put(
            &home,
            &key,
            record.id.as_str(),
            |found| &mut found.hubs,
            record,
        ) {
            self.hub_keys.insert(record.id.clone(), key.clone());
            if let Some(table) = &record.table {
                self.hub_tables.insert(table.clone(), key);
            }
        }
    }

    fn peering(&mut self, topology: &Topology, place: &Place, record: &PeeringRecord) {
        let edge = self.edge_of(record).cloned();
        let key = match (&record.requester, &edge) {
            // It carries no tags. The hub is ours, so is what joins a line to it.
            (Endpoint::BorderRouter { id, .. }, Some(hub)) => {
                let name = hub.strip_prefix("edge/").unwrap_or(hub);
                Some(attachment_key(name, &router_key(id)))
            }
            _ => owned(topology, record.owner.as_ref()),
        };
        let Some(key) = key else { return };
        // A peering of networks that failed, was rejected or has expired cannot be deleted and is in nobody's way.
        if record.kind == PeeringKind::NetworkToNetwork && record.status.phase == Phase::Failed {
            return;
        }
        // Both sides see it; the side that can delete it is the hub's, or the requester's.
        let end = match (&record.requester, &record.accepter) {
            (Endpoint::Network { .. }, hub @ (Endpoint::Hub { .. } | Endpoint::Edge { .. })) => hub,
            (requester, _) => requester,
        };
        let home = match edge.and_then(|hub| self.hubs.get(&hub)) {
            Some(hub) => hub.place.clone(),
            None => Place::new(
                place.cloud.clone(),
                end.account().clone(),
                end.region().unwrap_or(&place.region).clone(),
            ),
        };
        if self.put(
            &home,
            &key,
            record.id.as_str(),
            |found| &mut found.peerings,
            record,
        ) {
            self.peering_keys.insert(record.id.clone(), key);
        }
    }

    /// The key of the hub at the edge that an attachment joins something to.
    fn edge_of(&self, record: &PeeringRecord) -> Option<&String> {
        let Endpoint::Edge { id, .. } = &record.accepter else {
            return None;
        };
        self.hub_keys.get(id)
    }

    /// The domain in which a peering is written to: hubs of one interconnect share their global hub's lock, and what
    /// joins an edge shares that of its hub.
    pub(crate) fn peering_domain(&self, id: &PeeringId) -> Option<String> {
        let key = self.peering_keys.get(id)?;
        let edge = self
            .peerings
            .get(key)
            .and_then(|at| self.edge_of(&at.record));
        match edge {
            Some(edge) => Some(edge.clone()),
            None => Some(format!("hub/{}", key.split('/').nth(1)?)),
        }
    }

    /// Whether a hub is one at the edge.
    pub(crate) fn is_edge(&self, id: &HubId) -> bool {
        let key = self.hub_keys.get(id);
        key.and_then(|key| self.hubs.get(key))
            .is_some_and(|at| matches!(at.record.scope, HubScope::Edge { .. }))
    }

    /// The hub at the edge, if a peering is an attachment to one.
    pub(crate) fn edge_hub_of(&self, record: &PeeringRecord) -> Option<HubId> {
        let key = self.edge_of(record)?;
        self.hubs.get(key).map(|at| at.record.id.clone())
    }

    // Whether the object is now the one known by its key.
    fn put<T: Clone + Identified>(
        &mut self,
        place: &Place,
        key: &str,
        id: &str,
        map: impl Fn(&mut Self) -> &mut BTreeMap<String, At<T>>,
        record: &T,
    ) -> bool {
        let at = At {
            place: place.clone(),
            record: record.clone(),
        };
        let known = match map(self).get(key) {
            None => {
                map(self).insert(key.to_owned(), at);
                return true;
            }
            Some(known) => known.clone(),
        };
        if known.record.identity() == id {
            // Seen from a second place: the place where it lives knows more of it.
            let richer = record.completeness() > known.record.completeness();
            if richer {
                map(self).insert(key.to_owned(), at);
            }
            return true;
        }
        if known.record.leaving() {
            map(self).insert(key.to_owned(), at);
            return true;
        }
        if !record.leaving() {
            self.duplicates
                .push((place.clone(), key.to_owned(), id.to_owned()));
        }
        false
    }

    fn untagged(&mut self, topology: &Topology, inventory: &Inventory) {
        let place = &inventory.place;
        for table in &inventory.route_tables {
            self.tables
                .entry(table.network.clone())
                .or_default()
                .push(table.clone());
        }
        for record in &inventory.routes {
            self.route(inventory, record);
        }
        for record in &inventory.learning {
            let Some(peering) = self.peering_keys.get(&record.learning.peering) else {
                continue;
            };
            let Some(hub) = self.hub_tables.get(&record.learning.table) else {
                continue;
            };
            let key = learning_key(&record.learning, peering, hub);
            let place = self
                .hubs
                .get(hub)
                .map_or_else(|| place.clone(), |hub| hub.place.clone());
            let at = At {
                place,
                record: record.clone(),
            };
            self.learning.entry(key).or_insert(at);
        }
        for record in &inventory.grants {
            self.grant(topology, inventory, record);
        }
        for record in &inventory.rules {
            self.rules
                .entry(record.group.clone())
                .or_default()
                .push(record.clone());
        }
    }

    fn route(&mut self, inventory: &Inventory, record: &RouteRecord) {
        let Some(table) = inventory
            .route_tables
            .iter()
            .find(|table| table.id == record.table)
        else {
            return;
        };
        let Some(network) = self.network_name(&table.network).map(str::to_owned) else {
            return;
        };
        let gone = |id: &PeeringId| !inventory.peerings.iter().any(|peering| peering.id == *id);
        let dead = !record.status.is_ready()
            && matches!(&record.next_hop, NextHop::Peering(id) if gone(id))
            && self
                .networks
                .values()
                .any(|at| at.record.ranges.contains(&record.destination));
        let ours =
            matches!(&record.next_hop, NextHop::Peering(id) if self.peering_keys.contains_key(id));
        let custom = (table.role == TableRole::Custom).then_some(&table.id);
        let key = route_key(&network, custom, &record.destination);
        let route = FoundRoute {
            place: inventory.place.clone(),
            record: record.clone(),
            network,
            ours,
            dead,
        };
        self.routes.insert(key, route);
    }

    fn grant(&mut self, topology: &Topology, inventory: &Inventory, record: &GrantRecord) {
        // A view of the hub's owner is not the place from which it can be taken back.
        let given_here = record
            .member_account
            .as_ref()
            .is_none_or(|account| *account == inventory.place.account);
        if !given_here {
            return;
        }
        let Some(hub) = self.hub_keys.get(&record.hub) else {
            return;
        };
        let interconnect = hub.split('/').nth(1).unwrap_or(hub);
        let (account, region) = (
            inventory.place.account.clone(),
            inventory.place.region.clone(),
        );
        let (member, tail) = match &record.member {
            Member::Network(id) => {
                let Some(network) = self.network_name(id) else {
                    return;
                };
                let member = Endpoint::Network {
                    id: id.clone(),
                    account,
                    region,
                };
                (member, network.to_owned())
            }
            Member::BorderRouter(id)
                if hub.starts_with("edge/") && self.is_border_router(topology, id) =>
            {
                let member = Endpoint::BorderRouter {
                    id: id.clone(),
                    account,
                    region,
                };
                (member, router_key(id))
            }
            Member::BorderRouter(_) => return,
        };
        let at = At {
            place: inventory.place.clone(),
            record: (record.clone(), member),
        };
        self.grants.insert(grant_key(interconnect, &tail), at);
    }

    // One that the topology declares, or that is still attached to a hub of ours.
    fn is_border_router(&self, topology: &Topology, id: &BorderRouterId) -> bool {
        let mut declared = topology.edges.iter().flat_map(|edge| &edge.border_routers);
        declared.any(|router| router.id == *id)
            || self.peerings.values().any(
                |at| matches!(&at.record.requester, Endpoint::BorderRouter { id: there, .. } if there == id),
            )
    }
}

fn owned(topology: &Topology, owner: Option<&Owner>) -> Option<String> {
    owner
        .filter(|owner| owner.topology == topology.name)
        .map(|owner| owner.key.clone())
}

/// What the index needs to know of a record.
pub(crate) trait Identified {
    fn identity(&self) -> &str;
    /// Whether it is on its way out.
    fn leaving(&self) -> bool;
    /// How much the record tells; of two views of one object the fuller is kept.
    fn completeness(&self) -> usize {
        0
    }
}

fn deleting(status: &Status) -> bool {
    status.phase == Phase::Deleting
}

macro_rules! identified {
    ($($type:ty),*) => {$(
        impl Identified for $type {
            fn identity(&self) -> &str {
                self.id.as_str()
            }
            fn leaving(&self) -> bool {
                deleting(&self.status)
            }
        }
    )*};
}
identified!(NetworkRecord, SubnetRecord, PeeringRecord, InstanceRecord);

impl Identified for HubRecord {
    fn identity(&self) -> &str {
        self.id.as_str()
    }
    fn leaving(&self) -> bool {
        deleting(&self.status)
    }
    fn completeness(&self) -> usize {
        usize::from(self.table.is_some())
    }
}

impl Identified for GroupRecord {
    fn identity(&self) -> &str {
        self.id.as_str()
    }
    fn leaving(&self) -> bool {
        false
    }
}

impl Found {
    /// The instances that use a group or a subnet.
    pub(crate) fn instances_where<'a>(
        &'a self,
        test: impl Fn(&InstanceRecord) -> bool + 'a,
    ) -> impl Iterator<Item = &'a String> {
        self.instances
            .iter()
            .filter(move |(_, at)| test(&at.record))
            .map(|(key, _)| key)
    }
}
