//! Which steps are the probe's own.

use std::collections::BTreeSet;

use super::invalid;
use crate::error::Result;
use crate::plan::{Plan, StepKey};

/// The steps of a plan with probes that the plan without them does not have.
///
/// # Errors
/// Such a step that stands on another one: what probes stand on must be there before.
pub(super) fn steps(with: &Plan, without: &Plan) -> Result<Plan> {
    let others: BTreeSet<&StepKey> = without.steps.iter().map(|step| &step.key).collect();
    let mut own = with.clone();
    own.steps.retain(|step| !others.contains(&step.key));
    let waits = |key: &&StepKey| others.contains(key);
    let missing = own.steps.iter().find_map(|step| {
        let missing = step.depends_on.iter().find(waits)?;
        Some((step.key.clone(), missing.clone()))
    });
    match missing {
        None => Ok(own),
        Some((step, missing)) => Err(invalid(format!(
            "the probe's {step} stands on {missing}, which is not done yet"
        ))
        .with_remedy("apply the topology first: `landbridge apply FILE`")),
    }
}

/// The deletions that the plan without probes has and the one with them has not: exactly what probes made, and what an
/// earlier run left of them.
pub(super) fn removal(without: &Plan, with: &Plan) -> Plan {
    let kept: BTreeSet<&StepKey> = with.steps.iter().map(|step| &step.key).collect();
    let mut own = without.clone();
    own.steps
        .retain(|step| step.op.is_delete() && !kept.contains(&step.key));
    let left: BTreeSet<StepKey> = own.steps.iter().map(|step| step.key.clone()).collect();
    for step in &mut own.steps {
        step.depends_on.retain(|key| left.contains(key));
    }
    own
}
