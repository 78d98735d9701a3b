use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::destinations::is_made_of;
use super::index::Put;
pub(crate) use super::index::{At, Index};
use super::others;
use super::rename::Renames;
use super::sides::Told;
use crate::ids::{
    AccountId, BorderRouterId, GroupId, HubId, InstanceId, NetworkId, PeeringId, Place,
    RouteTableId, SubnetId,
};
use crate::object::{Attached, MemberKey, ObjectKey, Pair, Record};
use crate::observation::Observation;
use crate::topology::{Holder, ReachChoice, Topology};
use crate::traits::{
    Endpoint, GrantOrigin, GrantRecord, GroupRecord, HubRecord, HubScope, InstanceRecord,
    Inventory, Learning, LearningKind, LearningRecord, Member, NetworkRecord, NextHop, Owner,
    PeeringKind, PeeringRecord, Phase, RouteRecord, RouteTableRecord, RuleRecord, SubnetRecord,
    TableRole,
};

/// A route that leads to a peering of the topology, or stands where the topology wants one.
#[derive(Clone, Debug)]
pub(crate) struct FoundRoute {
    pub(crate) place: Place,
    pub(crate) record: RouteRecord,
    /// Whether it leads to a peering of the topology, or carries its mark.
    pub(crate) ours: bool,
    /// Whether it leads over a peering that the topology made to what is none of its networks: others added it.
    pub(crate) foreign: bool,
    /// Whether it is a black hole that a peering between networks of the topology left behind.
    pub(crate) dead: bool,
}

/// An object of the topology that carries the key of another one: what a lost answer can leave behind.
#[derive(Clone, Debug)]
pub(crate) struct Duplicate {
    pub(crate) place: Place,
    pub(crate) key: ObjectKey,
    pub(crate) id: String,
}

/// Everything found that belongs to a topology, by object key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The accounts of the topology that others hold.
    pub(crate) elsewhere: BTreeSet<AccountId>,
    /// The names that the topology and its parts had before.
    pub(crate) renames: Renames,
    pub(crate) networks: Index<NetworkRecord>,
    pub(crate) subnets: Index<SubnetRecord>,
    pub(crate) hubs: Index<HubRecord>,
    pub(crate) peerings: Index<PeeringRecord>,
    pub(crate) groups: Index<GroupRecord>,
    pub(crate) instances: Index<InstanceRecord>,
    pub(crate) learning: BTreeMap<ObjectKey, At<LearningRecord>>,
    pub(crate) grants: BTreeMap<ObjectKey, At<(GrantRecord, Endpoint)>>,
    pub(crate) routes: BTreeMap<ObjectKey, FoundRoute>,
    pub(crate) rules: BTreeMap<GroupId, Vec<RuleRecord>>,
    pub(crate) tables: BTreeMap<NetworkId, Vec<RouteTableRecord>>,
    pub(crate) duplicates: Vec<Duplicate>,
    /// The ranges of every network that was read.
    ranges: BTreeMap<NetworkId, Vec<IpNet>>,
    /// Groups that the topology made and that existing ones of others have replaced in it, by the key that both have.
    pub(crate) displaced: Vec<(ObjectKey, At<GroupRecord>)>,
    /// Of every table of a hub the hub's key, and whether it is another than its default one.
    hub_tables: BTreeMap<RouteTableId, (ObjectKey, bool)>,
    /// What the tables of hubs of others know.
    known_to_others: Vec<IpNet>,
    /// The interconnects that reach whatever their hubs know.
    reach_hub: BTreeSet<String>,
    /// Networks that the topology no longer declares and still joins to something: their names there.
    left: BTreeMap<NetworkId, String>,
    /// Hubs of others that the topology no longer declares and to which it still attaches something: their keys there.
    left_hubs: BTreeMap<HubId, ObjectKey>,
    /// The peerings that others made between two networks which a mesh joins, by the key that one of ours would have.
    pub(crate) others: BTreeMap<ObjectKey, Vec<At<PeeringRecord>>>,
}

