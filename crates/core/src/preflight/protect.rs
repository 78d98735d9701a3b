//! What the topology protects is not deleted.

use super::{Context, Finding};
use crate::plan::is_protected;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let deletes = context.plan.steps.iter().filter(|step| step.op.is_delete());
    for step in deletes.filter(|step| is_protected(context.topology, step.key.object())) {
        let key = step.key.object();
        let plan = &context.plan.steps;
        let replaced = plan
            .iter()
            .any(|other| other.replaces.is_some() && other.key.object() == key);
        let what = if replaced {
            "delete and make anew"
        } else {
            "delete"
        };
        findings.push(Finding::error(
            "protect/refused",
            key.to_string(),
            format!(
                "the topology protects it, and the plan would {what} it: {}",
                step.op
            ),
            "undo the change in the topology; or remove `protect` from the topology first",
        ));
    }
}
