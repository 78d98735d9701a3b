//! What no verb makes: rules, routes and access lists of others, and packets to try them with.

use std::net::IpAddr;

use super::item::Entry;
use super::packet::Payload;
use super::provider::MemoryProvider;
use super::world::World;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AclId, GroupId, HubId, InstanceId, NetworkId, RouteTableId, RuleId, SubnetId};
use crate::traits::{
    AclEntry, AclRecord, Conditions, Destination, GroupRecord, HubRecord, HubRouteRecord, HubTable,
    NetworkRecord, PortList, PrefixList, RouteRecord, RulePeer, RuleRecord,
};

impl MemoryProvider {
    /// Whether a packet from an instance arrives at an address now, and its answer comes back. It passes security groups,
    /// access lists and routes; a [`Payload`] of ICMP that asks for nothing has no answer.
    pub fn delivers(&self, source: &InstanceId, destination: &IpAddr, payload: Payload) -> bool {
        self.lock().world.delivers(source, destination, payload)
    }

    /// Adds a rule of any kind to the group that it names, beside those that are there. The lowest priority decides, one
    /// that denies among equals; a rule without priority comes before all that have one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn place_rule(&self, rule: RuleRecord) -> Result<RuleId> {
        let world = &mut self.lock().world;
        world
            .get::<GroupRecord>(&rule.group)
            .ok_or_else(|| missing("group", &rule.group))?;
        let id: RuleId = world.fresh("rule");
        world.rules.push(rule.with_id(id.clone()));
        Ok(id)
    }

    /// Adds a route of any kind to the table that it names. The longest prefix decides; of equals the network itself,
    /// then a route to a CIDR block, then one to a prefix list, then one that was learned.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn place_route(&self, route: RouteRecord) -> Result<()> {
        let world = &mut self.lock().world;
        let table = world.tables.iter().find(|table| table.id == route.table);
        let network = table.and_then(|table| world.get::<NetworkRecord>(&table.network));
        let network = network.ok_or_else(|| missing("route table", &route.table))?;
        let table = route.table.clone();
        let entry = Entry {
            record: route,
            place: network.place.clone(),
            life: world.birth(),
            guests: Vec::new(),
        };
        world.routes.entry(table).or_default().push(entry);
        Ok(())
    }

    /// Puts a tag on a route table.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn tag_route_table(&self, id: &RouteTableId, key: &str, value: &str) -> Result<()> {
        let world = &mut self.lock().world;
        let table = world.tables.iter_mut().find(|table| table.id == *id);
        let table = table.ok_or_else(|| missing("route table", id))?;
        table.tags.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Adds a route to the table of a hub, which comes before what the hub learns of the same destination. Without a next
    /// hop it is a black hole.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn place_hub_route(&self, route: HubRouteRecord) -> Result<()> {
        let world = &mut self.lock().world;
        if world.hub_with_table(&route.table).is_none() {
            return Err(missing("route table", &route.table));
        }
        world.hub_routes.push(route);
        Ok(())
    }

    /// Adds a route table to a regional hub, beside its default one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn add_hub_table(&self, hub: &HubId, name: &str) -> Result<RouteTableId> {
        let world = &mut self.lock().world;
        let id: RouteTableId = world.fresh("htb");
        let mut hubs = world.shelf_mut::<HubRecord>().iter_mut();
        let entry = hubs.find(|entry| entry.record.id == *hub);
        let entry = entry.ok_or_else(|| missing("hub", hub))?;
        let table = HubTable::new(id.clone(), name);
        entry.record.tables.push(table);
        Ok(id)
    }

    /// Puts an access list before subnets of a network, in place of those that they had.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn place_acl(
        &self,
        network: &NetworkId,
        subnets: &[SubnetId],
        entries: Vec<AclEntry>,
    ) -> Result<AclId> {
        let world = &mut self.lock().world;
        world
            .get::<NetworkRecord>(network)
            .ok_or_else(|| missing("network", network))?;
        for acl in &mut world.acls {
            acl.subnets.retain(|subnet| !subnets.contains(subnet));
        }
        let id: AclId = world.fresh("acl");
        let acl = AclRecord::new(id.clone(), network.clone());
        let acl = acl.with_subnets(subnets.to_vec()).with_entries(entries);
        world.acls.push(acl);
        Ok(id)
    }

    /// Changes what packets a group lets pass without any rule: all that leave, and those between its members. New groups
    /// do both.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn set_group_defaults(
        &self,
        group: &GroupId,
        open_egress: bool,
        members_trusted: bool,
    ) -> Result<()> {
        let world = &mut self.lock().world;
        let mut groups = world.shelf_mut::<GroupRecord>().iter_mut();
        let entry = groups
            .find(|entry| entry.record.id == *group)
            .ok_or_else(|| missing("group", group))?;
        entry.record.open_egress = open_egress;
        entry.record.members_trusted = members_trusted;
        Ok(())
    }

    /// Shows the prefix list or port list of this id without what is in it from now on, as a cloud does with lists of
    /// others. Packets meet its contents all the same.
    pub fn hide_list(&self, id: impl Into<String>) {
        self.lock().world.hidden_lists.insert(id.into());
    }
}

fn missing(noun: &str, id: &impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {noun} {id}"))
}

impl World {
    /// The record as callers see it.
    pub(super) fn shown_rule(&self, mut record: RuleRecord) -> RuleRecord {
        if let RulePeer::PrefixList(list) = &mut record.rule.peer {
            self.shut_prefixes(list);
        }
        self.shut_ports(&mut record.rule.only);
        record
    }

    /// The record as callers see it.
    pub(super) fn shown_route(&self, mut record: RouteRecord) -> RouteRecord {
        if let Destination::PrefixList(list) = &mut record.destination {
            self.shut_prefixes(list);
        }
        record
    }

    /// The access lists of networks, as callers see them.
    pub(super) fn acls_of(&self, networks: &[NetworkId]) -> Vec<AclRecord> {
        let acls = self.acls.iter();
        let mut acls: Vec<AclRecord> = acls
            .filter(|acl| networks.contains(&acl.network))
            .cloned()
            .collect();
        for entry in acls.iter_mut().flat_map(|acl| &mut acl.entries) {
            self.shut_ports(&mut entry.only);
        }
        acls
    }

    fn shut_prefixes(&self, list: &mut PrefixList) {
        if self.hidden_lists.contains(list.id.as_str()) {
            list.ranges = None;
        }
    }

    fn shut_ports(&self, only: &mut Conditions) {
        let lists = [&mut only.port_list, &mut only.source_port_list];
        let hidden = |list: &&mut PortList| self.hidden_lists.contains(&list.id);
        for list in lists.into_iter().flatten().filter(hidden) {
            list.ports = None;
        }
    }
}
