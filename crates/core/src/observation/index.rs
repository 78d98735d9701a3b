//! Where in the inventories of an observation things stand: by ID, network, table, group, and by what they join.
//!
//! It holds positions, so that an observation can be copied together with it. All positions of one key are in the order of
//! the inventories.

use std::collections::HashMap;
use std::hash::Hash;

use super::Observation;
use super::tries::Tries;
use crate::ids::{GroupId, HubId, NetworkId, PeeringId, RouteTableId, SubnetId};
use crate::object::{Kind, Record};
use crate::traits::{
    AclRecord, Endpoint, GroupRecord, HubRecord, HubRouteRecord, HubScope, InstanceRecord,
    InterfaceRecord, Inventory, LearningRecord, NetworkRecord, NotUnderstood, PeeringKind,
    PeeringRecord, RouteRecord, RouteTableRecord, RulePeer, RuleRecord, SubnetRecord,
};

/// An inventory, and a position in one of its lists.
pub(super) type Position = (u32, u32);

/// The positions of everything that has a key.
#[derive(Debug)]
pub(super) struct Positions<K>(HashMap<K, Vec<Position>>);

impl<K: Eq + Hash> Positions<K> {
    /// Those of the lists that `list` takes out of inventories. A thing may have several keys.
    pub(super) fn of<'i, T: 'i, I: IntoIterator<Item = K>>(
        inventories: &'i [Inventory],
        list: impl Fn(&'i Inventory) -> &'i [T],
        keys: impl Fn(&'i T) -> I,
    ) -> Self {
        let mut positions: HashMap<K, Vec<Position>> = HashMap::new();
        for (place, inventory) in (0..).zip(inventories) {
            for (index, thing) in (0..).zip(list(inventory)) {
                for key in keys(thing) {
                    let known = positions.entry(key).or_default();
                    // Both ends of what joins a thing to itself have one key.
                    if known.last() != Some(&(place, index)) {
                        known.push((place, index));
                    }
                }
            }
        }
        Self(positions)
    }

    pub(super) fn at<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> &[Position]
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &[Position])> {
        self.0
            .iter()
            .map(|(key, positions)| (key, positions.as_slice()))
    }
}

/// What is looked up in an observation.
#[derive(Debug)]
pub(super) struct Index {
    ids: HashMap<Kind, Positions<Box<str>>>,
    subnets: Positions<NetworkId>,
    tables: Positions<NetworkId>,
    groups: Positions<NetworkId>,
    other_groups: Positions<NetworkId>,
    pub(super) routes: Positions<RouteTableId>,
    pub(super) hub_routes: Positions<RouteTableId>,
    learning: Positions<PeeringId>,
    /// Peerings by the IDs of what they join.
    joining: Positions<Box<str>>,
    rules: Positions<GroupId>,
    naming: Positions<GroupId>,
    acls: Positions<SubnetId>,
    attached: Positions<SubnetId>,
    interfaces: Positions<SubnetId>,
    protected: Positions<GroupId>,
    parts: Positions<HubId>,
    odd: Positions<Box<str>>,
    pub(super) tries: Tries,
}

impl Index {
    pub(super) fn of(all: &[Inventory]) -> Self {
        let kinds = [
            by_id::<NetworkRecord>(all),
            by_id::<SubnetRecord>(all),
            by_id::<HubRecord>(all),
            by_id::<PeeringRecord>(all),
            by_id::<GroupRecord>(all),
            by_id::<InstanceRecord>(all),
        ];
        Self {
            ids: kinds.into_iter().collect(),
            subnets: Positions::of(all, |i| &i.subnets, |one| [one.network.clone()]),
            tables: Positions::of(all, |i| &i.route_tables, |one| [one.network.clone()]),
            groups: Positions::of(all, |i| &i.groups, |one| one.network.clone()),
            other_groups: Positions::of(all, |i| &i.other_groups, |one| one.network.clone()),
            routes: Positions::of(all, |i| &i.routes, |one| [one.table.clone()]),
            hub_routes: Positions::of(all, |i| &i.hub_routes, |one| [one.table.clone()]),
            learning: Positions::of(all, |i| &i.learning, |one| [one.learning.peering.clone()]),
            joining: Positions::of(
                all,
                |i| &i.peerings,
                |one| [&one.requester, &one.accepter].into_iter().flat_map(names),
            ),
            rules: Positions::of(all, |i| &i.rules, |one| [one.group.clone()]),
            naming: Positions::of(
                all,
                |i| &i.rules,
                |one| match &one.rule.peer {
                    RulePeer::Group { id, .. } => Some(id.clone()),
                    _ => None,
                },
            ),
            attached: Positions::of(
                all,
                |i| &i.peerings,
                |one| {
                    let subnets = one.subnets.iter();
                    subnets.map(|(_, id)| id.clone()).collect::<Vec<_>>()
                },
            ),
            interfaces: Positions::of(all, |i| &i.interfaces, |one| [one.subnet.clone()]),
            protected: Positions::of(all, |i| &i.interfaces, |one| one.groups.clone()),
            parts: Positions::of(
                all,
                |i| &i.hubs,
                |one| match &one.scope {
                    HubScope::Regional { parent } => parent.clone(),
                    _ => None,
                },
            ),
            acls: Positions::of(all, |i| &i.acls, |one| one.subnets.clone()),
            odd: Positions::of(
                all,
                |i| &i.not_understood,
                |one| one.within.as_deref().map(Box::from),
            ),
            tries: Tries::default(),
        }
    }
}

// The IDs that an end of a peering is found by.
fn names(end: &Endpoint) -> impl Iterator<Item = Box<str>> {
    let parent = match end {
        Endpoint::Hub { parent, .. } => parent.as_ref(),
        _ => None,
    };
    let parent = parent.map(HubId::as_str).into_iter();
    parent.chain([end.id()]).map(Box::from)
}

fn by_id<R: Record>(all: &[Inventory]) -> (Kind, Positions<Box<str>>) {
    let id = |record: &R| [record.id().as_ref().into()];
    (R::KIND, Positions::of(all, R::of, id))
}

impl Observation {
    pub(super) fn index(&self) -> &Index {
        self.inventories.index()
    }

