//! What others made and holds an object of ours that a plan deletes. The cloud would refuse the delete.

use std::collections::BTreeSet;

use super::found::Found;
use super::rename::Renames;
use super::{Op, Step};
use crate::ids::{GroupId, HubId, NetworkId, SubnetId};
use crate::object::{Kind, OpKind};
use crate::observation::Observation;
use crate::traits::{
    HubScope, InterfaceRecord, Inventory, Owner, PeeringRecord, Phase, RulePeer, Status, TableRole,
};

/// What holds objects, beside what goes with them.
pub(crate) struct Holders<'a> {
    observation: &'a Observation,
    renames: &'a Renames,
    /// The IDs of what is deleted.
    going: BTreeSet<&'a str>,
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
        Self {
            observation,
            renames: &found.renames,
            going: going.chain(leaving.map(|one| one.id.as_str())).collect(),
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

    fn inventories(&self) -> impl Iterator<Item = &'a Inventory> {
        self.observation.inventories.iter()
    }

    // Peerings that stay and pass a test. One that is over or on its way out holds nothing.
    fn peerings(
        &self,
        holds: impl Fn(&PeeringRecord) -> bool,
    ) -> impl Iterator<Item = &'a PeeringRecord> {
        let peerings = self.inventories().flat_map(|inventory| &inventory.peerings);
        peerings.filter(move |peering| {
            lives(&peering.status)
                && peering.status.phase != Phase::Failed
                && self.stays(&peering.id)
                && holds(peering)
        })
    }

    fn of_network(&self, id: &NetworkId) -> BTreeSet<String> {
        let joined = self.peerings(|peering| {
            let ends = [&peering.requester, &peering.accepter];
            ends.into_iter().any(|end| end.id() == id.as_str())
        });
        let mut holders: BTreeSet<String> = joined.map(peering).collect();
        for inventory in self.inventories() {
            let subnets = inventory.subnets.iter();
            let subnets = subnets
                .filter(|subnet| subnet.network == *id && lives(&subnet.status))
                .filter(|subnet| self.stays(&subnet.id));
            holders.extend(subnets.map(|subnet| made("subnet", &subnet.id, &subnet.owner)));
            let groups = inventory.groups.iter().chain(&inventory.other_groups);
            let groups = groups
                .filter(|group| group.network.as_ref() == Some(id) && lives(&group.status))
                .filter(|group| self.stays(&group.id) && !self.is_built_in(inventory, &group.name));
            holders.extend(groups.map(|group| made("security group", &group.id, &group.owner)));
            let tables = inventory.route_tables.iter();
            let tables =
                tables.filter(|table| table.network == *id && table.role == TableRole::Custom);
            holders.extend(tables.map(|table| made("route table", &table.id, &None)));
        }
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
        let attached = self.peerings(|peering| peering.subnets.iter().any(|(_, it)| it == id));
        let mut holders: BTreeSet<String> = attached.map(peering).collect();
        let interfaces = self.interfaces().filter(|(one, _)| one.subnet == *id);
        holders.extend(interfaces.map(|(_, name)| name));
        holders
    }

    // Interfaces that no delete of ours takes away, in words. Those of attachments stand for themselves.
    fn interfaces(&self) -> impl Iterator<Item = (&'a InterfaceRecord, String)> {
        let of_peerings: BTreeSet<_> = self
            .inventories()
            .flat_map(|inventory| &inventory.peerings)
            .flat_map(|peering| &peering.interfaces)
            .collect();
        let interfaces = self
            .inventories()
            .flat_map(|inventory| &inventory.interfaces);
        interfaces
            .filter(move |one| !of_peerings.contains(&one.id))
            .filter_map(|one| match &one.instance {
                Some(instance) if !self.stays(instance) => None,
                Some(instance) => Some((one, format!("instance {instance} with {}", one.id))),
                None if one.description.is_empty() => {
                    Some((one, format!("network interface {}", one.id)))
                }
                None => {
                    let text = format!("network interface {} ({})", one.id, one.description);
                    Some((one, text))
                }
            })
    }

    fn of_group(&self, id: &GroupId) -> BTreeSet<String> {
        let interfaces = self.interfaces();
        let interfaces = interfaces.filter(|(one, _)| one.groups.contains(id));
        let mut holders: BTreeSet<String> = interfaces.map(|(_, name)| name).collect();
        let names_it =
            |peer: &RulePeer| matches!(peer, RulePeer::Group { id: named, .. } if named == id);
        let rules = self.inventories().flat_map(|inventory| &inventory.rules);
        let theirs = rules
            .filter(|record| self.stays(&record.group) && names_it(&record.rule.peer))
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
        let joined =
            self.peerings(|peering| peering.requester.is_hub(id) || peering.accepter.is_hub(id));
        let mut holders: BTreeSet<String> = joined.map(peering).collect();
        let part = HubScope::Regional {
            parent: Some(id.clone()),
        };
        let hubs = self.inventories().flat_map(|inventory| &inventory.hubs);
        let parts =
            hubs.filter(|hub| hub.scope == part && lives(&hub.status) && self.stays(&hub.id));
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
