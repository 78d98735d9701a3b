//! The order of steps beyond what each of them knows.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{Op, Ref, Step, StepKey};
use crate::ids::RouteTableId;
use crate::object::ObjectKey;

/// A network and one of its route tables, as they stand in keys.
type Table<'a> = (&'a String, &'a Option<RouteTableId>);

/// Makes old routes wait for new ones that overlap them in the same table. Where routes are combined, or are so no longer,
/// packets then have a way at all times.
pub(super) fn routes_overlap(deletes: &mut [Step], creates: &[Step]) {
    let mut coming: BTreeMap<Table<'_>, Vec<(&IpNet, &StepKey)>> = BTreeMap::new();
    for step in creates {
        // One whose next hop is yet to be made may itself wait for deletions.
        if let (Op::CreateRoute(new), Some((table, to))) = (&step.op, route(&step.key))
            && matches!(new.next_hop, Ref::Id(_))
        {
            coming.entry(table).or_default().push((to, &step.key));
        }
    }
    for step in deletes {
        let Some((table, old)) = route(&step.key) else {
            continue;
        };
        let new = coming.get(&table).into_iter().flatten();
        let new = new.filter(|(to, _)| *to != old && (to.contains(old) || old.contains(*to)));
        let keys: Vec<StepKey> = new.map(|(_, key)| (*key).clone()).collect();
        step.depends_on.extend(keys);
    }
}

fn route(key: &StepKey) -> Option<(Table<'_>, &IpNet)> {
    match key.object() {
        ObjectKey::Route {
            network,
            table,
            destination,
        } => Some(((network, table), destination)),
        _ => None,
    }
}

/// Puts CIDR blocks of networks before what is in these networks and what leads to them, and after those that they take
/// the place of.
pub(super) fn ranges(steps: &mut [Step]) {
    let of_range = |step: &Step| match step.key.object() {
        ObjectKey::Range { network, range } => Some((network.clone(), *range, step.key.clone())),
        _ => None,
    };
    let overlap = |one: &IpNet, other: &IpNet| one.contains(other) || other.contains(one);
    let (leaving, coming): (Vec<_>, Vec<_>) = steps.iter().partition(|step| step.op.is_delete());
    let leaving: Vec<_> = leaving.into_iter().filter_map(of_range).collect();
    let coming: Vec<_> = coming.into_iter().filter_map(of_range).collect();
    for step in steps.iter_mut().filter(|step| !step.op.is_delete()) {
        if let ObjectKey::Range { network, range } = step.key.object() {
            let before = leaving.iter();
            let before = before.filter(|(of, old, _)| of == network && overlap(old, range));
            let before: Vec<StepKey> = before.map(|(.., key)| key.clone()).collect();
            step.depends_on.extend(before);
            continue;
        }
        let destination = route(&step.key).map(|(_, to)| *to);
        for (network, range, key) in &coming {
            let parent = StepKey::create(ObjectKey::network(network));
            // Old routes may wait for new ones, and old CIDR blocks for old routes.
            let takes_place = || {
                leaving
                    .iter()
                    .any(|(of, old, _)| of == network && overlap(old, range))
            };
            let leads_there = || destination.is_some_and(|to| overlap(&to, range));
            if step.depends_on.contains(&parent) || leads_there() && !takes_place() {
                step.depends_on.push(key.clone());
            }
        }
    }
}

/// Puts each step after all that it depends on, and otherwise keeps their order.
pub(super) fn after_dependencies(steps: Vec<Step>) -> Vec<Step> {
    let mut done: BTreeSet<StepKey> = BTreeSet::new();
    let mut ordered = Vec::with_capacity(steps.len());
    let mut rest = steps;
    loop {
        let before = ordered.len();
        let mut waiting = Vec::new();
        for step in rest {
            if step.depends_on.iter().all(|key| done.contains(key)) {
                done.insert(step.key.clone());
                ordered.push(step);
            } else {
                waiting.push(step);
            }
        }
        // A circle, which no planner makes, is left for `Plan::check` to refuse.
        if waiting.is_empty() || ordered.len() == before {
            ordered.extend(waiting);
            return ordered;
        }
        rest = waiting;
    }
}
