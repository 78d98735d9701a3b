//! What Landbridge made, as the tags of objects tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::Discovery;
use super::table::aligned;
use crate::ids::Place;
use crate::object::{Kind, ObjectKey, Record};
use crate::traits::{
    GroupRecord, HubRecord, InstanceRecord, Inventory, NetworkRecord, PeeringRecord, Status,
    SubnetRecord,
};

/// An object that carries the tags of a topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Made {
    /// Where it was seen.
    pub place: Place,
    /// Its kind, in JSON by its noun.
    #[serde(serialize_with = "noun")]
    pub kind: Kind,
    /// Its key in the topology.
    pub key: ObjectKey,
    /// Its id.
    pub id: String,
    /// Its state.
    pub status: Status,
}

fn noun<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(kind)
}

/// What is up of one topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TopologyStatus {
    /// The name of the topology.
    pub topology: String,
    /// Its objects, in the order of places and kinds. An object that is seen from two places is listed once.
    pub objects: Vec<Made>,
}

impl Discovery {
    /// What is up of each topology that made something in these places, in the order of names.
    ///
    /// Only objects with tags count. Routes, rules, route learning and grants carry none: they come and go with the
    /// objects that do.
    pub fn topologies(&self) -> Vec<TopologyStatus> {
        let mut found = Found::default();
        for inventory in &self.inventories {
            found.add::<NetworkRecord>(inventory);
            found.add::<SubnetRecord>(inventory);
            found.add::<HubRecord>(inventory);
            found.add::<PeeringRecord>(inventory);
            found.add::<GroupRecord>(inventory);
            found.add::<InstanceRecord>(inventory);
        }
        let statuses = found.topologies.into_iter();
        statuses
            .map(|(topology, objects)| TopologyStatus { topology, objects })
            .collect()
    }
}

#[derive(Default)]
struct Found {
    topologies: BTreeMap<String, Vec<Made>>,
    seen: BTreeSet<(Kind, String)>,
}

impl Found {
    fn add<R: Record>(&mut self, inventory: &Inventory) {
        for record in R::of(inventory) {
            let Some(owner) = record.owner() else {
                continue;
            };
            let id = record.id().to_string();
            if !self.seen.insert((R::KIND, id.clone())) {
                continue;
            }
            let objects = self.topologies.entry(owner.topology.clone()).or_default();
            objects.push(Made {
                place: inventory.place.clone(),
                kind: R::KIND,
                key: owner.object_key(),
                id,
                status: record.status().clone(),
            });
        }
    }
}

impl TopologyStatus {
    /// How many objects there are of each kind, in each place and state.
    pub fn counts(&self) -> BTreeMap<(&Place, Kind, &str), usize> {
        let mut counts = BTreeMap::new();
        for made in &self.objects {
            let group = (&made.place, made.kind, made.status.word.as_str());
            *counts.entry(group).or_default() += 1;
        }
        counts
    }

    /// A table with a line for each object.
    pub fn details(&self) -> String {
        let line = |made: &Made| {
            [
                made.place.to_string(),
                made.key.to_string(),
                made.id.clone(),
                made.status.to_string(),
            ]
        };
        let lines: Vec<[String; 4]> = self.objects.iter().map(line).collect();
        let headings = ["PLACE", "KEY", "ID", "STATE"];
        format!("{}{}", self.heading(), aligned(&headings, &lines))
    }

    fn heading(&self) -> String {
        format!("topology {}: {} objects", self.topology, self.objects.len())
    }
}

/// A table with a line for each place, kind and state.
impl fmt::Display for TopologyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |((place, kind, state), count): ((&Place, Kind, &str), usize)| {
            [
                place.to_string(),
                kind.to_string(),
                state.to_owned(),
                count.to_string(),
            ]
        };
        let lines: Vec<[String; 4]> = self.counts().into_iter().map(line).collect();
        let headings = ["PLACE", "KIND", "STATE", "COUNT"];
        write!(f, "{}{}", self.heading(), aligned(&headings, &lines))
    }
}
