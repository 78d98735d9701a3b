//! Rules that others added to groups of the topology: they let in what the topology does not say.

use std::collections::BTreeMap;

use super::Finding;
use crate::object::ObjectKey;
use crate::plan::{At, Found};
use crate::traits::{GroupRecord, RuleRecord};

/// How many rules of one group are named.
const NAMED: usize = 4;

/// One warning for each group of ours with rules of others that stay.
pub(crate) fn foreign_rules(found: &Found, goes: impl Fn(&RuleRecord) -> bool) -> Vec<Finding> {
    let mut groups: BTreeMap<&ObjectKey, (&At<GroupRecord>, Vec<&RuleRecord>)> = BTreeMap::new();
    for (key, at, rule) in found.foreign_rules().filter(|(_, _, rule)| !goes(rule)) {
        groups.entry(key).or_insert((at, Vec::new())).1.push(rule);
    }
    let groups = groups.into_iter();
    groups
        .map(|(key, (at, rules))| told(key, at, &rules))
        .collect()
}

fn told(key: &ObjectKey, at: &At<GroupRecord>, rules: &[&RuleRecord]) -> Finding {
    let named = rules
        .iter()
        .take(NAMED)
        .map(|record| match &record.topology {
            Some(name) => format!("{} (topology `{name}`)", record.rule),
            None => record.rule.to_string(),
        });
    let mut named: Vec<String> = named.collect();
    if rules.len() > NAMED {
        named.push(format!("{} more", rules.len() - NAMED));
    }
    Finding::warning(
        "group/foreign-rule",
        key.to_string(),
        format!(
            "{} in {} has rules that others added, and they count beside those of the topology: {}",
            at.record.id,
            at.place,
            named.join("; ")
        ),
        "declare them in the topology; or, if nothing needs them, run again with `--prune` to remove those without a mark",
    )
}
