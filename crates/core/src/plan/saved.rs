//! Plans that wait in a file until they are applied.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Plan, PlanOptions, Step, StepKey};
use crate::error::{Error, ErrorKind, Result};
use crate::format::FormatVersion;
use crate::topology::Topology;

/// The first member of the file, which tells it from a topology in JSON.
const KIND: &str = "landbridge-plan";

/// A plan that somebody reviewed and that is to be applied as it is, or not at all.
///
/// It holds the topology, and so it can be planned again: the steps of that plan are taken if they are the same, and
/// [`differences`](Self::differences) tells what is not. It holds no secret: topologies and plans name the environment
/// variables of passwords, and the sources of keys.
///
/// ```
/// use landbridge_core::Observation;
/// use landbridge_core::plan::{PlanOptions, SavedPlan, plan};
/// use landbridge_core::topology::Topology;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let topology = Topology::from_text(
///     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
///        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
/// )?;
/// let observation = Observation::new(Vec::new(), Vec::new());
/// let reviewed = plan(&topology, &observation);
/// let text = SavedPlan::new(topology, PlanOptions::default(), reviewed).to_text();
///
/// let saved = SavedPlan::from_text(&text)?;
/// let now = plan(&saved.topology, &observation);
/// assert!(saved.differences(&now).is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SavedPlan {
    kind: Kind,
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The topology that was planned.
    pub topology: Topology,
    /// What the plan may do beyond what is always right.
    #[serde(default)]
    pub options: PlanOptions,
    /// The steps.
    pub plan: Plan,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "landbridge-plan")]
    Plan,
}

impl SavedPlan {
    /// The plan of a topology with these options.
    pub fn new(topology: Topology, options: PlanOptions, plan: Plan) -> Self {
        Self {
            kind: Kind::Plan,
            format: FormatVersion,
            topology,
            options,
            plan,
        }
    }

    /// Whether a text is meant as a saved plan; a topology never is.
    pub fn is_one(text: &str) -> bool {
        let rest = text.trim_start().strip_prefix('{');
        let rest = rest.and_then(|rest| rest.trim_start().strip_prefix("\"kind\""));
        let rest = rest.and_then(|rest| rest.trim_start().strip_prefix(':'));
        rest.is_some_and(|rest| rest.trim_start().starts_with(&format!("\"{KIND}\"")))
    }

    /// Reads a plan that [`to_text`](Self::to_text) has written.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a text that is cut off, altered so that it makes no sense, or of
    /// another version.
    pub fn from_text(text: &str) -> Result<Self> {
        let saved: Self = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        saved
            .topology
            .check()
            .map_err(|error| invalid(error.to_string()))?;
        saved.plan.check()?;
        match saved.plan.topology == saved.topology.name {
            true => Ok(saved),
            false => Err(invalid(format!(
                "its steps are of topology `{}`, and its topology is `{}`",
                saved.plan.topology, saved.topology.name
            ))),
        }
    }

    /// The plan as JSON text.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.unwrap_or_default() + "\n"
    }

    /// What a plan made now does otherwise than this one, in the order of this one, then of the other. Empty means that
    /// both take the same steps.
    pub fn differences(&self, now: &Plan) -> Vec<StepDifference> {
        let saved = self.plan.steps.iter().filter_map(|step| {
            let key = step.key.clone();
            match now.step(&step.key) {
                None => Some(StepDifference::Gone {
                    key,
                    saved: told(step),
                }),
                Some(other) if other != step => Some(StepDifference::Changed {
                    key,
                    saved: told(step),
                    now: told(other),
                    members: members(step, other),
                }),
                Some(_) => None,
            }
        });
        let added = now
            .steps
            .iter()
            .filter(|step| self.plan.step(&step.key).is_none());
        let added = added.map(|step| StepDifference::Added {
            key: step.key.clone(),
            now: told(step),
        });
        saved.chain(added).collect()
    }
}

/// A step in which a saved plan differs from one made now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepDifference {
    /// It is not needed any more, or not possible.
    Gone {
        /// Its key.
        key: StepKey,
        /// What it was to do.
        saved: String,
    },
    /// It is needed now, and was not.
    Added {
        /// Its key.
        key: StepKey,
        /// What it would do.
        now: String,
    },
    /// It would do something else.
    Changed {
        /// Its key.
        key: StepKey,
        /// What it was to do.
        saved: String,
        /// What it would do.
        now: String,
        /// The members of its JSON that differ.
        members: Vec<String>,
    },
}

impl fmt::Display for StepDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone { key, saved } => write!(f, "gone: {key}: {saved}"),
            Self::Added { key, now } => write!(f, "added: {key}: {now}"),
            Self::Changed {
                key,
                saved,
                now,
                members,
            } => match saved == now {
                true => write!(f, "changed: {key}: {now}, in {}", members.join(", ")),
                false => write!(f, "changed: {key}: was {saved}; would be {now}"),
            },
        }
    }
}

fn told(step: &Step) -> String {
    format!("{} in {}", step.op, step.place)
}

// The members of the JSON of two steps that differ, those of what it does by name.
fn members(left: &Step, right: &Step) -> Vec<String> {
    let flat = |step: &Step| {
        let mut members = match serde_json::to_value(step) {
            Ok(Value::Object(members)) => members,
            _ => Default::default(),
        };
        if let Some(Value::Object(op)) = members.remove("op") {
            members.extend(op);
        }
        members
    };
    let (left, right) = (flat(left), flat(right));
    let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| left.get(*name) != right.get(*name));
    names.into_iter().cloned().collect()
}

fn invalid(problem: String) -> Error {
    let message = format!("invalid plan file: {problem}");
    Error::new(ErrorKind::InvalidInput, message)
        .with_remedy("write it anew with `landbridge plan FILE --out PLANFILE`")
}
