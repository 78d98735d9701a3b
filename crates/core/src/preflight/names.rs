//! Names that the cloud refuses, and names of firewall groups that others have in the same network.

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::{Op, Step};
use crate::traits::{GroupRecord, Phase};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let steps = context.plan.steps.iter();
    for step in steps.filter(|step| step.existing.is_none()) {
        refused(context, step, findings);
        taken(context, step, findings);
    }
}

// What the topology calls an object; its name in the cloud is made of this.
fn subject(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Group { firewall, network } => {
            format!("firewall {firewall} in network {network}")
        }
        key => key.to_string().replacen('/', " ", 1),
    }
}

fn refused(context: &Context<'_>, step: &Step, findings: &mut Vec<Finding>) {
    let capabilities = context.observation.capabilities.get(&step.place.cloud);
    let rule = capabilities.and_then(|capabilities| capabilities.names.get(&step.op.kind()));
    if let (Some(rule), Some(name)) = (rule, step.op.action().name())
        && let Some(problem) = rule.problem(name)
    {
        let noun = step.op.kind().kind().noun();
        findings.push(Finding::error(
            "name/invalid",
            subject(step.key.object()),
            format!(
                "{} takes no {noun} named `{name}`: {problem}",
                step.place.cloud
            ),
            "give it another name in the topology",
        ));
    }
}

fn taken(context: &Context<'_>, step: &Step, findings: &mut Vec<Finding>) {
    let (Op::CreateGroup(new), ObjectKey::Group { network, .. }) = (&step.op, step.key.object())
    else {
        return;
    };
    let Some(at) = context.found.networks.get(&ObjectKey::network(network)) else {
        return;
    };
    let same_name = |group: &&GroupRecord| {
        group.status.phase != Phase::Deleting
            && group.name.to_lowercase() == new.name.to_lowercase()
    };
    let mut others = context.observation.other_groups_of(&at.record.id);
    if let Some(group) = others.find(same_name) {
        findings.push(Finding::error(
            "name/taken",
            subject(step.key.object()),
            format!(
                "{} of {} has the name `{}` already, and does not belong to this topology",
                group.id, at.record.id, group.name
            ),
            format!(
                "give the firewall another name in the topology, or delete {} if nothing uses it",
                group.id
            ),
        ));
    }
}
