//! The plan: which writes turn what is there into what the topology wants.
//!
//! [`plan`] and [`plan_destroy`] are pure: the same topology and the same observation give the same plan, byte for
//! byte. There is no state file. What exists is found again by its ownership tags, and where an object carries none,
//! by its natural key: a route by table and destination, route learning by attachment and table, a grant by member
//! and hub, a rule by its canonical form and the mark in its description, the attachment of a border router by its id
//! and the hub at the edge.

mod adopt;
pub(crate) mod agent;
mod builder;
mod create;
mod declared;
mod destinations;
mod draw;
mod duplicates;
mod edge;
mod firewall;
mod foreign_rules;
mod found;
mod holders;
mod hub;
mod hub_table;
mod index;
mod interfaces;
mod lost;
mod mesh;
mod op;
mod options;
mod order;
mod others;
mod reached;
mod reference;
mod remove;
mod rename;
mod replace;
mod review;
mod routes;
mod rule;
mod saved;
mod sides;
mod step;
mod tables;
mod text;
mod twins;
mod untagged;
mod users;
mod wish;

pub mod grant;
pub mod trust;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::format::FormatVersion;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::topology::Topology;

pub use crate::object::OpKind;
pub(crate) use adopt::adoptable_of;
pub use adopt::{AdoptReason, Adoptable, adopt, adoptable};
use builder::Wanted;
pub(crate) use destinations::destinations;
pub(crate) use duplicates::{Duplicate, duplicates, groups};
pub(crate) use firewall::wanted_rules;
pub(crate) use found::{At, Found};
pub(crate) use holders::Holders;
pub(crate) use hub_table::{
    beyond, chosen_tables, named_tables, regional_hub, table_called, table_of,
};
pub(crate) use interfaces::{HubZones, Interface, Interfaces, attachment_carries_ipv6, interfaces};
pub use op::Op;
pub use options::PlanOptions;
pub use reference::{Destination, EndpointRef, HubScopeRef, NetworkRef, TableRef};
pub(crate) use replace::{Difference, differences, is_protected, with_dependents};
pub use review::Review;
pub use rule::{PlannedPeer, PlannedRule};
pub use saved::{SavedPlan, StepDifference};
pub use sides::Told;
pub(crate) use sides::{Sides, sides};
pub use step::{Ref, Step, StepKey};
pub(crate) use tables::tables_of;
pub(crate) use wish::{
    Reach, advertised, borders_crossed, capabilities_of, capabilities_of_edge, carries_ipv6,
    chosen_model, edge_ranges, extra_ranges, needed_services, ranges_of, reach_between,
    source_ranges,
};

/// The JSON Schema of [plans as JSON](Plan::to_json), for programs that read them.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Plan).to_value()
}

/// An ordered graph of steps; each stands after everything it depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Plan {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The topology's name, or the mark of what belongs to none; empty where nothing is marked.
    pub topology: String,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step of this key.
    pub fn step(&self, key: &StepKey) -> Option<&Step> {
        self.steps.iter().find(|step| step.key == *key)
    }

    /// How many steps create and how many delete; both count what is [replaced](Self::replaced).
    pub fn counts(&self) -> (usize, usize) {
        let deletes = self.steps.iter().filter(|step| step.op.is_delete()).count();
        (self.steps.len() - deletes - self.renamed(), deletes)
    }

    /// How many steps give an object the tags of its new name.
    pub fn renamed(&self) -> usize {
        self.steps.iter().filter(|step| step.op.is_rename()).count()
    }

    /// How many objects are deleted and made anew.
    pub fn replaced(&self) -> usize {
        let steps = self.steps.iter();
        steps.filter(|step| step.replaces.is_some()).count()
    }

    /// The ids of the objects that it deletes.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| step.op.deletes())
    }

    /// The plan as JSON, with a stable order of keys.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Steps that are taken one after the other, whose objects are in no topology.
    pub(crate) fn in_order(mark: &str, mut steps: Vec<Step>) -> Self {
        let keys: Vec<StepKey> = steps.iter().map(|step| step.key.clone()).collect();
        for (step, before) in steps.iter_mut().skip(1).zip(keys) {
            step.depends_on = vec![before];
        }
        Self {
            format: FormatVersion,
            topology: mark.to_owned(),
            steps,
        }
    }

    /// Refuses what no planner makes and a file may hold: a step before one that it depends on, or a key twice. Such a
    /// step would wait for ever.
    pub(crate) fn check(&self) -> Result<()> {
        let mut before: HashSet<&StepKey> = HashSet::with_capacity(self.steps.len());
        for step in &self.steps {
            if let Some(missing) = step.depends_on.iter().find(|key| !before.contains(key)) {
                return Err(invalid(format!(
                    "step `{}` depends on `{missing}`, which does not come before it",
                    step.key
                )));
            }
            if !before.insert(&step.key) {
                return Err(invalid(format!("step `{}` stands in it twice", step.key)));
            }
        }
        Ok(())
    }

    // Dependencies on what exists already are satisfied; only steps of this plan are waited for.
    pub(crate) fn finish(topology: &Topology, mut steps: Vec<Step>) -> Self {
        let in_order = order::only_among(&mut steps);
        for step in &mut steps {
            step.depends_on.sort();
            step.depends_on.dedup();
        }
        Self {
            format: FormatVersion,
            topology: topology.name.clone(),
            steps: match in_order {
                true => steps,
                false => order::after_dependencies(steps),
            },
        }
    }
}

