//! IPv6 that the topology wants and that is not there. Clouds hand out ranges at their own choice, and some of what lacks
//! them never gets any, so nothing here is mended in place.

use ipnet::IpNet;

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::{attachment_carries_ipv6, carries_ipv6};
use crate::topology::{Interconnect, Network, Subnet};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let networks = context.topology.networks.iter();
    for network in networks.filter(|network| network.ipv6) {
        whole(context, network, findings);
        for subnet in &network.subnets {
            part(context, network, subnet, findings);
        }
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

fn part(context: &Context<'_>, network: &Network, subnet: &Subnet, findings: &mut Vec<Finding>) {
    let key = ObjectKey::subnet(&network.name, &subnet.name);
    let (Some(at), Some(slot)) = (context.found.subnets.get(&key), subnet.ipv6_slot) else {
        return;
    };
    let ranges = &at.record.ipv6_ranges;
    if ranges.iter().any(|range| slot_of(range) == Some(slot)) {
        return;
    }
    let actual = match ranges.first() {
        Some(range) => format!("has IPv6 CIDR block {range}"),
        None => "has no IPv6 CIDR block".to_owned(),
    };
    findings.push(super::drift::replaced(
        format!("subnet {}/{}", network.name, subnet.name),
        format!(
            "{} {actual}; the topology declares `ipv6-slot: {slot}`",
            at.record.id
        ),
    ));
}

// The number in bits 56 to 63 of a /64.
fn slot_of(range: &IpNet) -> Option<u8> {
    match range {
        IpNet::V6(range) if range.prefix_len() == 64 => Some(range.network().octets()[7]),
        _ => None,
    }
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
