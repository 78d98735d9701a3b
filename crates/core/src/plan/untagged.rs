//! What carries no tags and is found by natural keys: routes, route learning, grants and rules.

use std::collections::HashMap;

use ipnet::IpNet;

use super::destinations::is_made_of;
use super::found::{At, Found, FoundRoute};
use super::reached::Reached;
use crate::ids::{BorderRouterId, NetworkId, PeeringId, Place, RouteTableId};
use crate::object::{Attached, MemberKey, ObjectKey};
use crate::topology::Topology;
use crate::traits::{
    Endpoint, GrantOrigin, GrantRecord, Inventory, Learning, LearningKind, LearningRecord, Member,
    NetworkRecord, NextHop, PeeringRecord, RouteRecord, RouteTableRecord, TableRole,
};

/// The key of one half of route learning of a peering. A link meets two hubs, so the region of the hub is part of it.
fn learning_key(
    learning: &Learning,
    peering: &ObjectKey,
    (hub, is_custom): &(ObjectKey, bool),
) -> Option<ObjectKey> {
    let kind = learning.kind;
    let table = is_custom.then(|| learning.table.clone());
    let is_duplicate = peering.is_duplicate() || hub.is_duplicate();
    let key = match (peering.carried(), hub.carried()) {
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
    }?;
    let id = || format!("{}+{}", learning.peering, learning.table);
    Some(match is_duplicate {
        true => key.duplicate(id()),
        false => key,
    })
}

impl Found {
    pub(super) fn untagged(
        &mut self,
        topology: &Topology,
        inventory: &Inventory,
        reached: &Reached,
    ) {
        let mut listed: HashMap<&RouteTableId, &RouteTableRecord> = HashMap::new();
        for table in &inventory.route_tables {
            listed.entry(&table.id).or_insert(table);
        }
        for record in &inventory.routes {
            if let Some(table) = listed.get(&record.table) {
                self.route(inventory, table, record, reached);
            }
        }
        for record in &inventory.learning {
            self.learning(&inventory.place, record);
        }
        for record in &inventory.grants {
            self.grant(topology, inventory, record);
        }
    }