/// The key of one half of route learning of a peering. A link meets two hubs, so the region of the hub is part of it.
fn learning_key(
    learning: &Learning,
    peering: &ObjectKey,
    (hub, is_custom): &(ObjectKey, bool),
) -> Option<ObjectKey> {
    let kind = learning.kind;
    let table = is_custom.then(|| learning.table.clone());
    match (peering, hub) {
        (ObjectKey::Link(of), ObjectKey::RegionalHub { region, .. }) => {
            Some(ObjectKey::LinkLearning {
                kind,
                of: of.clone(),
                region: region.clone(),
                table,
            })
        }
        (ObjectKey::Attachment(of), _) => Some(ObjectKey::Learning {
            kind,
            of: of.clone(),
            table,
        }),
        _ => None,
    }
}

impl Found {
    pub(crate) fn index(topology: &Topology, observation: &Observation) -> Self {
        Self::index_with(topology, observation, &Told::default())
    }

    /// The same, with what was told of hubs that cannot be read.
    pub(crate) fn index_with(topology: &Topology, observation: &Observation, told: &Told) -> Self {
        let mut found = Self {
            renames: Renames::of(topology, observation),
            ..Self::default()
        };
        let others = topology.accounts.iter();
        let others = others.filter(|account| account.held_by == Holder::Other);
        found.elsewhere = others.map(|account| account.id.clone()).collect();
        found.told(topology);
        for inventory in &observation.inventories {
            found.who_left(topology, inventory);
        }
        for inventory in &observation.inventories {
            found.tagged(topology, inventory);
        }
        found.hubs_of_others(topology, told);
        found.use_others(topology, observation);
        for inventory in &observation.inventories {
            found.used(topology, inventory);
        }
        found.beyond_members(topology, observation);
        for inventory in &observation.inventories {
            found.untagged(topology, inventory);
        }
        found
    }

    // A peering of ours comes before any of others.
    fn use_others(&mut self, topology: &Topology, observation: &Observation) {
        self.others = others::peerings(topology, observation, self);
        for (key, others) in &self.others {
            let there = self.peerings.get(key);
            if let (None, Some(At { place, record, .. })) =
                (there.filter(|at| !at.record.is_leaving()), others.first())
            {
                self.peerings.put(place, key.clone(), record, false);
            }
        }
    }

    // Whether the topology made an object and may delete it: one that only takes part belongs to its own maker.
    pub(super) fn made(&self, owner: Option<&Owner>) -> bool {
        owner.is_some_and(|owner| self.renames.is_topology(&owner.topology))
    }

    /// Whether there is anything that carries the topology's tags.
    pub(crate) fn has_any_of_ours(&self) -> bool {
        self.networks.ours().next().is_some()
            || self.subnets.ours().next().is_some()
            || self.hubs.ours().next().is_some()
            || self.peerings.ours().next().is_some()
            || self.groups.ours().next().is_some()
            || self.instances.ours().next().is_some()
    }

    /// The id of the object of this key, if it has one.
    pub(crate) fn id_of(&self, key: &ObjectKey) -> Option<String> {
        let of = |id: Option<&str>| id.map(str::to_owned);
        of(match key {
            ObjectKey::Network(_) => self.networks.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::Subnet { .. } => self.subnets.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::Group { .. } => self.groups.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::Instance(_) => self.instances.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::GlobalHub(_) | ObjectKey::RegionalHub { .. } | ObjectKey::EdgeHub(_) => {
                self.hubs.get(key).map(|at| at.record.id.as_str())
            }
            ObjectKey::Attachment(_) | ObjectKey::Link(_) | ObjectKey::Peering(_) => {
                self.peerings.get(key).map(|at| at.record.id.as_str())
            }
            _ => None,
        })
    }

    /// Where the object of this key is, if it is one with an id.
    pub(crate) fn place_of(&self, key: &ObjectKey) -> Option<Place> {
        let networks = self.networks.get(key).map(|at| &at.place);
        let place = networks
            .or_else(|| self.subnets.get(key).map(|at| &at.place))
            .or_else(|| self.instances.get(key).map(|at| &at.place))
            .or_else(|| self.hubs.get(key).map(|at| &at.place))
            .or_else(|| self.peerings.get(key).map(|at| &at.place));
        place.cloned()
    }