    fn listed<'a, T: 'a>(
        &'a self,
        positions: &'a [Position],
        list: impl Fn(&'a Inventory) -> &'a [T] + 'a,
    ) -> impl Iterator<Item = &'a T> {
        let all = positions.iter();
        all.map(move |(place, index)| {
            &list(&self.inventories.all[*place as usize])[*index as usize]
        })
    }

    /// The record of this id, wherever it was seen; of several views the fullest.
    pub(crate) fn find<R: Record>(&self, id: &R::Id) -> Option<&R> {
        let positions = self.index().ids.get(&R::KIND)?.at(id.as_ref());
        let records = self.listed(positions, R::of);
        records.max_by_key(|record| record.completeness())
    }

    /// The subnets of a network.
    pub(crate) fn subnets_of(&self, network: &NetworkId) -> impl Iterator<Item = &SubnetRecord> {
        self.listed(self.index().subnets.at(network), |i| &i.subnets)
    }

    /// The route tables of a network.
    pub(crate) fn tables_of(&self, network: &NetworkId) -> impl Iterator<Item = &RouteTableRecord> {
        self.listed(self.index().tables.at(network), |i| &i.route_tables)
    }

    /// The groups in a network.
    pub(crate) fn groups_of(&self, network: &NetworkId) -> impl Iterator<Item = &GroupRecord> {
        self.listed(self.index().groups.at(network), |i| &i.groups)
    }

    /// All groups in a network, each with the inventory that shows it.
    pub(crate) fn all_groups_of(
        &self,
        network: &NetworkId,
    ) -> impl Iterator<Item = (&Inventory, &GroupRecord)> {
        let inventory = |place: &u32| &self.inventories.all[*place as usize];
        let groups = self.index().groups.at(network).iter();
        let groups = groups.map(move |(place, index)| {
            (inventory(place), &inventory(place).groups[*index as usize])
        });
        let others = self.index().other_groups.at(network).iter();
        groups.chain(others.map(move |(place, index)| {
            (
                inventory(place),
                &inventory(place).other_groups[*index as usize],
            )
        }))
    }

    /// The other groups in a network, where they were asked for.
    pub(crate) fn other_groups_of(
        &self,
        network: &NetworkId,
    ) -> impl Iterator<Item = &GroupRecord> {
        self.listed(self.index().other_groups.at(network), |i| &i.other_groups)
    }

