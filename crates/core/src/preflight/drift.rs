//! Objects that exist and differ from the topology, or are in a state that no write of ours mends.

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::Duplicate;
use crate::topology::Interconnect;
use crate::traits::{GrantRecord, Phase};

/// What exists differs from what the topology says in a way that no write of ours can mend in place.
pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    networks(context, findings);
    instances(context, findings);
    for interconnect in &context.topology.interconnects {
        grants(context, interconnect, findings);
        attachments(context, interconnect, findings);
    }
    failed(context, findings);
    for Duplicate { place, key, id } in &context.found.duplicates {
        findings.push(Finding::error(
            "drift/duplicate",
            key.to_string(),
            format!("{id} in {place} carries the same ownership tags as another object"),
            "delete the object that is not in use",
        ));
    }
}

pub(super) fn replaced(subject: String, message: String) -> Finding {
    Finding::error(
        "drift/immutable",
        subject,
        message,
        "undo the change in the topology; or remove the object from it, apply, add it back and apply again",
    )
}

fn networks(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        let there = context
            .found
            .networks
            .get(&ObjectKey::network(&network.name));
        if let (Some(at), Some(range)) = (there, network.range) {
            if !at.record.ranges.contains(&range) {
                let message = format!(
                    "{} has CIDR block {}; the topology declares {range}",
                    at.record.id,
                    ranges(&at.record.ranges)
                );
                findings.push(replaced(format!("network {}", network.name), message));
            }
            let declared = context.topology.place_of(network);
            if let Some(place) = declared.filter(|place| *place != at.place) {
                let message = format!(
                    "{} is in {}; the topology declares {place}",
                    at.record.id, at.place
                );
                findings.push(replaced(format!("network {}", network.name), message));
            }
        }
        for subnet in &network.subnets {
            let there = context
                .found
                .subnets
                .get(&ObjectKey::subnet(&network.name, &subnet.name));
            if let Some(at) =
                there.filter(|at| at.record.range != subnet.range || !at.record.is_in(&subnet.zone))
            {
                let message = format!(
                    "{} has CIDR block {} in availability zone {}; the topology declares {} in {}",
                    at.record.id, at.record.range, at.record.zone, subnet.range, subnet.zone
                );
                findings.push(replaced(
                    format!("subnet {}/{}", network.name, subnet.name),
                    message,
                ));
            }
        }
    }
}

fn ranges(ranges: &[ipnet::IpNet]) -> String {
    ranges
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn instances(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for instance in &context.topology.instances {
        let there = context
            .found
            .instances
            .get(&ObjectKey::instance(&instance.name));
        let Some(at) = there else { continue };
        if let (Some(actual), Some(wanted)) = (at.record.address, instance.address)
            && actual != wanted
        {
            let message = format!(
                "{} has private address {actual}; the topology declares {wanted}",
                at.record.id
            );
            findings.push(replaced(format!("instance {}", instance.name), message));
        }
    }
}

fn grants(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    for member in &interconnect.members {
        let Some(at) = context
            .found
            .grants
            .get(&ObjectKey::grant(&interconnect.name, member))
        else {
            continue;
        };
        let (grant, _) = &at.record;
        if grant.payer == Some(interconnect.payer) {
            continue;
        }
        // The cloud refuses a grant that does not say who pays; any other one of others is used as it is.
        if !at.ours && grant.payer.is_some() {
            findings.push(other_payer(member, grant, interconnect));
            continue;
        }
        let actual = grant.payer.map_or_else(
            || "does not say who pays".to_owned(),
            |payer| format!("says `{payer}`"),
        );
        findings.push(Finding::error(
            "grant/payer",
            format!("network {member}"),
            format!(
                "its grant to {} {actual}; the topology declares `{}`",
                grant.hub, interconnect.payer
            ),
            format!(
                "as account {}, revoke the grant of {} to {} with `landbridge grant revoke`, then apply again; or change \
                 `payer` in the topology",
                at.place.account, grant.member, grant.hub
            ),
        ));
    }
}

fn other_payer(member: &str, grant: &GrantRecord, interconnect: &Interconnect) -> Finding {
    let actual = grant
        .payer
        .map(|payer| payer.to_string())
        .unwrap_or_default();
    Finding::warning(
        "grant/payer",
        format!("network {member}"),
        format!(
            "others granted it to {} and chose that {actual}; the topology declares `{}`, which changes nothing",
            grant.hub, interconnect.payer
        ),
        "change `payer` in the topology, or ask the network's owner to change who pays",
    )
}

fn attachments(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    for member in &interconnect.members {
        let there = context
            .found
            .peerings
            .get(&ObjectKey::attachment(&interconnect.name, member));
        let Some(at) = there else { continue };
        let network = context.found.networks.get(&ObjectKey::network(member));
        if network.is_some_and(|network| network.record.id.as_str() != at.record.requester.id()) {
            let message = format!(
                "{} attaches another network, {}",
                at.record.id,
                at.record.requester.id()
            );
            findings.push(replaced(format!("network {member}"), message));
        }
    }
}

// Something that failed never becomes ready; waiting for it would only end at the deadline.
fn failed(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let peerings = context
        .found
        .peerings
        .iter()
        .map(|(key, at)| (key, at.record.id.to_string(), &at.record.status));
    let hubs = context
        .found
        .hubs
        .iter()
        .map(|(key, at)| (key, at.record.id.to_string(), &at.record.status));
    for (key, id, status) in peerings.chain(hubs) {
        if status.phase == Phase::Failed {
            findings.push(Finding::error(
                "drift/failed",
                key.to_string(),
                format!("{id} has status {status} and cannot become ready"),
                format!("delete {id}, then apply again"),
            ));
        }
    }
}
