//! What the clouds listed and was not understood.

use super::{Context, Finding};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for skipped in context.observation.not_understood() {
        findings.push(Finding::warning(
            "object/not-understood",
            format!("{} in {}", skipped.name(), skipped.place),
            format!(
                "{} lists it, and Landbridge does not understand it: {}; it is left alone, and this plan does not take it \
                 into account",
                skipped.operation, skipped.reason
            ),
            "look at it in the console; if it matters to this topology, do not apply before it is understood",
        ));
    }
    named(context, findings);
}

// What the topology names must be understood.
fn named(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.observation.not_understood().next().is_none() {
        return;
    }
    for network in &context.topology.networks {
        let subnets = network.subnets.iter();
        let ids = subnets.filter_map(|subnet| subnet.id.as_ref().map(|id| id.as_str()));
        let ids: Vec<&str> = network.id.iter().map(|id| id.as_str()).chain(ids).collect();
        let skipped = context.observation.not_understood();
        for skipped in skipped.filter(|skipped| ids.contains(&skipped.id.as_str())) {
            findings.push(Finding::error(
                "object/not-understood",
                format!("network {}", network.name),
                format!(
                    "{} exists, and Landbridge does not understand it: {}",
                    skipped.id, skipped.reason
                ),
                "remove the network from the topology, or correct the object in the console",
            ));
        }
    }
}
