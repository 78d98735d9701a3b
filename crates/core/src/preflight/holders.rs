//! What others made and holds an object of ours that the plan deletes. The cloud would refuse the delete half way through;
//! it is told before the first write.

use std::collections::BTreeSet;

use super::{Context, Finding};
use crate::plan::{Holders, Step};

/// How many holders of one object are named.
const NAMED: usize = 5;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let steps = &context.plan.steps;
    let holders = Holders::new(context.observation, context.found, steps);
    for step in steps {
        if let Some((id, held_by)) = holders.of(step).filter(|(_, by)| !by.is_empty()) {
            findings.push(in_use(step, id, &held_by));
        }
    }
}

/// Holders in one text.
pub(super) fn named(holders: &BTreeSet<String>) -> String {
    let mut names: Vec<&str> = holders.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("{} more", holders.len().saturating_sub(NAMED));
    if holders.len() > NAMED {
        names.push(&more);
    }
    names.join("; ")
}

fn in_use(step: &Step, id: &str, holders: &BTreeSet<String>) -> Finding {
    let key = step.key.object();
    let keep = match key.is_duplicate() {
        true => String::new(),
        false => format!("; or keep {key} in the topology"),
    };
    Finding::error(
        "destroy/in-use",
        key.to_string(),
        format!(
            "{id} in {} is to be deleted, and others use it: {}",
            step.place,
            named(holders)
        ),
        format!("remove what uses it, or ask its owner to{keep}"),
    )
}
