//! What was there before the first write of a topology, to be compared with what is there after the last.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::format::FormatVersion;
use crate::ids::Place;
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::{Inventory, Owner, PeeringKind, Phase, Status};

/// What was there before a topology was applied: everything that an observation of it shows.
///
/// ```
/// use landbridge_core::Observation;
/// use landbridge_core::engine::Baseline;
/// use landbridge_core::topology::Topology;
///
/// # fn main() -> landbridge_core::Result<()> {
/// let observation = Observation::new(Vec::new(), Vec::new());
/// let text = Baseline::new(&Topology::new("demo"), &observation).to_text();
/// let before = Baseline::from_text(&text)?;
/// assert!(before.differences(&observation).is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Baseline {
    kind: Kind,
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The name of the topology.
    pub topology: String,
    /// One inventory a place, in the order of places.
    pub inventories: Vec<Inventory>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "landbridge-baseline")]
    Baseline,
}

impl Baseline {
    /// What an observation shows. Make it before the first write.
    pub fn new(topology: &Topology, observation: &Observation) -> Self {
        Self {
            kind: Kind::Baseline,
            format: FormatVersion,
            topology: topology.name.clone(),
            inventories: observation.inventories.to_vec(),
        }
    }

    /// Reads what [`to_text`](Self::to_text) has written.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for anything else.
    pub fn from_text(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            let message = format!("invalid baseline file: {error}");
            Error::new(ErrorKind::InvalidInput, message).with_remedy(
                "give the file that `landbridge apply --baseline FILE` has written before the first apply",
            )
        })
    }

    /// The baseline as JSON text.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.unwrap_or_default() + "\n"
    }

    /// What is otherwise now, after a destroy, in the places that were read before.
    ///
    /// Objects are compared by their IDs, or what else names them, and lists as sets. What changes by itself does not
    /// count: free addresses, and whether something that works is ready yet. What carries the topology's own tags or mark
    /// does not count either, because the [residue](super::ResidueReport::found) tells it; nor does what another
    /// topology has made since.
    pub fn differences(&self, now: &Observation) -> Vec<Difference> {
        let mut differences = Vec::new();
        for before in &self.inventories {
            let place = &before.place;
            let Some(now) = now.at(place) else {
                differences.push(Difference::new(place, "this place", Change::NotRead));
                continue;
            };
            let (before, now) = (self.objects(before), self.objects(now));
            for (name, old) in &before {
                let change = match now.get(name) {
                    None => Some(Change::Gone),
                    Some(new) => Change::between(&old.value, &new.value),
                };
                differences.extend(change.map(|change| Difference::new(place, name, change)));
            }
            let new = now.iter().filter(|(name, _)| !before.contains_key(*name));
            let new = new.filter(|(_, object)| !object.of_others && !object.leaving);
            differences.extend(new.map(|(name, _)| Difference::new(place, name, Change::New)));
        }
        differences
    }

    // Everything that is not the topology's own, by name.
    fn objects(&self, inventory: &Inventory) -> BTreeMap<String, Object> {
        let mut all = Objects {
            topology: &self.topology,
            by_name: BTreeMap::new(),
        };
        let of = |owner: &Option<Owner>| owner.as_ref().map(|owner| owner.topology.clone());
        all.put(&inventory.networks, |one| {
            (format!("network {}", one.id), of(&one.owner))
        });
        all.put(&inventory.subnets, |one| {
            (format!("subnet {}", one.id), of(&one.owner))
        });
        all.put(&inventory.route_tables, |one| {
            (format!("route table {}", one.id), None)
        });
        all.put(&inventory.routes, |one| {
            let origin = json!(one.origin);
            let origin = origin.as_str().unwrap_or_default();
            let (to, table) = (&one.destination, &one.table);
            (format!("route to {to} in {table} ({origin})"), None)
        });
        all.put(&inventory.hubs, |one| {
            (format!("hub {}", one.id), of(&one.owner))
        });
        all.put(&inventory.peerings, |one| {
            let what = match one.kind {
                PeeringKind::Attachment => "attachment",
                _ => "peering",
            };
            (format!("{what} {}", one.id), of(&one.owner))
        });
        all.put(&inventory.learning, |one| {
            let learning = &one.learning;
            let (peering, table) = (&learning.peering, &learning.table);
            (format!("{} of {peering} in {table}", learning.kind), None)
        });
        all.put(&inventory.hub_routes, |one| {
            let hop = one.next_hop.as_ref().map_or("", |hop| hop.as_str());
            let (to, table) = (one.destination, &one.table);
            (format!("route to {to} through {hop} in {table}"), None)
        });
        all.put(&inventory.grants, |one| {
            (format!("grant of {} to {}", one.member, one.hub), None)
        });
        all.put(&inventory.groups, |one| {
            (format!("group {}", one.id), of(&one.owner))
        });
        all.put(&inventory.rules, |one| {
            let id = one.id.as_ref().map_or("", |id| id.as_str());
            let name = format!("rule {id} of {}: {}", one.group, one.rule);
            (name, one.topology.clone())
        });
        all.put(&inventory.acls, |one| {
            (format!("access list {}", one.id), None)
        });
        all.put(&inventory.instances, |one| {
            (format!("instance {}", one.id), of(&one.owner))
        });
        all.put(&inventory.not_understood, |one| {
            (format!("{} ({})", one.name(), one.operation), None)
        });
        all.by_name
    }
}

