//! Drift: what differs between a topology and what is there, object by object, with what would mend it.
//!
//! [`drift`] is pure, like preflight and the planner, and there is no record of what was applied: the topology says what
//! should be there, and tags and natural keys say whose the rest is.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::format::FormatVersion;
use crate::ids::Place;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{
    AdoptReason, Adoptable, Found, Step, adoptable, differences, extra_ranges, plan,
};
use crate::topology::Topology;
use crate::traits::Phase;

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DriftKind {
    /// The topology wants it, and it is not there, while other parts of the topology are.
    Missing,
    /// It is there and is not what the topology declares.
    Altered,
    /// Others added it, over or in something of the topology.
    Added,
    /// The topology made it and declares it no longer.
    Unwanted,
    /// It stands where the topology wants its own, and carries no tags that say so.
    TagLost,
}

impl fmt::Display for DriftKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Added => "added",
            Self::Unwanted => "unwanted",
            Self::TagLost => "tag-lost",
        })
    }
}

/// One object that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct DriftEntry {
    /// How it differs.
    pub kind: DriftKind,
    /// Its key, or that of the object of the topology that it stands over or in.
    pub key: String,
    /// Its ID, if it is there and has one.
    pub id: Option<String>,
    /// Where it is, or should be.
    pub place: Place,
    /// What differs: observed and declared.
    pub what: String,
    /// Which step would mend it, or what a person must do.
    pub mend: String,
}

/// Everything that differs, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DriftReport {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// Whether anything of the topology is there. If not, it was not applied, and nothing is said to be missing.
    pub applied: bool,
    /// What differs.
    pub entries: Vec<DriftEntry>,
}

impl DriftReport {
    /// Whether the topology is up as it is declared, and nothing was added to it.
    pub fn is_empty(&self) -> bool {
        self.applied && self.entries.is_empty()
    }
}

impl fmt::Display for DriftReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.applied, self.entries.len()) {
            (false, _) => write!(f, "drift: not applied, nothing of the topology is there")?,
            (true, 0) => write!(f, "drift: none")?,
            (true, count) => write!(f, "drift: {count} objects differ")?,
        }
        for DriftEntry {
            kind,
            key,
            id,
            place,
            what,
            mend,
        } in &self.entries
        {
            let id = id
                .as_deref()
                .map(|id| format!(" ({id})"))
                .unwrap_or_default();
            write!(f, "\n{kind:<8} {key}{id} in {place}\n  {what}\n  -> {mend}")?;
        }
        Ok(())
    }
}

/// Tells what differs between a topology and what was observed.
///
/// ```
/// use landbridge_core::Observation;
/// use landbridge_core::drift::drift;
/// use landbridge_core::topology::Topology;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let topology = Topology::from_text("{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }] }")?;
/// let report = drift(&topology, &Observation::new(Vec::new(), Vec::new()));
/// assert!(!report.applied);
/// # Ok(())
/// # }
/// ```
pub fn drift(topology: &Topology, observation: &Observation) -> DriftReport {
    let found = Found::index(topology, observation);
    let applied = found.has_any_of_ours();
    let mut entries = Vec::new();
    let lost: BTreeMap<ObjectKey, Adoptable> = adoptable(topology, observation)
        .into_iter()
        .filter(|one| one.reason == AdoptReason::Alike)
        .map(|one| (one.key.clone(), one))
        .collect();
    entries.extend(lost.values().map(tag_lost));
    if applied {
        let steps = plan(topology, observation).steps.into_iter();
        let steps = steps.filter(|step| !lost.contains_key(step.key.object()));
        entries.extend(steps.map(|step| of_step(&found, &step)));
    }
    altered(topology, &found, &mut entries);
    ranges(topology, &found, &mut entries);
    routes(&found, &mut entries);
    rules(&found, &mut entries);
    attachments(&found, observation, &mut entries);
    entries.sort();
    entries.dedup();
    DriftReport {
        format: FormatVersion,
        applied,
        entries,
    }
}

fn tag_lost(one: &Adoptable) -> DriftEntry {
    DriftEntry {
        kind: DriftKind::TagLost,
        key: one.key.to_string(),
        id: Some(one.object.to_string()),
        place: one.place.clone(),
        what: "it stands where the topology wants its own, and carries no tags".to_owned(),
        mend: format!(
            "if it is the topology's, run `landbridge adopt FILE {}`",
            one.key
        ),
    }
}