    /// What is left of it when these objects are gone.
    pub(crate) fn without(&self, going: &BTreeSet<ObjectKey>) -> Self {
        let mut left = self.clone();
        if going.is_empty() {
            return left;
        }
        left.networks.forget(going);
        left.forget_ranges(going);
        left.subnets.forget(going);
        left.hubs.forget(going);
        left.peerings.forget(going);
        left.groups.forget(going);
        left.instances.forget(going);
        left.learning.retain(|key, _| !going.contains(key));
        left.grants.retain(|key, _| !going.contains(key));
        let in_network = |key: &ObjectKey| match key {
            ObjectKey::Route { network, .. } | ObjectKey::Ipv6Route { network, .. } => {
                going.contains(&ObjectKey::network(network))
            }
            _ => false,
        };
        left.routes.retain(|key, _| !in_network(key));
        left
    }

    fn forget_ranges(&mut self, going: &BTreeSet<ObjectKey>) {
        for key in going {
            if let ObjectKey::Range { network, range } = key {
                self.networks
                    .change(&ObjectKey::network(network), |record| {
                        record.ranges.retain(|own| own != range);
                    });
            }
        }
    }

    pub(crate) fn network_name(&self, id: &NetworkId) -> Option<&str> {
        match self.networks.key_of(id)? {
            ObjectKey::Network(name) => Some(name),
            _ => None,
        }
    }

    // What its tags say it is.
    fn owned<R: Record>(&self, record: &R) -> Option<ObjectKey> {
        let owner = record.owner().filter(|owner| self.made(Some(owner)))?;
        Some(self.renames.key(owner.object_key()))
    }

    fn tagged(&mut self, topology: &Topology, inventory: &Inventory) {
        let place = &inventory.place;
        for record in &inventory.networks {
            self.ranges.insert(record.id.clone(), record.ranges.clone());
            let left = self.left.get(&record.id);
            let left = left.filter(|name| topology.network(name).is_none());
            let key = declared_network(topology, &record.id).or_else(|| self.owned(record));
            let key = key.or_else(|| left.map(|name| ObjectKey::network(name)));
            self.put_tagged(place, key, record, |found| &mut found.networks);
        }
        for record in &inventory.subnets {
            let key = declared_subnet(topology, &record.id).or_else(|| self.owned(record));
            self.put_tagged(place, key, record, |found| &mut found.subnets);
        }
        for record in &inventory.hubs {
            self.hub(topology, place, record);
        }
        for record in &inventory.peerings {
            self.peering(topology, place, record);
        }
        self.existing_groups(topology, inventory);
        for record in &inventory.groups {
            self.own_group(place, record);
        }
        for record in &inventory.instances {
            let key = declared_instance(topology, &record.id).or_else(|| self.owned(record));
            self.put_tagged(place, key, record, |found| &mut found.instances);
        }
    }

    // A network that others made carries no name of ours; what joins it does.
    fn who_left(&mut self, topology: &Topology, inventory: &Inventory) {
        let ours = inventory.peerings.iter();
        let ours = ours.filter_map(|peering| Some((self.owned(peering)?, peering)));
        let ours: Vec<_> = ours.collect();
        let ends = ours.iter();
        let ends = ends.flat_map(|(key, peering)| ends_by_name(key, peering));
        self.left.extend(ends);
        let gone = ours.into_iter().filter_map(|(key, peering)| {
            let name = key.interconnect()?;
            let is_gone = topology.interconnect(name).is_none();
            is_gone.then(|| hubs_by_name(name, peering))
        });
        self.left_hubs.extend(gone.flatten());
    }

    // Groups of others that the topology names, and those in which rules with its mark stand all the same: the topology may
    // have named them once.
    fn existing_groups(&mut self, topology: &Topology, inventory: &Inventory) {
        let marked: BTreeSet<&GroupId> = (inventory.rules.iter())
            .filter(|rule| self.has_mark(rule))
            .map(|rule| &rule.group)
            .collect();
        for record in &inventory.groups {
            let stray = || {
                let network = self.network_name(record.network.as_ref()?)?;
                let is_stray = marked.contains(&record.id) && !self.made(record.owner.as_ref());
                is_stray.then(|| ObjectKey::group(record.id.as_str(), network))
            };
            let key = self.declared_group(topology, record).or_else(stray);
            self.put_tagged(&inventory.place, key, record, |found| &mut found.groups);
        }
    }

    // The key of a group that the topology names by id, if it is in the network that the topology says.
    fn declared_group(&self, topology: &Topology, record: &GroupRecord) -> Option<ObjectKey> {
        let network = self.network_name(record.network.as_ref()?)?;
        let mut firewalls = topology.firewalls.iter();
        let firewall =
            firewalls.find(|firewall| firewall.groups.get(network) == Some(&record.id))?;
        Some(ObjectKey::group(&firewall.name, network))
    }

