//! What groups let pass.

use std::net::IpAddr;

use super::world::World;
use crate::ids::GroupId;
use crate::traits::{
    Action, Direction, GroupRecord, InstanceRecord, Protocol, RulePeer, RuleRecord,
};

/// The far end of a packet, as the groups of the near end see it.
pub(super) struct Far<'a> {
    pub(super) address: IpAddr,
    /// Its groups, where the path lets groups be referred to; none otherwise.
    pub(super) groups: &'a [GroupId],
}

impl World {
    /// Whether the groups of an instance let a ping pass: a rule that denies wins over one that allows.
    pub(super) fn lets_pass(
        &self,
        instance: &InstanceRecord,
        direction: Direction,
        far: &Far<'_>,
    ) -> bool {
        let verdicts = || {
            self.rules
                .iter()
                .filter(|rule| instance.groups.contains(&rule.group))
                .filter(|rule| rule.rule.direction == direction && applies(rule, far))
                .map(|rule| rule.rule.action)
        };
        if verdicts().any(|action| action == Action::Deny) {
            return false;
        }
        verdicts().any(|action| action == Action::Allow)
            || self.passes_by_default(instance, direction, far)
    }

    fn passes_by_default(
        &self,
        instance: &InstanceRecord,
        direction: Direction,
        far: &Far<'_>,
    ) -> bool {
        let mut groups = (instance.groups.iter())
            .filter_map(|id| self.get::<GroupRecord>(id))
            .map(|entry| &entry.record);
        match direction {
            Direction::Egress => groups.any(|group| group.open_egress),
            Direction::Ingress => {
                groups.any(|group| group.members_trusted && far.groups.contains(&group.id))
            }
        }
    }
}

fn applies(rule: &RuleRecord, far: &Far<'_>) -> bool {
    let ping = match far.address {
        IpAddr::V4(_) => Protocol::Icmp,
        IpAddr::V6(_) => Protocol::Icmpv6,
    };
    let is_about_ping = rule.rule.protocol == Protocol::All || rule.rule.protocol == ping;
    is_about_ping
        && match &rule.rule.peer {
            RulePeer::Range(range) => range.contains(&far.address),
            RulePeer::Group { id, .. } => far.groups.contains(id),
            RulePeer::PrefixList(list) => {
                let ranges = list.ranges.iter().flatten();
                ranges.into_iter().any(|range| range.contains(&far.address))
            }
            RulePeer::Other(_) => false,
        }
}
