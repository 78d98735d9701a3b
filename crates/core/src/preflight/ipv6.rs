//! IPv6 that the topology wants and that is not there. Clouds hand out ranges at their own choice, and some of what lacks
//! them never gets any, so nothing here is mended in place.

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::{attachment_carries_ipv6, carries_ipv6};
use crate::topology::{Interconnect, Network};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let networks = context.topology.networks.iter();
    for network in networks.filter(|network| network.ipv6) {
        whole(context, network, findings);
    }
    for interconnect in &context.topology.interconnects {
        attachments(context, interconnect, findings);
    }
}

fn whole(context: &Context<'_>, network: &Network, findings: &mut Vec<Finding>) {
    let there = (context.found.networks).get(&ObjectKey::network(&network.name));
    let ready = there.filter(|at| at.record.status.is_ready());
    let Some(at) = ready.filter(|at| at.record.ipv6_ranges().next().is_none()) else {
        return;
    };
    findings.push(Finding::error(
        "ipv6/network",
        format!("network {}", network.name),
        format!(
            "{} has no IPv6 CIDR block; the topology declares `ipv6: true`",
            at.record.id
        ),
        format!(
            "add an IPv6 CIDR block to {} in the console of the cloud, or remove `ipv6` and `ipv6-slot` from the topology",
            at.record.id
        ),
    ));
}

// Without IPv6 in an attachment, the hub learns no IPv6 ranges of its network, and none are routed.
fn attachments(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    let members = interconnect.members.iter();
    for network in members.filter_map(|member| context.topology.network(member)) {
        let key = ObjectKey::attachment(&interconnect.name, &network.name);
        let Some(at) = context.found.peerings.get(&key) else {
            continue;
        };
        let Context {
            topology,
            observation,
            found,
            ..
        } = context;
        let carries = attachment_carries_ipv6(topology, observation, interconnect, network, found);
        if carries || !carries_ipv6(network, context.found) {
            continue;
        }
        findings.push(Finding::warning(
            "ipv6/attachment",
            format!("network {}", network.name),
            format!(
                "{} was made without IPv6, so interconnect {} carries only IPv4 for it",
                at.record.id, interconnect.name
            ),
            "remove the network from the interconnect, apply, add it back and apply again; in between, packets to it are \
             lost",
        ));
    }
}
