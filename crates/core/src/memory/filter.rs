//! What groups and access lists let pass.

use std::net::IpAddr;

use super::packet::Packet;
use super::world::World;
use crate::ids::{GroupId, SubnetId};
use crate::traits::{
    AclEntry, Action, Direction, GroupRecord, InstanceRecord, RulePeer, RuleRecord,
};

/// A packet, as the filters of one end see it.
pub(super) struct Passing<'a> {
    pub(super) packet: &'a Packet,
    pub(super) direction: Direction,
    /// The groups of the far end, where the way lets groups be referred to; none otherwise.
    pub(super) far_groups: &'a [GroupId],
}

impl Passing<'_> {
    fn far(&self) -> IpAddr {
        self.packet.far(self.direction)
    }

    fn meets_rule(&self, rule: &RuleRecord) -> bool {
        let rule = &rule.rule;
        rule.direction == self.direction
            && self.is_peer(&rule.peer)
            && (self.packet).is_meant(self.direction, rule.protocol, rule.ports, &rule.only)
    }

    fn is_peer(&self, peer: &RulePeer) -> bool {
        match peer {
            RulePeer::Range(range) => range.contains(&self.far()),
            RulePeer::Group { id, .. } => self.far_groups.contains(id),
            RulePeer::PrefixList(list) => {
                let mut ranges = list.ranges.iter().flatten();
                ranges.any(|range| range.contains(&self.far()))
            }
            RulePeer::Other(_) => false,
        }
    }

    fn meets_entry(&self, entry: &AclEntry) -> bool {
        entry.direction == self.direction
            && entry.range.is_some_and(|range| range.contains(&self.far()))
            && (self.packet).is_meant(self.direction, entry.protocol, entry.ports, &entry.only)
    }
}

impl World {
    /// Whether the groups of an instance let a packet pass. The rules of all of them are one list: the lowest priority
    /// decides, and one that denies among equals. A rule without priority comes before all that have one.
    pub(super) fn lets_pass(&self, instance: &InstanceRecord, passing: &Passing<'_>) -> bool {
        let rules = (self.rules.iter())
            .filter(|rule| instance.groups.contains(&rule.group) && passing.meets_rule(rule));
        let verdicts = rules.filter_map(|rule| {
            let allows = allows(rule.rule.action)?;
            Some((rule.priority.unwrap_or_default(), allows))
        });
        match verdicts.min() {
            Some((_, allows)) => allows,
            None => self.passes_by_default(instance, passing),
        }
    }

    fn passes_by_default(&self, instance: &InstanceRecord, passing: &Passing<'_>) -> bool {
        let mut groups = (instance.groups.iter())
            .filter_map(|id| self.get::<GroupRecord>(id))
            .map(|entry| &entry.record);
        match passing.direction {
            Direction::Egress => groups.any(|group| group.open_egress),
            Direction::Ingress => {
                groups.any(|group| group.members_trusted && passing.far_groups.contains(&group.id))
            }
        }
    }

    /// Whether the access list of a subnet lets a packet pass its border; a subnet without one lets everything pass.
    pub(super) fn crosses_border(&self, subnet: &SubnetId, passing: &Passing<'_>) -> bool {
        let Some(acl) = self.acls.iter().find(|acl| acl.subnets.contains(subnet)) else {
            return true;
        };
        let entries = (acl.entries.iter()).filter(|entry| passing.meets_entry(entry));
        let first = entries.min_by_key(|entry| entry.number);
        first.is_some_and(|entry| entry.action == Action::Allow)
    }
}

fn allows(action: Action) -> Option<bool> {
    match action {
        Action::Allow => Some(true),
        Action::Deny => Some(false),
        // It has no meaning here.
        Action::Unknown => None,
    }
}
