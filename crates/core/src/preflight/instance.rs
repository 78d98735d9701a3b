//! Existing instances that verification uses: they must be there, and are used as they are.

use super::{Context, Finding};
use crate::ids::InstanceId;
use crate::object::ObjectKey;
use crate::topology::{Instance, Network};
use crate::traits::InstanceRecord;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for instance in &context.topology.instances {
        let network = instance
            .network_name()
            .and_then(|name| context.topology.network(name));
        if let (Some(id), Some(network)) = (&instance.id, network) {
            findings.extend(existing(context, instance, id, network));
        }
    }
}

fn existing(
    context: &Context<'_>,
    instance: &Instance,
    id: &InstanceId,
    network: &Network,
) -> Option<Finding> {
    let subject = format!("instance {}", instance.name);
    if let Some(odd) = context.not_understood(id.as_str()) {
        return Some(Finding::error(
            "object/not-understood",
            subject,
            format!(
                "{id} exists, and Landbridge does not understand it: {}",
                odd.reason
            ),
            "name another instance, or correct the object in the console",
        ));
    }
    let key = ObjectKey::instance(&instance.name);
    let Some(at) = context.found.instances.get(&key) else {
        return Some(Finding::error(
            "instance/absent",
            subject,
            format!(
                "{id} does not exist in {} of account {}",
                network.region, network.account
            ),
            "correct `id` or `network` of the instance in the topology",
        ));
    };
    let record = &at.record;
    let there = context
        .found
        .networks
        .get(&ObjectKey::network(&network.name));
    // That the network is not there is told already.
    let there = there.map(|at| &at.record.id)?;
    if record.network.as_ref() != Some(there) {
        let actual = match &record.network {
            Some(network) => format!("in {network}"),
            None => "in no network".to_owned(),
        };
        return Some(Finding::error(
            "instance/elsewhere",
            subject,
            format!(
                "{id} is {actual}, not in network {} ({there})",
                network.name
            ),
            "correct `network` of the instance in the topology",
        ));
    }
    Some(used(subject, record))
}

fn used(subject: String, record: &InstanceRecord) -> Finding {
    let id = &record.id;
    match record.status.is_ready() {
        true => Finding::note(
            "instance/used",
            subject,
            format!("{id} is used as it is, to verify the paths from and to it"),
        ),
        false => Finding::warning(
            "instance/stopped",
            subject,
            format!(
                "{id} has status {}: it neither sends nor answers pings, so its paths count as blocked",
                record.status
            ),
            "start it before you verify, or name another instance; Landbridge does not start it",
        ),
    }
}