    fn own_group(&mut self, place: &Place, record: &GroupRecord) {
        let Some(key) = self.owned(record) else {
            return;
        };
        if self.groups.key_of(&record.id).is_some() {
            return;
        }
        match self.groups.get(&key) {
            Some(at) if !at.ours => {
                let at = At {
                    place: place.clone(),
                    record: record.clone(),
                    ours: true,
                };
                self.displaced.push((key, at));
            }
            _ => self.put_tagged(place, Some(key), record, |found| &mut found.groups),
        }
    }

    /// Whether a rule was added by the topology, as its description says.
    pub(crate) fn has_mark(&self, rule: &RuleRecord) -> bool {
        // A topology that was renamed knows the marks of its earlier names.
        let mark = rule.topology.as_ref();
        mark.is_some_and(|mark| self.renames.is_topology(mark))
    }

    // An object whose tags tell whether it is the topology's.
    fn put_tagged<R: Record>(
        &mut self,
        place: &Place,
        key: Option<ObjectKey>,
        record: &R,
        index: impl Fn(&mut Self) -> &mut Index<R>,
    ) {
        let ours = self.made(record.owner());
        self.put(place, key, record, ours, index);
    }

    fn put<R: Record>(
        &mut self,
        place: &Place,
        key: Option<ObjectKey>,
        record: &R,
        ours: bool,
        index: impl Fn(&mut Self) -> &mut Index<R>,
    ) {
        let Some(key) = key else { return };
        if index(self).put(place, key.clone(), record, ours) == Put::Duplicate {
            self.duplicates.push(Duplicate {
                place: place.clone(),
                key,
                id: record.id().to_string(),
            });
        }
    }

    fn hub(&mut self, topology: &Topology, place: &Place, record: &HubRecord) {
        let declared = declared_hub(topology, record);
        let left = || self.left_hubs.get(&record.id).cloned();
        let Some(key) = declared.or_else(|| self.owned(record)).or_else(left) else {
            return;
        };
        // What the topology names by its ID is not for it to delete, whoever made it.
        let ours = self.made(record.owner()) && !is_named(topology, record);
        // A hub may be seen from places of other regions; it belongs where it is.
        let mut home = place.clone();
        if let (HubScope::Regional { .. }, Some(region)) = (&record.scope, &record.region) {
            home.region = region.clone();
        }
        // One at the edge has no region and is seen from all; its calls are made where the topology says.
        if let HubScope::Edge { .. } = &record.scope {
            let mut edges = topology.edges.iter();
            let declared = edges.find(|edge| key == ObjectKey::edge_hub(&edge.name));
            let declared = declared.and_then(|edge| topology.place_in(&edge.owner, &edge.region));
            home = declared.unwrap_or(home);
        }
        self.put(&home, Some(key.clone()), record, ours, |found| {
            &mut found.hubs
        });
        if self.hubs.key_of(&record.id).is_some() {
            for table in record.table_ids() {
                let is_custom = record.table.as_ref() != Some(table);
                let known = (key.clone(), is_custom);
                self.hub_tables.insert(table.clone(), known);
            }
        }
    }

    // What a hub of others leads to beside the members: what its tables know.
    fn beyond_members(&mut self, topology: &Topology, observation: &Observation) {
        let far = topology.interconnects.iter();
        let far = far.filter(|interconnect| interconnect.reach == ReachChoice::Hub);
        self.reach_hub = far.map(|interconnect| interconnect.name.clone()).collect();
        let of_others = |table: &RouteTableId| {
            let hub = self.hub_tables.get(table);
            let hub = hub.and_then(|(key, _)| self.hubs.get(key));
            hub.is_some_and(|at| !at.ours)
        };
        let inventories = observation.inventories.iter();
        let routes = inventories.flat_map(|inventory| &inventory.hub_routes);
        let routes = routes.filter(|route| of_others(&route.table));
        self.known_to_others = routes.map(|route| route.destination).collect();
    }