    pub(super) fn tables_and_rules(&mut self, inventory: &Inventory) {
        for table in &inventory.route_tables {
            let tables = self.tables.entry(table.network.clone()).or_default();
            tables.push(table.clone());
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
        self.put_learning(key, at);
    }

    fn route(
        &mut self,
        inventory: &Inventory,
        table: &RouteTableRecord,
        record: &RouteRecord,
        reached: &Reached,
    ) {
        let Some((network, in_duplicate)) = self.carried_name(&table.network) else {
            return;
        };
        let network = network.to_owned();
        // What others wrote with a prefix list is never taken for a route of ours.
        let Some(destination) = record.destination.range() else {
            return;
        };
        let (ours, dead) = (
            self.leads_to_ours(record),
            self.is_left_behind(inventory, record),
        );
        let proven = self.marks(record);
        // The tables of a duplicate go with it, and so does what others added to them.
        let foreign = ours
            && !proven
            && !in_duplicate
            && !self.is_reached(&table.network, record, &destination, reached);
        let key = ObjectKey::Route {
            network,
            table: (table.role == TableRole::Custom).then(|| table.id.clone()),
            destination,
        };
        let key = match in_duplicate {
            true => key.duplicate(table.id.as_str()),
            false => key,
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
    fn is_reached(
        &self,
        network: &NetworkId,
        route: &RouteRecord,
        destination: &IpNet,
        reached: &Reached,
    ) -> bool {
        let NextHop::Peering(id) = &route.next_hop else {
            return false;
        };
        let (Some(key), Some(over)) = (self.peerings.key_of(id), self.peerings.by_id(id)) else {
            return false;
        };
        match key.carried() {
            _ if !over.ours || self.edge_of(&over.record).is_some() => true,
            ObjectKey::Peering(_) => self.is_joined(network, &over.record, destination),
            ObjectKey::Attachment(of) => {
                self.reach_hub.contains(&of.to) || reached.has(&of.to, network, destination)
            }
            _ => true,
        }
    }

    // Whether a range is one of the network at the other end of a peering, or made of several.
    fn is_joined(&self, network: &NetworkId, over: &PeeringRecord, destination: &IpNet) -> bool {
        let mut there: Vec<IpNet> = Vec::new();
        let ends = [&over.requester, &over.accepter].into_iter();
        for end in ends.filter(|end| end.id() != network.as_str()) {
            if let Endpoint::Network { id, .. } = end {
                match self.ranges.get(id) {
                    Some(ranges) => there.extend(ranges),
                    None => return true,
                }
            }
        }
        is_made_of(destination, &there)
    }

    /// Whether a route is a black hole that a peering between networks of the topology left behind.
    pub(crate) fn is_left_behind(&self, inventory: &Inventory, route: &RouteRecord) -> bool {
        let gone = |id: &PeeringId| !inventory.peerings.iter().any(|peering| peering.id == *id);
        let to = route.destination.range();
        let of_network = |(_, at): (&ObjectKey, &At<NetworkRecord>)| {
            to.is_some_and(|to| at.record.ranges.contains(&to))
        };
        let unmarked_between = || route.mark.is_none() && self.networks.iter().any(of_network);
        !route.status.is_ready()
            && matches!(&route.next_hop, NextHop::Peering(id) if gone(id))
            && (self.marks(route) || unmarked_between())
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
        let Some((to, to_duplicate)) = self.granted_to(record) else {
            return;
        };
        let Some((member, end, of_duplicate)) = self.granted(topology, &place, record) else {
            return;
        };
        let of = Attached { to, member };
        let at = At {
            place,
            record: (record.clone(), end),
            ours: given_by_other.is_none() && self.gave(record, &of),
        };
        let key = ObjectKey::Grant(of);
        let key = match to_duplicate || of_duplicate {
            true => key.duplicate(format!("{}+{}", record.hub, record.member.id())),
            false => key,
        };
        self.grants.insert(key, at);
    }

    // The interconnect that a grant is for, and whether its hub is a duplicate. A run beside a destroy may have granted
    // something to a hub that is gone since; whose it was is not known any more, so its ID stands for it.
    fn granted_to(&self, record: &GrantRecord) -> Option<(String, bool)> {
        let Some(hub) = self.hubs.key_of(&record.hub) else {
            let is_gone = self.gone_hubs.contains(&record.hub);
            return is_gone.then(|| (record.hub.to_string(), false));
        };
        let to = hub.carried().interconnect()?.to_owned();
        Some((to, hub.is_duplicate()))
    }

    // What is granted, and whether it is a duplicate.
    fn granted(
        &self,
        topology: &Topology,
        place: &Place,
        record: &GrantRecord,
    ) -> Option<(MemberKey, Endpoint, bool)> {
        let (account, region) = (place.account.clone(), place.region.clone());
        match &record.member {
            Member::Network(id) => {
                let (name, is_duplicate) = self.carried_name(id)?;
                let member = MemberKey::Network(name.to_owned());
                let id = id.clone();
                let end = Endpoint::Network {
                    id,
                    account,
                    region,
                };
                Some((member, end, is_duplicate))
            }
            Member::BorderRouter(id) => {
                let is_for_edge = self.is_edge(&record.hub) || self.gone_hubs.contains(&record.hub);
                if !is_for_edge || !self.is_border_router(topology, id) {
                    return None;
                }
                let end = Endpoint::BorderRouter {
                    id: id.clone(),
                    account,
                    region,
                };
                Some((MemberKey::BorderRouter(id.clone()), end, false))
            }
        }
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
        let mut learning = self.learning_of(peering).map(|(_, at)| &at.record.learning);
        let it = learning.find(|one| one.kind == LearningKind::Association);
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