struct Object {
    value: Value,
    /// Whether another topology made it.
    of_others: bool,
    leaving: bool,
}

struct Objects<'a> {
    topology: &'a str,
    by_name: BTreeMap<String, Object>,
}

impl Objects<'_> {
    // `name` gives the name of a record, and the topology that made it.
    fn put<R: Serialize>(&mut self, records: &[R], name: impl Fn(&R) -> (String, Option<String>)) {
        for record in records {
            let (name, topology) = name(record);
            if topology.as_deref() == Some(self.topology) {
                continue;
            }
            let mut value = json!(record);
            let leaving = settle(&mut value);
            let object = Object {
                value,
                of_others: topology.is_some(),
                leaving,
            };
            self.by_name.insert(name, object);
        }
    }
}

// Takes out what changes by itself, and orders what is a set. Tells whether the object is on its way out.
fn settle(value: &mut Value) -> bool {
    let mut leaving = false;
    if let Value::Object(members) = value {
        members.remove("free_addresses");
        let status = members.get("status").cloned();
        let status = status.and_then(|status| serde_json::from_value::<Status>(status).ok());
        if let Some(status) = status {
            leaving = status.phase == Phase::Deleting;
            let phase = match status.phase {
                Phase::Pending if status.word != "Stopped" && status.word != "stopped" => {
                    Phase::Ready
                }
                phase => phase,
            };
            members.insert("status".to_owned(), json!(phase));
        }
    }
    sort(value);
    leaving
}

fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_key(Value::to_string);
        }
        Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}

/// Something that is otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What, with its ID.
    pub object: String,
    /// How.
    #[serde(flatten)]
    pub change: Change,
}

impl Difference {
    fn new(place: &Place, object: &str, change: Change) -> Self {
        Self {
            place: place.clone(),
            object: object.to_owned(),
            change,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, object) = (&self.place, &self.object);
        write!(
            f,
            "differs from before in {place}: {object}: {}",
            self.change
        )
    }
}

/// How something is otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
    /// Some of its members have other values.
    Changed {
        /// These.
        members: Vec<ChangedMember>,
    },
    /// Nobody looked: the topology does not lead to the place any more.
    NotRead,
}

/// A member that has another value than before, as an inventory in JSON shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangedMember {
    /// Its name.
    pub name: String,
    /// Its value before; null if it had none.
    pub before: Value,
    /// Its value now; null if it has none.
    pub now: Value,
}

impl Change {
    fn between(before: &Value, now: &Value) -> Option<Self> {
        let none = Map::new();
        let left = before.as_object().unwrap_or(&none);
        let right = now.as_object().unwrap_or(&none);
        let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
        names.sort();
        names.dedup();
        let value = |members: &Map<String, Value>, name: &str| {
            members.get(name).cloned().unwrap_or(Value::Null)
        };
        let members: Vec<ChangedMember> = names
            .into_iter()
            .map(|name| ChangedMember {
                name: name.clone(),
                before: value(left, name),
                now: value(right, name),
            })
            .filter(|member| member.before != member.now)
            .collect();
        (!members.is_empty()).then_some(Self::Changed { members })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Gone => f.write_str("gone"),
            Self::NotRead => {
                f.write_str("not read any more; destroy with the topology as it was applied")
            }
            Self::Changed { members } => {
                let told = members.iter().map(|member| {
                    let ChangedMember { name, before, now } = member;
                    format!("{name} was {before}, is {now}")
                });
                f.write_str(&told.collect::<Vec<_>>().join("; "))
            }
        }
    }
}