    // Attachments of members, and links, that others made in a hub of others: they take part as they are.
    fn used(&mut self, topology: &Topology, inventory: &Inventory) {
        for record in &inventory.peerings {
            let is_known = self.peerings.key_of(&record.id).is_some();
            let is_usable = !matches!(record.status.phase, Phase::Deleting | Phase::Failed);
            let Some(key) = self
                .used_key(topology, record)
                .filter(|_| !is_known && is_usable)
            else {
                continue;
            };
            if self.peerings.get(&key).is_none() {
                let home = self.home_of(&inventory.place, record);
                self.put(&home, Some(key), record, false, |found| &mut found.peerings);
            }
        }
    }

    fn used_key(&self, topology: &Topology, record: &PeeringRecord) -> Option<ObjectKey> {
        let existing = |end: &Endpoint| match end {
            Endpoint::Hub { id, .. } => {
                let ObjectKey::RegionalHub {
                    interconnect,
                    region,
                } = self.hubs.key_of(id)?
                else {
                    return None;
                };
                let interconnect = topology.interconnect(interconnect)?;
                interconnect.hub.as_ref()?;
                Some((interconnect, region))
            }
            _ => None,
        };
        let (to, region) = existing(&record.accepter)?;
        match &record.requester {
            Endpoint::Network { id, .. } => {
                let name = self.network_name(id)?;
                let is_member = to.members.iter().any(|member| member == name);
                is_member.then(|| ObjectKey::attachment(&to.name, name))
            }
            from => {
                let (of, from) = existing(from)?;
                let pair = Pair::new(&to.name, from.as_str(), region.as_str());
                (of.name == to.name).then_some(ObjectKey::Link(pair))
            }
        }
    }

    fn peering(&mut self, topology: &Topology, place: &Place, record: &PeeringRecord) {
        let edge = self.edge_of(record);
        // It carries no tags. The hub is ours, so is what joins a line to it.
        let is_line = matches!(record.requester, Endpoint::BorderRouter { .. }) && edge.is_some();
        let key = match (
            &record.requester,
            edge.and_then(|(key, _)| key.interconnect()),
        ) {
            (Endpoint::BorderRouter { id, .. }, Some(edge)) => {
                Some(ObjectKey::Attachment(Attached::border_router(edge, id)))
            }
            _ => self
                .owned(record)
                .filter(|_| !self.is_asked_by_a_stranger(topology, record))
                .or_else(|| self.joined_with_others(topology, record)),
        };
        // A peering of networks that failed, was rejected or has expired cannot be deleted and blocks nothing.
        if record.kind == PeeringKind::NetworkToNetwork && record.status.phase == Phase::Failed {
            return;
        }
        let home = self.home_of(place, record);
        let ours = is_line || self.made(record.owner());
        self.put(&home, key, record, ours, |found| &mut found.peerings);
    }

    // Both sides see a peering; the side that can delete it is the hub's, or the requester's.
    fn home_of(&self, place: &Place, record: &PeeringRecord) -> Place {
        let end = match (&record.requester, &record.accepter) {
            (Endpoint::Network { .. }, hub @ (Endpoint::Hub { .. } | Endpoint::Edge { .. })) => hub,
            (requester, _) => requester,
        };
        match self.edge_of(record) {
            Some((_, hub)) => hub.place.clone(),
            None => Place::new(
                place.cloud.clone(),
                end.account().clone(),
                end.region().unwrap_or(&place.region).clone(),
            ),
        }
    }

    /// The hub at the edge that an attachment joins something to, with its key.
    fn edge_of(&self, record: &PeeringRecord) -> Option<(&ObjectKey, &At<HubRecord>)> {
        let Endpoint::Edge { id, .. } = &record.accepter else {
            return None;
        };
        let key = self.hubs.key_of(id)?;
        Some((key, self.hubs.get(key)?))
    }

    /// Whether a hub is one at the edge.
    pub(crate) fn is_edge(&self, id: &HubId) -> bool {
        let hub = self.hubs.by_id(id);
        hub.is_some_and(|hub| matches!(hub.record.scope, HubScope::Edge { .. }))
    }

    /// The hub at the edge, if a peering is an attachment to one.
    pub(crate) fn edge_hub_of(&self, record: &PeeringRecord) -> Option<HubId> {
        self.edge_of(record).map(|(_, hub)| hub.record.id.clone())
    }

