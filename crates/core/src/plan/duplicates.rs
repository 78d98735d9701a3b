//! What becomes of duplicates of the topology's objects: a plan deletes them with all that stands on them, unless others use
//! that or the topology protects it.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::Wanted;
use super::found::{Found, Index};
use super::holders::Holders;
use super::replace::{is_protected, with_dependents};
use super::{Op, Step, StepKey};
use crate::ids::{PeeringId, Place, RouteTableId};
use crate::object::{Kind, ObjectKey, Record};
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::NextHop;

/// An object of ours that carries the key of another one, or stands on such an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duplicate {
    pub(crate) kind: Kind,
    /// The key that it is known by.
    pub(crate) key: ObjectKey,
    pub(crate) id: String,
    pub(crate) place: Place,
}

/// All duplicates of ours.
pub(crate) fn duplicates(found: &Found) -> Vec<Duplicate> {
    let mut all = Vec::new();
    of_kind(&found.networks, &mut all);
    of_kind(&found.subnets, &mut all);
    of_kind(&found.hubs, &mut all);
    of_kind(&found.peerings, &mut all);
    of_kind(&found.groups, &mut all);
    of_kind(&found.instances, &mut all);
    of_kind(&found.service_endpoints, &mut all);
    all
}

fn of_kind<R: Record>(index: &Index<R>, all: &mut Vec<Duplicate>) {
    let ours = index.ours().filter(|(key, _)| key.is_duplicate());
    all.extend(ours.map(|(key, at)| Duplicate {
        kind: R::KIND,
        key: key.clone(),
        id: at.record.id().to_string(),
        place: at.place.clone(),
    }));
}

/// The duplicates that stand on no other one, each with the keys of all duplicates that go with it, its own among them.
pub(crate) fn groups(found: &Found) -> Vec<(Duplicate, BTreeSet<ObjectKey>)> {
    let all: Vec<_> = duplicates(found)
        .into_iter()
        .map(|one| {
            let mut with = with_dependents(found, &one.key);
            with.retain(ObjectKey::is_duplicate);
            (one, with)
        })
        .collect();
    let stands = |one: &Duplicate| {
        let mut others = all.iter().filter(|(other, _)| other.key != one.key);
        others.any(|(_, with)| with.contains(&one.key))
    };
    let roots = all.iter().filter(|(one, _)| !stands(one));
    roots.cloned().collect()
}

/// Adds to what may stay the duplicates that others use or that the topology protects, with all that stands on them and all
/// that they stand on. `unwanted` makes the steps that delete everything else.
pub(super) fn keep(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    wanted: &mut Wanted,
    unwanted: impl Fn(&Wanted) -> Vec<Step>,
) {
    let groups = groups(found);
    let protected = groups.iter().flat_map(|(_, with)| with);
    let protected = protected.filter(|key| is_protected(topology, key.carried()));
    let mut kept: BTreeSet<ObjectKey> = protected.cloned().collect();
    // Each round keeps at least one more.
    while !groups.is_empty() {
        spread(&groups, &mut kept);
        stay(found, &kept, wanted);
        let steps = unwanted(wanted);
        let holders = Holders::new(observation, found, &steps);
        let held = steps.iter().filter(|step| {
            let is_held = || holders.of(step).is_some_and(|(_, by)| !by.is_empty());
            step.key.object().is_duplicate() && is_held()
        });
        let held: Vec<ObjectKey> = held.map(|step| step.key.object().clone()).collect();
        if held.is_empty() {
            return;
        }
        kept.extend(held);
    }
}

// What is used stays as a whole: its users may need the rest.
fn spread(groups: &[(Duplicate, BTreeSet<ObjectKey>)], kept: &mut BTreeSet<ObjectKey>) {
    loop {
        let before = kept.len();
        for (_, with) in groups {
            if !with.is_disjoint(kept) {
                kept.extend(with.iter().cloned());
            }
        }
        if kept.len() == before {
            return;
        }
    }
}

fn stay(found: &Found, kept: &BTreeSet<ObjectKey>, wanted: &mut Wanted) {
    kept.iter().for_each(|key| wanted.keep(key.clone()));
    let networks = kept.iter().filter_map(|key| found.networks.get(key));
    let tables = networks.filter_map(|at| found.tables.get(&at.record.id));
    let tables: BTreeSet<&RouteTableId> = tables.flatten().map(|table| &table.id).collect();
    for (key, route) in &found.routes {
        if let (true, NextHop::Peering(over)) =
            (tables.contains(&route.record.table), &route.record.next_hop)
        {
            let over: &PeeringId = over;
            wanted.keys.insert(key.clone().into(), Some(over.clone()));
        }
    }
}

/// Makes what is joined to hubs or between networks wait until its duplicates are gone: clouds join two things once.
pub(super) fn first(steps: &mut [Step]) {
    let mut gone: BTreeMap<ObjectKey, Vec<StepKey>> = BTreeMap::new();
    for step in steps.iter() {
        let object = step.key.object();
        if step.op.is_delete() && object.is_duplicate() {
            let twins = gone.entry(object.carried().clone()).or_default();
            twins.push(step.key.clone());
        }
    }
    for step in steps.iter_mut() {
        if !matches!(step.op, Op::RequestPeering(_) | Op::CreateHub(_)) {
            continue;
        }
        let twins = gone.get(step.key.object()).into_iter().flatten();
        step.depends_on.extend(twins.cloned());
    }
}
