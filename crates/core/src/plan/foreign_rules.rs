//! Rules that others added to groups of the topology.

use super::found::{At, Found};
use crate::object::ObjectKey;
use crate::traits::{Direction, GroupRecord, Protocol, RulePeer, RuleRecord};

impl Found {
    /// The rules of groups of ours that carry no mark of ours, with the key of the group. What is in a duplicate goes with it.
    pub(crate) fn foreign_rules(
        &self,
    ) -> impl Iterator<Item = (&ObjectKey, &At<GroupRecord>, &RuleRecord)> {
        let groups = self.groups.ours().filter(|(key, _)| !key.is_duplicate());
        groups.flat_map(move |(key, at)| {
            let rules = self.rules.get(&at.record.id).into_iter().flatten();
            let theirs = rules.filter(|rule| !self.has_mark(rule) && !comes_with_group(rule));
            theirs.map(move |rule| (key, at, rule))
        })
    }
}

/// Whether a rule is one that some clouds let all out of a new group by.
pub(super) fn comes_with_group(record: &RuleRecord) -> bool {
    let rule = &record.rule;
    let to_all = matches!(&rule.peer, RulePeer::Range(range) if range.prefix_len() == 0);
    rule.direction == Direction::Egress && rule.protocol == Protocol::All && to_all
}
