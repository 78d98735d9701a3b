//! The order of steps beyond what each of them knows.

use std::collections::{BTreeMap, HashMap};

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
    if leaving.is_empty() && coming.is_empty() {
        return;
    }
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
///
/// It is as if the steps were gone through in rounds, and each round took those that wait for nothing more.
pub(super) fn after_dependencies(steps: Vec<Step>) -> Vec<Step> {
    let rounds = Rounds::of(&steps);
    // A circle, which no planner makes, is left for `Plan::check` to refuse.
    let mut ordered: Vec<(usize, Step)> = rounds
        .into_iter()
        .map(|round| round.unwrap_or(usize::MAX))
        .zip(steps)
        .collect();
    ordered.sort_by_key(|(round, _)| *round);
    ordered.into_iter().map(|(_, step)| step).collect()
}

/// In which round each step is taken.
struct Rounds {
    rounds: Vec<Option<usize>>,
    /// How many more steps each one waits for.
    awaited: Vec<usize>,
    /// Which steps wait for each one.
    waiting: Vec<Vec<usize>>,
}

impl Rounds {
    fn of(steps: &[Step]) -> Vec<Option<usize>> {
        let indices = indices(steps);
        let mut all = Self {
            rounds: vec![None; steps.len()],
            awaited: steps.iter().map(|step| step.depends_on.len()).collect(),
            waiting: vec![Vec::new(); steps.len()],
        };
        for (index, step) in steps.iter().enumerate() {
            for before in step.depends_on.iter().filter_map(|key| indices.get(key)) {
                all.waiting[*before].push(index);
            }
        }
        let free = |index: &usize| all.awaited[*index] == 0;
        let mut ready: Vec<usize> = (0..steps.len()).filter(free).collect();
        ready.iter().for_each(|index| all.rounds[*index] = Some(0));
        while let Some(index) = ready.pop() {
            all.take(index, &mut ready);
        }
        // Of a step that waits for one in a circle only a lower bound is known.
        let known = all.rounds.iter().zip(&all.awaited);
        known
            .map(|(round, awaited)| round.filter(|_| *awaited == 0))
            .collect()
    }

    // What stands before the step that it waits for is taken a round later.
    fn take(&mut self, index: usize, ready: &mut Vec<usize>) {
        let round = self.rounds[index].unwrap_or_default();
        for next in std::mem::take(&mut self.waiting[index]) {
            let after = round + usize::from(next < index);
            self.rounds[next] = self.rounds[next].max(Some(after));
            self.awaited[next] -= 1;
            if self.awaited[next] == 0 {
                ready.push(next);
            }
        }
    }
}

/// Forgets dependencies on steps that are not among these: what they would do is done. Returns whether each step stands after
/// all that it depends on.
pub(super) fn only_among(steps: &mut [Step]) -> bool {
    let mut places = places(steps).into_iter();
    let mut in_order = true;
    for (own, step) in steps.iter_mut().enumerate() {
        step.depends_on.retain(|_| {
            let place = places.next().flatten();
            in_order &= place.is_none_or(|place| place < own);
            place.is_some()
        });
    }
    in_order
}

/// Where the step stands that each dependency is on, for the dependencies of all steps one after the other.
fn places(steps: &[Step]) -> Vec<Option<usize>> {
    let indices = indices(steps);
    let mut places: Vec<Option<usize>> = Vec::with_capacity(steps.len());
    let mut before: &[StepKey] = &[];
    for step in steps {
        // The routes of a network, which are most steps of a plan, wait for the same.
        if step.depends_on == before {
            places.extend_from_within(places.len() - before.len()..);
            continue;
        }
        before = &step.depends_on;
        places.extend(before.iter().map(|key| indices.get(key).copied()));
    }
    places
}

fn indices(steps: &[Step]) -> HashMap<&StepKey, usize> {
    let steps = steps.iter().enumerate().rev();
    steps.map(|(index, step)| (&step.key, index)).collect()
}
