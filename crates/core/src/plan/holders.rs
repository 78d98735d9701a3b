//! What others made and holds an object of ours that a plan deletes. The cloud would refuse the delete.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::found::Found;
use super::rename::Renames;
use super::{Op, Step};
use crate::ids::{GroupId, HubId, InterfaceId, NetworkId, SubnetId};
use crate::object::{Kind, OpKind};
use crate::observation::Observation;
use crate::traits::{
    InterfaceRecord, Inventory, Owner, PeeringRecord, Phase, ServiceEndpointRecord, Status,
    TableRole,
};

/// What holds objects, beside what goes with them.
pub(crate) struct Holders<'a> {
    observation: &'a Observation,
    renames: &'a Renames,
    /// The IDs of what is deleted.
    going: HashSet<&'a str>,
    /// The interfaces of peerings.
    of_peerings: HashSet<&'a InterfaceId>,
    /// Service endpoints, by their interfaces.
    of_endpoints: HashMap<&'a InterfaceId, &'a ServiceEndpointRecord>,
}

impl<'a> Holders<'a> {
    /// Those of an observation when these steps are taken.
    pub(crate) fn new(
        observation: &'a Observation,
        found: &'a Found,
        steps: impl IntoIterator<Item = &'a Step>,
    ) -> Self {
        let going = steps.into_iter().filter_map(|step| step.op.deletes());
        // An instance on its way out keeps its interface for a moment.
        let instances = observation
            .inventories
            .iter()
            .flat_map(|one| &one.instances);
        let leaving = instances.filter(|one| !lives(&one.status));
        let peerings = observation.inventories.iter().flat_map(|one| &one.peerings);
        let inventories = observation.inventories.iter();
        let ends = inventories.flat_map(|one| &one.service_endpoints);
        let ends = ends.flat_map(|end| end.interfaces.iter().map(move |id| (id, end)));
        Self {
            observation,
            of_endpoints: ends.collect(),
            renames: &found.renames,
            going: going.chain(leaving.map(|one| one.id.as_str())).collect(),
            of_peerings: peerings.flat_map(|one| &one.interfaces).collect(),
        }
    }

    /// The same when more goes.
    pub(crate) fn and_without(mut self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.going.extend(ids);
        self
    }