    fn untagged(&mut self, topology: &Topology, inventory: &Inventory) {
        for table in &inventory.route_tables {
            let tables = self.tables.entry(table.network.clone()).or_default();
            tables.push(table.clone());
        }
        for record in &inventory.routes {
            self.route(inventory, record);
        }
        for record in &inventory.learning {
            self.learning(&inventory.place, record);
        }
        for record in &inventory.grants {
            self.grant(topology, inventory, record);
        }
        for record in &inventory.rules {
            let rules = self.rules.entry(record.group.clone()).or_default();
            rules.push(record.clone());
        }
    }

    fn learning(&mut self, place: &Place, record: &LearningRecord) {
        let learning = &record.learning;
        let peering = self.peerings.key_of(&learning.peering);
        let (Some(peering), Some(hub)) = (peering, self.hub_tables.get(&learning.table)) else {
            return;
        };
        let Some(key) = learning_key(learning, peering, hub) else {
            return;
        };
        let home = self.hubs.get(&hub.0).map_or(place, |hub| &hub.place);
        let ours = self
            .peerings
            .by_id(&learning.peering)
            .is_some_and(|at| at.ours);
        let at = At {
            place: home.clone(),
            record: record.clone(),
            ours,
        };
        self.learning.entry(key).or_insert(at);
    }

    fn route(&mut self, inventory: &Inventory, record: &RouteRecord) {
        let mut tables = inventory.route_tables.iter();
        let Some(table) = tables.find(|table| table.id == record.table) else {
            return;
        };
        let Some(network) = self.network_name(&table.network).map(str::to_owned) else {
            return;
        };
        // What others wrote with a prefix list is never taken for a route of ours.
        let Some(destination) = record.destination.range() else {
            return;
        };
        let (ours, dead) = (
            self.leads_to_ours(record),
            self.is_left_behind(inventory, record),
        );
        let proven = self.marks(record);
        let foreign = ours && !proven && !self.is_reached(&table.network, record, &destination);
        let key = ObjectKey::Route {
            network,
            table: (table.role == TableRole::Custom).then(|| table.id.clone()),
            destination,
        };
        let route = FoundRoute {
            place: inventory.place.clone(),
            record: record.clone(),
            ours,
            foreign,
            dead,
        };
        // A destination may stand twice, as added and as learned: the one that is ours counts.
        if self.routes.get(&key).is_none_or(|there| !there.ours) {
            self.routes.insert(key, route);
        }
    }

    /// Whether a route is the topology's: it leads to a peering of ours, or carries our mark.
    pub(crate) fn leads_to_ours(&self, route: &RouteRecord) -> bool {
        matches!(&route.next_hop, NextHop::Peering(id) if self.is_our_peering(id) || self.marks(route))
    }

    fn marks(&self, route: &RouteRecord) -> bool {
        let mark = route.mark.as_ref();
        mark.is_some_and(|mark| self.renames.is_topology(mark))
    }

    // What is known by its key is ours or not; what had the key before it was ours.
    fn is_our_peering(&self, id: &PeeringId) -> bool {
        let known = self.peerings.key_of(id).is_some();
        let at = self.peerings.by_id(id);
        known && at.is_none_or(|at| at.ours || at.record.id != *id)
    }

    // Whether what a route over a peering leads to is reached that way, as far as that can be told: a range of the network
    // at the other end, or of one that is attached to the same hub, or several of them. What is behind a private line is not
    // told by any cloud.
    fn is_reached(&self, network: &NetworkId, route: &RouteRecord, destination: &IpNet) -> bool {
        let NextHop::Peering(id) = &route.next_hop else {
            return false;
        };
        let (Some(key), Some(over)) = (self.peerings.key_of(id), self.peerings.by_id(id)) else {
            return false;
        };
        let interconnect = match key {
            _ if !over.ours || self.edge_of(&over.record).is_some() => return true,
            ObjectKey::Peering(_) => None,
            ObjectKey::Attachment(of) => Some(&of.to),
            _ => return true,
        };
        if interconnect.is_some_and(|name| self.reach_hub.contains(name)) {
            return true;
        }
        let along = self
            .peerings
            .iter()
            .filter(|(other, _)| match interconnect {
                None => *other == key,
                Some(hub) => other.interconnect() == Some(hub),
            });
        let ends = along.flat_map(|(_, at)| [&at.record.requester, &at.record.accepter]);
        // A member may be on its way in, or out.
        let members = self.networks.iter().filter(|_| interconnect.is_some());
        let members = members.filter(|(_, at)| at.record.id != *network);
        let mut reached: Vec<IpNet> = members
            .flat_map(|(_, at)| at.record.ranges.iter().copied())
            .collect();
        if interconnect.is_some() {
            reached.extend(&self.known_to_others);
        }
        for end in ends.filter(|end| end.id() != network.as_str()) {
            if let Endpoint::Network { id, .. } = end {
                match self.ranges.get(id) {
                    Some(ranges) => reached.extend(ranges),
                    None => return true,
                }
            }
        }
        is_made_of(destination, &reached)
    }

