//! The topology's objects in an observation.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use ipnet::IpNet;

use super::declared::{Named, ends_by_name, hubs_by_name};
use super::index::Put;
pub(crate) use super::index::{At, Index};
use super::others;
use super::reached::Reached;
use super::rename::Renames;
use super::sides::Told;
use super::twins::Twins;
use crate::ids::{AccountId, GroupId, HubId, NetworkId, PeeringId, Place, RouteTableId};
use crate::object::{Attached, ObjectKey, Pair, Record};
use crate::observation::Observation;
use crate::topology::{Holder, ReachChoice, Topology};
use crate::traits::{
    AgentRoleRecord, Endpoint, GrantRecord, GroupRecord, HubRecord, HubScope, InstanceRecord,
    Inventory, LearningRecord, NetworkRecord, Owner, PeeringKind, PeeringRecord, Phase,
    RouteRecord, RouteTableRecord, RuleRecord, ServiceEndpointRecord, SubnetRecord,
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

/// Everything found that belongs to a topology, by object key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The accounts of the topology that others hold.
    pub(crate) elsewhere: BTreeSet<AccountId>,
    /// Hubs that are gone and to which something may still be granted.
    pub(super) gone_hubs: BTreeSet<HubId>,
    /// The names that the topology and its parts had before.
    pub(crate) renames: Renames,
    pub(crate) networks: Index<NetworkRecord>,
    pub(crate) subnets: Index<SubnetRecord>,
    pub(crate) hubs: Index<HubRecord>,
    pub(crate) peerings: Index<PeeringRecord>,
    pub(crate) groups: Index<GroupRecord>,
    pub(crate) instances: Index<InstanceRecord>,
    pub(crate) agent_roles: Index<AgentRoleRecord>,
    pub(crate) service_endpoints: Index<ServiceEndpointRecord>,
    pub(crate) learning: BTreeMap<ObjectKey, At<LearningRecord>>,
    /// The keys of that, by what it is of.
    learning_of: HashMap<PeeringId, BTreeSet<ObjectKey>>,
    pub(crate) grants: BTreeMap<ObjectKey, At<(GrantRecord, Endpoint)>>,
    pub(crate) routes: BTreeMap<ObjectKey, FoundRoute>,
    pub(crate) rules: BTreeMap<GroupId, Vec<RuleRecord>>,
    pub(crate) tables: BTreeMap<NetworkId, Vec<RouteTableRecord>>,
    /// Which of the objects that carry one key have it, and which are duplicates.
    twins: Twins,
    /// The ranges of every network that was read.
    pub(super) ranges: BTreeMap<NetworkId, Vec<IpNet>>,
    /// Groups that the topology made and that existing ones of others have replaced in it, by the key that both have.
    pub(crate) displaced: Vec<(ObjectKey, At<GroupRecord>)>,
    /// Of every table of a hub the hub's key, and whether it is another than its default one.
    pub(super) hub_tables: BTreeMap<RouteTableId, (ObjectKey, bool)>,
    /// What the tables of hubs of others know.
    pub(super) known_to_others: Vec<IpNet>,
    /// The interconnects that reach whatever their hubs know.
    pub(super) reach_hub: BTreeSet<String>,
    /// Networks that the topology no longer declares and still joins to something: their names there.
    pub(super) left: BTreeMap<NetworkId, String>,
    /// Hubs of others that the topology no longer declares and to which it still attaches something: their keys there.
    left_hubs: BTreeMap<HubId, ObjectKey>,
    /// The peerings that others made between two networks which a mesh joins, by the key that one of ours would have.
    pub(crate) others: BTreeMap<ObjectKey, Vec<At<PeeringRecord>>>,
}

impl Found {
    pub(crate) fn index(topology: &Topology, observation: &Observation) -> Self {
        Self::index_with(topology, observation, &Told::default())
    }

    /// The same, with what was told of hubs that cannot be read.
    pub(crate) fn index_with(topology: &Topology, observation: &Observation, told: &Told) -> Self {
        let mut found = Self::objects_with(topology, observation, told);
        let reached = Reached::of(&found);
        for inventory in &observation.inventories {
            found.untagged(topology, inventory, &reached);
        }
        found
    }