    /// The ID of what a step deletes, with what holds it, in words.
    pub(crate) fn of<'s>(&self, step: &'s Step) -> Option<(&'s str, BTreeSet<String>)> {
        let id = step.op.deletes()?;
        let kind = match &step.op {
            Op::DeleteNetwork(_) => Kind::Network,
            Op::DeleteSubnet(_) => Kind::Subnet,
            Op::DeleteGroup(_) => Kind::Group,
            Op::DeleteHub(_) => Kind::Hub,
            _ => return None,
        };
        Some((id, self.of_object(kind, id)))
    }

    /// What holds an object, in words.
    pub(crate) fn of_object(&self, kind: Kind, id: &str) -> BTreeSet<String> {
        match kind {
            Kind::Network => self.of_network(&NetworkId::new(id)),
            Kind::Subnet => self.of_subnet(&SubnetId::new(id)),
            Kind::Group => self.of_group(&GroupId::new(id)),
            Kind::Hub => self.of_hub(&HubId::new(id)),
            _ => BTreeSet::new(),
        }
    }

    fn stays(&self, id: impl AsRef<str>) -> bool {
        !self.going.contains(id.as_ref())
    }

    // Of these peerings those that stay, in words. One that is over or on its way out holds nothing.
    fn peerings(&self, peerings: impl Iterator<Item = &'a PeeringRecord>) -> BTreeSet<String> {
        let holding = peerings.filter(|peering| {
            lives(&peering.status)
                && peering.status.phase != Phase::Failed
                && self.stays(&peering.id)
        });
        holding.map(peering).collect()
    }

    fn of_network(&self, id: &NetworkId) -> BTreeSet<String> {
        let mut holders = self.peerings(self.observation.joining(id.as_str()));
        let subnets = self.observation.subnets_of(id);
        let subnets = subnets.filter(|subnet| lives(&subnet.status) && self.stays(&subnet.id));
        holders.extend(subnets.map(|subnet| made("subnet", &subnet.id, &subnet.owner)));
        let groups = self.observation.all_groups_of(id);
        let groups = groups
            .filter(|(_, group)| lives(&group.status) && self.stays(&group.id))
            .filter(|(inventory, group)| !self.is_built_in(inventory, &group.name));
        holders.extend(groups.map(|(_, group)| made("security group", &group.id, &group.owner)));
        let tables = self.observation.tables_of(id);
        let tables = tables.filter(|table| table.role == TableRole::Custom);
        holders.extend(tables.map(|table| made("route table", &table.id, &None)));
        holders
    }

    // A group that comes and goes with its network has a name that the cloud gives to no other.
    fn is_built_in(&self, inventory: &Inventory, name: &str) -> bool {
        let clouds = &self.observation.capabilities;
        let rule = clouds.get(&inventory.place.cloud);
        let rule = rule.and_then(|cloud| cloud.names.get(&OpKind::create(Kind::Group)));
        rule.is_some_and(|rule| rule.refused.iter().any(|refused| refused == name))
    }

    fn of_subnet(&self, id: &SubnetId) -> BTreeSet<String> {
        let mut holders = self.peerings(self.observation.attached_in(id));
        let interfaces = self.observation.interfaces_in(id);
        holders.extend(interfaces.filter_map(|one| self.interface(one)));
        holders
    }

    // An interface that no delete of ours takes away, in words. Those of attachments stand for themselves.
    fn interface(&self, one: &InterfaceRecord) -> Option<String> {
        if self.of_peerings.contains(&one.id) {
            return None;
        }
        if let Some(end) = self.of_endpoints.get(&one.id) {
            let holds = lives(&end.status) && self.stays(&end.id);
            return holds.then(|| made("service endpoint", &end.id, &end.owner));
        }
        match &one.instance {
            Some(instance) if !self.stays(instance) => None,
            Some(instance) => Some(format!("instance {instance} with {}", one.id)),
            None if one.description.is_empty() => Some(format!("network interface {}", one.id)),
            None => Some(format!(
                "network interface {} ({})",
                one.id, one.description
            )),
        }
    }

    fn of_group(&self, id: &GroupId) -> BTreeSet<String> {
        let interfaces = self.observation.interfaces_with(id);
        let interfaces = interfaces.filter_map(|one| self.interface(one));
        let mut holders: BTreeSet<String> = interfaces.collect();
        let theirs = self
            .observation
            .rules_naming(id)
            .filter(|record| self.stays(&record.group))
            .filter(|record| {
                let mark = record.topology.as_ref();
                !mark.is_some_and(|mark| self.renames.is_topology(mark))
            });
        holders.extend(
            theirs.map(|record| format!("a rule of security group {} that names it", record.group)),
        );
        holders
    }

    fn of_hub(&self, id: &HubId) -> BTreeSet<String> {
        let joined = self.observation.joining(id.as_str());
        let joined = joined.filter(|one| one.requester.is_hub(id) || one.accepter.is_hub(id));
        let mut holders = self.peerings(joined);
        let parts = self.observation.parts_of(id);
        let parts = parts.filter(|hub| lives(&hub.status) && self.stays(&hub.id));
        holders.extend(parts.map(|hub| made("hub", &hub.id, &hub.owner)));
        holders
    }
}

fn lives(status: &Status) -> bool {
    status.phase != Phase::Deleting
}

fn peering(record: &PeeringRecord) -> String {
    let text = made("peering", &record.id, &record.owner);
    let (from, to) = (&record.requester, &record.accepter);
    format!(
        "{text}, from {} of account {} to {} of account {}",
        from.id(),
        from.account(),
        to.id(),
        to.account()
    )
}

fn made(noun: &str, id: impl AsRef<str>, owner: &Option<Owner>) -> String {
    let id = id.as_ref();
    match owner {
        Some(owner) => format!("{noun} {id} of topology {}", owner.topology),
        None => format!("{noun} {id}"),
    }
}