    /// The attachments that have an interface in a subnet.
    pub(crate) fn attached_in(&self, subnet: &SubnetId) -> impl Iterator<Item = &PeeringRecord> {
        self.listed(self.index().attached.at(subnet), |i| &i.peerings)
    }

    /// The interfaces in a subnet.
    pub(crate) fn interfaces_in(
        &self,
        subnet: &SubnetId,
    ) -> impl Iterator<Item = &InterfaceRecord> {
        self.listed(self.index().interfaces.at(subnet), |i| &i.interfaces)
    }

    /// The interfaces that a group protects.
    pub(crate) fn interfaces_with(
        &self,
        group: &GroupId,
    ) -> impl Iterator<Item = &InterfaceRecord> {
        self.listed(self.index().protected.at(group), |i| &i.interfaces)
    }

    /// The rules that name a group.
    pub(crate) fn rules_naming(&self, group: &GroupId) -> impl Iterator<Item = &RuleRecord> {
        self.listed(self.index().naming.at(group), |i| &i.rules)
    }

    /// The regional hubs of a global one.
    pub(crate) fn parts_of(&self, hub: &HubId) -> impl Iterator<Item = &HubRecord> {
        self.listed(self.index().parts.at(hub), |i| &i.hubs)
    }

    /// The routes of a network's table, each with the inventory that shows it.
    pub(crate) fn routes_in(
        &self,
        table: &RouteTableId,
    ) -> impl Iterator<Item = (&Inventory, &RouteRecord)> {
        let positions = self.index().routes.at(table).iter();
        positions.map(|(place, index)| {
            let inventory = &self.inventories.all[*place as usize];
            (inventory, &inventory.routes[*index as usize])
        })
    }

    /// The routes of a hub's table.
    pub(crate) fn hub_routes_in(
        &self,
        table: &RouteTableId,
    ) -> impl Iterator<Item = &HubRouteRecord> {
        self.listed(self.index().hub_routes.at(table), |i| &i.hub_routes)
    }

    /// The route learning of a peering.
    pub(crate) fn learning_of(&self, peering: &PeeringId) -> impl Iterator<Item = &LearningRecord> {
        self.listed(self.index().learning.at(peering), |i| &i.learning)
    }

    /// The peerings and attachments that join this to something.
    pub(crate) fn joining(&self, id: &str) -> impl Iterator<Item = &PeeringRecord> {
        self.listed(self.index().joining.at(id), |i| &i.peerings)
    }

    /// The rules of a group.
    pub(crate) fn rules_of(&self, group: &GroupId) -> impl Iterator<Item = &RuleRecord> {
        self.listed(self.index().rules.at(group), |i| &i.rules)
    }

    /// The access list of a subnet, where the cloud has one.
    pub(crate) fn acl_of(&self, subnet: &SubnetId) -> Option<&AclRecord> {
        let acls = self.index().acls.at(subnet);
        self.listed(acls, |i| &i.acls).next()
    }

    /// Something in a hub's table that was not understood.
    pub(crate) fn odd_in(&self, table: &RouteTableId) -> Option<&NotUnderstood> {
        let odd = self.index().odd.at(table.as_str());
        self.listed(odd, |i| &i.not_understood).next()
    }

    /// The attachment of a network to a hub of an interconnect.
    pub(crate) fn attachment_of(&self, network: &NetworkId) -> Option<&PeeringRecord> {
        self.joining(network.as_str()).find(|peering| {
            matches!(&peering.requester, Endpoint::Network { id, .. } if id == network)
                && matches!(peering.accepter, Endpoint::Hub { .. })
        })
    }

    /// The connection between two hubs, in either direction.
    pub(crate) fn link(&self, left: &str, right: &str) -> Option<&PeeringRecord> {
        self.joining(left).find(|peering| {
            let ends = (peering.requester.id(), peering.accepter.id());
            peering.kind == PeeringKind::HubToHub
                && (ends == (left, right) || ends == (right, left))
        })
    }

    /// What joins a hub to something, from the hub's side.
    pub(crate) fn attached_to(&self, hub: &HubId) -> impl Iterator<Item = &PeeringRecord> {
        let joining = self.joining(hub.as_str());
        joining.filter(|peering| peering.accepter.id() == hub.as_str())
    }
}