    /// What has an ID alone, with the tables of networks and the rules of groups.
    pub(crate) fn objects(topology: &Topology, observation: &Observation) -> Self {
        Self::objects_with(topology, observation, &Told::default())
    }

    fn objects_with(topology: &Topology, observation: &Observation, told: &Told) -> Self {
        let mut found = Self {
            renames: Renames::of(topology, observation),
            gone_hubs: observation.gone_hubs.clone(),
            ..Self::default()
        };
        let others = topology.accounts.iter();
        let others = others.filter(|account| account.held_by == Holder::Other);
        found.elsewhere = others.map(|account| account.id.clone()).collect();
        let named = Named::of(topology);
        found.twins = Twins::of(topology, observation, &found.renames, &named);
        found.told(topology);
        for inventory in &observation.inventories {
            found.who_left(topology, inventory);
        }
        for inventory in &observation.inventories {
            found.tagged(topology, &named, inventory);
        }
        found.hubs_of_others(topology, told);
        found.use_others(topology, observation);
        for inventory in &observation.inventories {
            found.used(topology, inventory);
        }
        found.beyond_members(topology, observation);
        for inventory in &observation.inventories {
            found.tables_and_rules(inventory);
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
            || self.agent_roles.ours().next().is_some()
            || self.service_endpoints.ours().next().is_some()
    }

    /// The id of the object of this key, if it has one.
    pub(crate) fn id_of(&self, key: &ObjectKey) -> Option<String> {
        let of = |id: Option<&str>| id.map(str::to_owned);
        of(match key.carried() {
            ObjectKey::Network(_) => self.networks.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::Subnet { .. } => self.subnets.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::Group { .. } => self.groups.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::Instance(_) => self.instances.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::AgentRole(_) => self.agent_roles.get(key).map(|at| at.record.id.as_str()),
            ObjectKey::ServiceEndpoint { .. } => {
                let at = self.service_endpoints.get(key);
                at.map(|at| at.record.id.as_str())
            }
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
            .or_else(|| self.peerings.get(key).map(|at| &at.place))
            .or_else(|| self.groups.get(key).map(|at| &at.place))
            .or_else(|| self.agent_roles.get(key).map(|at| &at.place))
            .or_else(|| self.service_endpoints.get(key).map(|at| &at.place));
        place.cloned()
    }

    /// What is left of it when these objects are gone.
    pub(crate) fn without(&self, going: &BTreeSet<ObjectKey>) -> Cow<'_, Self> {
        if going.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut left = self.clone();
        left.networks.forget(going);
        left.forget_ranges(going);
        left.subnets.forget(going);
        left.hubs.forget(going);
        left.peerings.forget(going);
        left.groups.forget(going);
        left.instances.forget(going);
        left.service_endpoints.forget(going);
        left.learning.retain(|key, _| !going.contains(key));
        left.grants.retain(|key, _| !going.contains(key));
        let in_network = |key: &ObjectKey| match key.carried() {
            ObjectKey::Route { network, .. } | ObjectKey::Ipv6Route { network, .. } => {
                going.contains(&ObjectKey::network(network))
            }
            _ => false,
        };
        left.routes.retain(|key, _| !in_network(key));
        Cow::Owned(left)
    }

    /// Route learning of a peering, with its keys and in their order.
    pub(crate) fn learning_of(
        &self,
        peering: &PeeringId,
    ) -> impl Iterator<Item = (&ObjectKey, &At<LearningRecord>)> {
        let keys = self.learning_of.get(peering).into_iter().flatten();
        keys.filter_map(|key| self.learning.get_key_value(key))
    }

    pub(super) fn put_learning(&mut self, key: ObjectKey, at: At<LearningRecord>) {
        if self.learning.contains_key(&key) {
            return;
        }
        let keys = self.learning_of.entry(at.record.learning.peering.clone());
        keys.or_default().insert(key.clone());
        self.learning.insert(key, at);
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

    /// The name that a network has, or has the tags of as a duplicate, and whether it is one.
    pub(super) fn carried_name(&self, id: &NetworkId) -> Option<(&str, bool)> {
        let key = self.networks.key_of(id)?;
        match key.carried() {
            ObjectKey::Network(name) => Some((name, key.is_duplicate())),
            _ => None,
        }
    }

    // What its tags say it is.
    pub(super) fn owned<R: Record>(&self, record: &R) -> Option<ObjectKey> {
        let owner = record.owner().filter(|owner| self.made(Some(owner)))?;
        Some(self.renames.key(owner.object_key()))
    }

    fn tagged(&mut self, topology: &Topology, named: &Named<'_>, inventory: &Inventory) {
        let place = &inventory.place;
        for record in &inventory.networks {
            self.ranges.insert(record.id.clone(), record.ranges.clone());
            let left = self.left.get(&record.id);
            let left = left.filter(|name| topology.network(name).is_none());
            let key = named.network(&record.id).or_else(|| self.owned(record));
            let key = key.or_else(|| left.map(|name| ObjectKey::network(name)));
            self.put_tagged(place, key, record, |found| &mut found.networks);
        }
        for record in &inventory.subnets {
            let key = named.subnet(&record.id).or_else(|| self.owned(record));
            self.put_tagged(place, key, record, |found| &mut found.subnets);
        }
        for record in &inventory.hubs {
            self.hub(topology, named, place, record);
        }
        for record in &inventory.peerings {
            self.peering(topology, place, record);
        }
        self.existing_groups(named, inventory);
        for record in &inventory.groups {
            self.own_group(place, record);
        }
        for record in &inventory.instances {
            let key = named.instance(&record.id).or_else(|| self.owned(record));
            self.put_tagged(place, key, record, |found| &mut found.instances);
        }
        for record in &inventory.agent_roles {
            let key = self.owned(record);
            self.put_tagged(place, key, record, |found| &mut found.agent_roles);
        }
        for record in &inventory.service_endpoints {
            let key = self.owned(record);
            self.put_tagged(place, key, record, |found| &mut found.service_endpoints);
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
    fn existing_groups(&mut self, named: &Named<'_>, inventory: &Inventory) {
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
            let network = record.network.as_ref();
            let network = network.and_then(|network| self.network_name(network));
            let declared = network.and_then(|network| named.group(network, &record.id));
            let key = declared.or_else(stray);
            self.put_tagged(&inventory.place, key, record, |found| &mut found.groups);
        }
    }

    fn own_group(&mut self, place: &Place, record: &GroupRecord) {
        let Some(key) = self.owned(record) else {
            return;
        };
        if self.groups.key_of(&record.id).is_some() {
            return;
        }
        match self.groups.get(&key) {
            Some(at) if !at.ours && !self.twins.is_duplicate(record) => {
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
        let duplicate = key.clone().duplicate(record.id().to_string());
        let key = match self.twins.is_duplicate(record) {
            true => duplicate.clone(),
            false => key,
        };
        if index(self).put(place, key, record, ours) == Put::Duplicate {
            index(self).put(place, duplicate, record, ours);
        }
    }

    fn hub(&mut self, topology: &Topology, named: &Named<'_>, place: &Place, record: &HubRecord) {
        let declared = named.hub(record);
        let left = || self.left_hubs.get(&record.id).cloned();
        let Some(key) = declared.or_else(|| self.owned(record)).or_else(left) else {
            return;
        };
        // What the topology names by its ID is not for it to delete, whoever made it.
        let ours = self.made(record.owner()) && !named.has_hub(record);
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
        self.put(&home, Some(key), record, ours, |found| &mut found.hubs);
        if let Some(key) = self.hubs.key_of(&record.id).cloned() {
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
            edge.and_then(|(key, _)| key.carried().interconnect()),
        ) {
            (Endpoint::BorderRouter { id, .. }, Some(to)) => {
                let key = ObjectKey::Attachment(Attached::border_router(to, id));
                let is_duplicate = edge.is_some_and(|(key, _)| key.is_duplicate());
                Some(match is_duplicate {
                    true => key.duplicate(record.id.as_str()),
                    false => key,
                })
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
    pub(super) fn edge_of(&self, record: &PeeringRecord) -> Option<(&ObjectKey, &At<HubRecord>)> {
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
}