fn invalid(problem: String) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("invalid plan: {problem}"))
        .with_remedy("plan again")
}

/// The steps that make reality what the topology wants: missing objects are created, objects of this topology that it
/// no longer wants are deleted, everything else is left alone. What only the owners of accounts that others hold can do
/// is left out, with all that must come after.
///
/// Assumes that [preflight](crate::preflight::preflight) found no error; what cannot be planned is left out.
///
/// ```
/// use landbridge_core::Observation;
/// use landbridge_core::plan::plan;
/// use landbridge_core::topology::Topology;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let topology = Topology::from_text(
///     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
///        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
/// )?;
/// // An observation in which nothing was found: everything is yet to be created.
/// let observation = Observation::new(Vec::new(), Vec::new());
/// let first = plan(&topology, &observation);
/// assert_eq!(first.counts(), (1, 0));
/// assert_eq!(first, plan(&topology, &observation));
/// println!("{first}");
/// # Ok(())
/// # }
/// ```
pub fn plan(topology: &Topology, observation: &Observation) -> Plan {
    plan_with(topology, observation, &PlanOptions::default())
}

/// The [`plan`] that may do what the options allow.
pub fn plan_with(topology: &Topology, observation: &Observation, options: &PlanOptions) -> Plan {
    let found = Found::index(topology, observation);
    plan_of(topology, observation, &found, options)
}

/// The [`plan`] for what was found.
pub(crate) fn plan_of(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    options: &PlanOptions,
) -> Plan {
    let steps = sides(topology, observation, found, options).ours;
    Plan::finish(topology, steps)
}

// Everything that the topology wants, whoever must do it.
fn steps_of(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    options: &PlanOptions,
) -> Vec<Step> {
    let going = going(topology, found, options);
    let mut wanted = create::wanted(topology, observation, &found.without(&going));
    let unwanted = |wanted: &Wanted| remove::unwanted(observation, found, wanted, &going, options);
    duplicates::keep(topology, observation, found, &mut wanted, unwanted);
    let mut steps = remove::unwanted(observation, found, &wanted, &going, options);
    order::routes_overlap(&mut steps, &wanted.steps);
    let deleted: BTreeMap<ObjectKey, Option<String>> = steps
        .iter()
        .map(|step| (step.key.object().clone(), found.id_of(step.key.object())))
        .collect();
    wanted.steps.splice(0..0, steps);
    let mut steps = wanted.steps;
    for step in steps.iter_mut().filter(|step| !step.op.is_delete()) {
        let object = step.key.object();
        // An object that stands where another must go first waits for it.
        let Some(id) = deleted.get(object) else {
            continue;
        };
        if going.contains(object) {
            step.replaces = Some(id.clone().unwrap_or_else(|| object.to_string()));
        }
        step.depends_on.push(step.key.deletion());
    }
    wait_for_room(&mut steps);
    duplicates::first(&mut steps);
    order::ranges(&mut steps);
    rename::first(topology, observation, found, &mut steps);
    steps
}

/// The objects that are to be made anew, with everything that stands on them, and the CIDR blocks of networks that are
/// pruned.
pub(crate) fn going(
    topology: &Topology,
    found: &Found,
    options: &PlanOptions,
) -> BTreeSet<ObjectKey> {
    let mut going = BTreeSet::new();
    if options.replace {
        let differences = differences(topology, found).into_iter();
        let roots = differences.filter(|difference| difference.ours);
        going.extend(roots.flat_map(|root| with_dependents(found, &root.key)));
    }
    if options.prune {
        for network in &topology.networks {
            let extra = extra_ranges(network, found).into_iter();
            going.extend(extra.map(|range| ObjectKey::range(&network.name, range)));
        }
    }
    going
}

// A subnet may get the range of one that goes.
fn wait_for_room(steps: &mut [Step]) {
    let network_of = |key: &StepKey| match key.object() {
        ObjectKey::Subnet { network, .. } => Some(network.clone()),
        _ => None,
    };
    let subnets = steps.iter().filter(|step| step.op.is_delete());
    let mut leaving: BTreeMap<String, Vec<StepKey>> = BTreeMap::new();
    for step in subnets {
        if let Some(network) = network_of(&step.key) {
            leaving.entry(network).or_default().push(step.key.clone());
        }
    }
    for step in steps.iter_mut().filter(|step| !step.op.is_delete()) {
        let Some(network) = network_of(&step.key) else {
            continue;
        };
        let before = leaving.get(&network).into_iter().flatten();
        step.depends_on.extend(before.cloned());
    }
}

/// The steps that delete everything that belongs to the topology.
pub fn plan_destroy(topology: &Topology, observation: &Observation) -> Plan {
    plan_destroy_with(topology, observation, &PlanOptions::default())
}

/// The [`plan_destroy`] that may do what the options allow.
pub fn plan_destroy_with(
    topology: &Topology,
    observation: &Observation,
    options: &PlanOptions,
) -> Plan {
    let found = Found::index(topology, observation);
    plan_destroy_of(topology, observation, &found, options)
}

/// The [`plan_destroy`] for what was found.
pub(crate) fn plan_destroy_of(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    options: &PlanOptions,
) -> Plan {
    let mut steps = remove::unwanted(
        observation,
        found,
        &Wanted::default(),
        &BTreeSet::new(),
        options,
    );
    rename::first(topology, observation, found, &mut steps);
    Plan::finish(topology, steps)
}