    /// Whether a route is a black hole that a peering between networks of the topology left behind.
    pub(crate) fn is_left_behind(&self, inventory: &Inventory, route: &RouteRecord) -> bool {
        let gone = |id: &PeeringId| !inventory.peerings.iter().any(|peering| peering.id == *id);
        let to = route.destination.range();
        let of_network = |(_, at): (&ObjectKey, &At<NetworkRecord>)| {
            to.is_some_and(|to| at.record.ranges.contains(&to))
        };
        let unmarked_between = route.mark.is_none() && self.networks.iter().any(of_network);
        !route.status.is_ready()
            && matches!(&route.next_hop, NextHop::Peering(id) if gone(id))
            && (self.marks(route) || unmarked_between)
    }

    fn grant(&mut self, topology: &Topology, inventory: &Inventory, record: &GrantRecord) {
        // A view of the hub's owner is not the place from which it can be taken back. It is all that is seen of a grant
        // that the owner of an account gave whose keys are not ours.
        let given_by_other = self.giver(topology, inventory, record);
        let given_here = record
            .member_account
            .as_ref()
            .is_none_or(|of| *of == inventory.place.account);
        let Some(place) = given_by_other
            .clone()
            .or_else(|| given_here.then(|| inventory.place.clone()))
        else {
            return;
        };
        let hub = self.hubs.key_of(&record.hub);
        let Some(to) = hub.and_then(ObjectKey::interconnect).map(str::to_owned) else {
            return;
        };
        let (account, region) = (place.account.clone(), place.region.clone());
        let (member, end) = match &record.member {
            Member::Network(id) => {
                let Some(name) = self.network_name(id) else {
                    return;
                };
                let member = MemberKey::Network(name.to_owned());
                let id = id.clone();
                let end = Endpoint::Network {
                    id,
                    account,
                    region,
                };
                (member, end)
            }
            Member::BorderRouter(id) => {
                if !self.is_edge(&record.hub) || !self.is_border_router(topology, id) {
                    return;
                }
                let id = id.clone();
                let end = Endpoint::BorderRouter {
                    id: id.clone(),
                    account,
                    region,
                };
                (MemberKey::BorderRouter(id), end)
            }
        };
        let of = Attached { to, member };
        let at = At {
            place,
            record: (record.clone(), end),
            ours: given_by_other.is_none() && self.gave(record, &of),
        };
        self.grants.insert(ObjectKey::Grant(of), at);
    }

    // Whether the topology gave a grant, which carries no tags: nobody else grants what is joined to a hub of ours, or a
    // network of ours; to a hub of others, the attachment tells.
    fn gave(&self, grant: &GrantRecord, of: &Attached) -> bool {
        let attachment = self.peerings.get(&ObjectKey::Attachment(of.clone()));
        let made = attachment
            .filter(|at| at.ours)
            .and_then(|at| at.record.grant);
        let network = match &grant.member {
            Member::Network(id) => self.networks.by_id(id),
            Member::BorderRouter(_) => None,
        };
        made == Some(GrantOrigin::Made)
            || self.hubs.by_id(&grant.hub).is_some_and(|at| at.ours)
            // What is attached to a hub that cannot be read tells nothing.
            || self.elsewhere.contains(&grant.hub_account)
            || network.is_some_and(|at| at.ours)
    }

    /// The table of a hub with which a peering is associated, for packets that come out of it there.
    pub(crate) fn associated(&self, peering: &PeeringId) -> Option<&RouteTableId> {
        let learning = self.learning.values().map(|at| &at.record.learning);
        let mut associations = learning.filter(|one| one.kind == LearningKind::Association);
        let it = associations.find(|one| one.peering == *peering);
        it.map(|one| &one.table)
    }