fn of_step(found: &Found, step: &Step) -> DriftEntry {
    let key = step.key.object();
    let is_there = step.existing.is_some() || step.op.is_rename();
    let (kind, what) = match (step.op.is_delete(), is_there) {
        (true, _) if key.is_duplicate() => (
            DriftKind::Unwanted,
            "it carries the ownership tags of another object, or stands on one that does",
        ),
        (true, _) => (DriftKind::Unwanted, "the topology declares it no longer"),
        (_, true) => (
            DriftKind::Altered,
            "it is not ready, or carries an earlier name",
        ),
        _ => (DriftKind::Missing, "the topology declares it"),
    };
    DriftEntry {
        kind,
        key: key.to_string(),
        id: step.existing.clone().or_else(|| found.id_of(key)),
        place: step.place.clone(),
        what: what.to_owned(),
        mend: format!("`landbridge apply`: {}", step.op),
    }
}

fn altered(topology: &Topology, found: &Found, entries: &mut Vec<DriftEntry>) {
    for difference in differences(topology, found) {
        let Some(place) = found.place_of(&difference.key) else {
            continue;
        };
        let mend = match difference.ours {
            true => "undo the change in the topology, or run `landbridge apply --replace`",
            false => "undo the change in the topology",
        };
        entries.push(DriftEntry {
            kind: DriftKind::Altered,
            key: difference.key.to_string(),
            id: found.id_of(&difference.key),
            place,
            what: difference.message,
            mend: mend.to_owned(),
        });
    }
}

fn ranges(topology: &Topology, found: &Found, entries: &mut Vec<DriftEntry>) {
    for network in &topology.networks {
        let key = ObjectKey::network(&network.name);
        for range in extra_ranges(network, found) {
            let Some(place) = found.place_of(&key) else {
                continue;
            };
            entries.push(DriftEntry {
                kind: DriftKind::Added,
                key: ObjectKey::range(&network.name, range).to_string(),
                id: found.id_of(&key),
                place,
                what: format!("the network has CIDR block {range}, which the topology does not declare"),
                mend: "add it to `ranges` of the network; or, if nothing uses it, `landbridge apply --prune` removes it"
                    .to_owned(),
            });
        }
    }
}

fn routes(found: &Found, entries: &mut Vec<DriftEntry>) {
    for (key, route) in found.routes.iter().filter(|(_, route)| route.foreign) {
        entries.push(DriftEntry {
            kind: DriftKind::Added,
            key: key.to_string(),
            id: None,
            place: route.place.clone(),
            what: format!(
                "others added a route to {} through {} in {}",
                route.record.destination, route.record.next_hop, route.record.table
            ),
            mend: "`landbridge apply --prune` deletes it; or leave it".to_owned(),
        });
    }
}

fn rules(found: &Found, entries: &mut Vec<DriftEntry>) {
    for (key, at, record) in found.foreign_rules() {
        let group = &at.record.id;
        entries.push(DriftEntry {
            kind: DriftKind::Added,
            key: key.to_string(),
            id: record.id.as_ref().map(ToString::to_string),
            place: at.place.clone(),
            what: match &record.topology {
                Some(name) => format!("topology `{name}` added a rule to {group}: {}", record.rule),
                None => format!("others added a rule to {group}: {}", record.rule),
            },
            mend: match &record.topology {
                Some(name) => format!(
                    "if the topology was called `{name}`, add that to `was`; else leave the rule, or remove it"
                ),
                None => "declare the rule in the topology; or `landbridge apply --prune` removes it"
                    .to_owned(),
            },
        });
    }
}

fn attachments(found: &Found, observation: &Observation, entries: &mut Vec<DriftEntry>) {
    let inventories = observation.inventories.iter();
    let peerings = inventories.flat_map(|inventory| &inventory.peerings);
    let theirs = peerings
        .filter(|one| found.peerings.key_of(&one.id).is_none())
        .filter(|one| !matches!(one.status.phase, Phase::Failed | Phase::Deleting));
    for peering in theirs {
        let mut hubs = found.hubs.ours();
        let ends = [&peering.requester, &peering.accepter];
        let joined = hubs.rfind(|(_, hub)| ends.iter().any(|end| end.is_hub(&hub.record.id)));
        let Some((key, hub)) = joined else { continue };
        entries.push(DriftEntry {
            kind: DriftKind::Added,
            key: key.to_string(),
            id: Some(peering.id.to_string()),
            place: hub.place.clone(),
            what: format!(
                "others joined {} of account {} to it",
                peering.requester.id(),
                peering.requester.account()
            ),
            mend: "detach it if nobody uses it; or leave it".to_owned(),
        });
    }
}
