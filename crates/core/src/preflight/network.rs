//! Networks, their subnets and their interconnects: what must exist, fit, be free and be allowed.

use ipnet::IpNet;

use super::{Context, Finding, attachment};
use crate::object::ObjectKey;
use crate::plan::{chosen_model, ranges_of};
use crate::topology::{Interconnect, Network};
use crate::traits::{Capabilities, Model};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        exists(context, network, findings);
        ranges(context, network, findings);
    }
    for interconnect in &context.topology.interconnects {
        overlaps(context, interconnect, findings);
        match chosen_model(context.topology, context.observation, interconnect) {
            Some(Model::Hub) => attachment::check(context, interconnect, findings),
            Some(Model::Mesh) => {}
            None => findings.push(unbuildable(context, interconnect)),
        }
    }
}

fn unbuildable(context: &Context<'_>, interconnect: &Interconnect) -> Finding {
    let subject = format!("interconnect {}", interconnect.name);
    if interconnect.hub.is_some() {
        let owner = context.topology.account(&interconnect.owner);
        let cloud = owner.map_or("its cloud", |owner| owner.cloud.as_str());
        return Finding::error(
            "interconnect/model",
            subject,
            format!("it names a `hub`, and {cloud} has no hubs that Landbridge can use"),
            "remove `hub` and `reach`; the networks are then peered with each other",
        );
    }
    let offered = context.topology.account(&interconnect.owner);
    let offered = offered.and_then(|owner| context.observation.capabilities.get(&owner.cloud));
    let (message, remedy) = match offered.map(|cloud| (&cloud.cloud, cloud.models.as_slice())) {
        Some((cloud, [only])) => (
            format!("{cloud} offers `model: {only}` only"),
            format!("set `model: {only}`"),
        ),
        _ => (
            "its cloud does not offer its `model`".to_owned(),
            "set `model: auto`".to_owned(),
        ),
    };
    Finding::error("interconnect/model", subject, message, remedy)
}

fn exists(context: &Context<'_>, network: &Network, findings: &mut Vec<Finding>) {
    let Some(id) = &network.id else { return };
    let key = ObjectKey::network(&network.name);
    let mut skipped = context.observation.not_understood();
    if skipped.any(|skipped| skipped.id == id.as_str()) {
        return;
    }
    if context.found.networks.get(&key).is_none() {
        findings.push(Finding::error(
            "network/absent",
            format!("network {}", network.name),
            format!(
                "{id} does not exist in {} of account {}",
                network.region, network.account
            ),
            "correct `id`, `region` or `account` of the network in the topology",
        ));
        return;
    }
    for subnet in &network.subnets {
        let key = ObjectKey::subnet(&network.name, &subnet.name);
        if subnet.id.is_some() && context.found.subnets.get(&key).is_none() {
            findings.push(Finding::error(
                "subnet/absent",
                format!("subnet {}/{}", network.name, subnet.name),
                format!("it does not exist in network {id}"),
                "correct `id` of the subnet in the topology",
            ));
        }
    }
}

pub(super) fn capabilities<'a>(
    context: &Context<'a>,
    network: &Network,
) -> Option<&'a Capabilities> {
    let account = context.topology.account(&network.account)?;
    context.observation.capabilities.get(&account.cloud)
}

fn ranges(context: &Context<'_>, network: &Network, findings: &mut Vec<Finding>) {
    let Some(capabilities) = capabilities(context, network) else {
        return;
    };
    let subject = format!("network {}", network.name);
    for range in ranges_of(network, context.found) {
        if let Some(reserved) = capabilities
            .reserved
            .iter()
            .find(|reserved| overlap(reserved, &range))
        {
            findings.push(Finding::error(
                "range/reserved",
                &subject,
                format!(
                    "CIDR block {range} overlaps {reserved}, which {} reserves",
                    capabilities.cloud
                ),
                format!("choose a private CIDR block outside {reserved}"),
            ));
        }
    }
    let (shortest, longest) = capabilities.network_prefix;
    let ours = network.range.iter().flat_map(|_| network.declared_ranges());
    let declared = ours.filter(|range| range.addr().is_ipv4());
    for range in declared.filter(|range| !(shortest..=longest).contains(&range.prefix_len())) {
        findings.push(Finding::error(
            "range/size",
            &subject,
            wrong_size(&range, shortest, longest, capabilities),
            "choose a CIDR block of an allowed size",
        ));
    }
    let (shortest, longest) = capabilities.subnet_prefix;
    for subnet in &network.subnets {
        let prefix = subnet.range.prefix_len();
        if subnet.range.addr().is_ipv4() && !(shortest..=longest).contains(&prefix) {
            findings.push(Finding::error(
                "subnet/size",
                format!("subnet {}/{}", network.name, subnet.name),
                wrong_size(&subnet.range, shortest, longest, capabilities),
                "choose a CIDR block of an allowed size",
            ));
        }
    }
}

fn wrong_size(range: &IpNet, shortest: u8, longest: u8, capabilities: &Capabilities) -> String {
    format!(
        "CIDR block {range} has an invalid size: {} allows /{shortest} to /{longest} here",
        capabilities.cloud
    )
}

pub(super) fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}

fn overlaps(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    let members: Vec<(&str, Vec<IpNet>)> = interconnect
        .members
        .iter()
        .filter_map(|member| context.topology.network(member))
        .map(|network| (network.name.as_str(), ranges_of(network, context.found)))
        .collect();
    for (index, (left, left_ranges)) in members.iter().enumerate() {
        for (right, right_ranges) in &members[index + 1..] {
            for (a, b) in left_ranges
                .iter()
                .flat_map(|a| right_ranges.iter().map(move |b| (a, b)))
            {
                if overlap(a, b) {
                    findings.push(Finding::error(
                        "range/overlap",
                        format!("interconnect {}", interconnect.name),
                        format!("CIDR block {a} of network {left} overlaps {b} of network {right}"),
                        "renumber one of the two networks, or remove one from the interconnect",
                    ));
                }
            }
        }
    }
}