    // One that the topology declares, or that is still attached to a hub of ours.
    fn is_border_router(&self, topology: &Topology, id: &BorderRouterId) -> bool {
        let mut declared = topology.edges.iter().flat_map(|edge| &edge.border_routers);
        let is_it =
            |end: &Endpoint| matches!(end, Endpoint::BorderRouter { id: there, .. } if there == id);
        declared.any(|router| router.id == *id)
            || self
                .peerings
                .iter()
                .any(|(_, at)| is_it(&at.record.requester))
    }
}

// The networks at the ends of a peering of ours, by the names in its key.
fn ends_by_name(key: &ObjectKey, peering: &PeeringRecord) -> Vec<(NetworkId, String)> {
    let named = |end: &Endpoint, name: &str| match end {
        Endpoint::Network { id, .. } => Some((id.clone(), name.to_owned())),
        _ => None,
    };
    match key {
        ObjectKey::Attachment(Attached {
            member: MemberKey::Network(name),
            ..
        }) => named(&peering.requester, name).into_iter().collect(),
        ObjectKey::Peering(pair) => {
            let left = named(&peering.requester, &pair.left);
            left.into_iter()
                .chain(named(&peering.accepter, &pair.right))
                .collect()
        }
        _ => Vec::new(),
    }
}

// The hubs at the end of an attachment or link of ours, by the name of the interconnect in its key.
fn hubs_by_name(name: &str, peering: &PeeringRecord) -> Vec<(HubId, ObjectKey)> {
    let named = |end: &Endpoint| match end {
        Endpoint::Hub {
            id, parent, region, ..
        } => {
            let regional = (id.clone(), ObjectKey::regional_hub(name, region));
            let global = parent.iter();
            let global = global.map(|id| (id.clone(), ObjectKey::global_hub(name)));
            global.chain([regional]).collect()
        }
        _ => Vec::new(),
    };
    [&peering.requester, &peering.accepter]
        .into_iter()
        .flat_map(named)
        .collect()
}

// The key of a hub that the topology names by id, or that belongs to one which it names.
fn declared_hub(topology: &Topology, record: &HubRecord) -> Option<ObjectKey> {
    topology.interconnects.iter().find_map(|interconnect| {
        let hub = interconnect.hub.as_ref()?;
        if record.id == hub.id {
            return Some(ObjectKey::global_hub(&interconnect.name));
        }
        let HubScope::Regional { parent } = &record.scope else {
            return None;
        };
        let region = record
            .region
            .as_ref()
            .filter(|_| parent.as_ref() == Some(&hub.id))?;
        let named = interconnect
            .router(region)
            .and_then(|router| router.id.as_ref());
        let is_it = named.is_none_or(|id| *id == record.id);
        is_it.then(|| ObjectKey::regional_hub(&interconnect.name, region))
    })
}

// Whether the topology names this very hub by its id.
fn is_named(topology: &Topology, record: &HubRecord) -> bool {
    let mut hubs = topology.interconnects.iter().filter_map(|i| i.hub.as_ref());
    hubs.any(|hub| {
        let mut routers = hub.routers.values().filter_map(|router| router.id.as_ref());
        hub.id == record.id || routers.any(|id| *id == record.id)
    })
}

// The key of a network that the topology names by id.
fn declared_network(topology: &Topology, id: &NetworkId) -> Option<ObjectKey> {
    let mut networks = topology.networks.iter();
    let network = networks.find(|network| network.id.as_ref() == Some(id))?;
    Some(ObjectKey::network(&network.name))
}

// The key of a subnet that the topology names by id.
fn declared_subnet(topology: &Topology, id: &SubnetId) -> Option<ObjectKey> {
    topology.networks.iter().find_map(|network| {
        let mut subnets = network.subnets.iter();
        let subnet = subnets.find(|subnet| subnet.id.as_ref() == Some(id))?;
        Some(ObjectKey::subnet(&network.name, &subnet.name))
    })
}

// The key of an instance that the topology names by id.
fn declared_instance(topology: &Topology, id: &InstanceId) -> Option<ObjectKey> {
    let mut instances = topology.instances.iter();
    let instance = instances.find(|instance| instance.id.as_ref() == Some(id))?;
    Some(ObjectKey::instance(&instance.name))
}
