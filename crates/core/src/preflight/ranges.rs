//! CIDR blocks that meet in one route table although no interconnect has both, secondary ones that are not declared, and
//! new subnets of networks that exist.

use ipnet::IpNet;

use super::network::overlap;
use super::{Context, Finding};
use crate::ids::NetworkId;
use crate::object::{ObjectKey, subnet};
use crate::plan::{Op, extra_ranges, ranges_of};
use crate::topology::{Interconnect, Network};
use crate::traits::{Phase, SubnetRecord};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        spokes(context, network, findings);
        extra(context, network, findings);
    }
    for step in &context.plan.steps {
        if let (Op::CreateSubnet(new), None) = (&step.op, &step.existing)
            && let ObjectKey::Subnet { network, name } = step.key.object()
            && let Some(at) = context.found.networks.get(&ObjectKey::network(network))
        {
            let subject = format!("subnet {network}/{name}");
            let declared = context.topology.network(network);
            let ranges = declared.map(|network| ranges_of(network, context.found));
            outside(&subject, new, &ranges.unwrap_or_default(), findings);
            beside(context, &subject, new, &at.record.id, findings);
        }
    }
}

// Secondary CIDR blocks that the topology does not declare: they stay, or they are pruned.
fn extra(context: &Context<'_>, network: &Network, findings: &mut Vec<Finding>) {
    let key = ObjectKey::network(&network.name);
    let (Some(at), true) = (
        context.all.networks.get(&key),
        context.found.networks.get(&key).is_some(),
    ) else {
        return;
    };
    let subject = format!("network {}", network.name);
    for range in extra_ranges(network, context.all) {
        if let Some(new) = network.ranges.iter().find(|new| overlap(new, &range))
            && !context.options.prune
        {
            findings.push(Finding::error(
                "range/taken",
                &subject,
                format!(
                    "CIDR block {new} overlaps {range}, which {} has already",
                    at.record.id
                ),
                format!(
                    "choose another CIDR block; or, if nothing uses {range}, run again with `--prune` to remove it first"
                ),
            ));
            continue;
        }
        if !context.options.prune {
            findings.push(Finding::note(
                "range/extra",
                &subject,
                format!(
                    "{} has CIDR block {range} too, which the topology does not declare; it is used as it is; add it to \
                     `ranges`, or, if nothing uses it, run again with `--prune` to remove it",
                    at.record.id
                ),
            ));
            continue;
        }
        in_use(context, &subject, &at.record.id, &range, findings);
    }
}

// A cloud keeps a CIDR block as long as a subnet is in it.
fn in_use(
    context: &Context<'_>,
    subject: &str,
    network: &NetworkId,
    range: &IpNet,
    findings: &mut Vec<Finding>,
) {
    let subnets = context.observation.subnets_of(network);
    let stays = |subnet: &&SubnetRecord| {
        subnet.status.phase != Phase::Deleting
            && !context.goes(&subnet.id)
            && range.contains(&subnet.range)
    };
    let mut ids: Vec<&str> = subnets.filter(stays).map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    if !ids.is_empty() {
        findings.push(Finding::error(
            "range/in-use",
            subject,
            format!(
                "`--prune` would remove CIDR block {range} of {network}, and these subnets are in it: {}",
                ids.join(", ")
            ),
            "add the CIDR block to `ranges` of the network, or delete the subnets first",
        ));
    }
}

// Networks that meet only here: their routes stand in the same tables. Those that meet in an interconnect are compared
// there.
fn spokes(context: &Context<'_>, center: &Network, findings: &mut Vec<Finding>) {
    let joined = context.interconnects_of(&center.name);
    for (index, one) in joined.iter().enumerate() {
        for other in &joined[index + 1..] {
            let only_in = |of: &Interconnect, not: &Interconnect| -> Vec<&Network> {
                let names = of.members.iter();
                let names = names.filter(|name| !not.members.contains(name));
                names
                    .filter_map(|name| context.topology.network(name))
                    .collect()
            };
            for left in only_in(one, other) {
                for right in only_in(other, one) {
                    if context.joined(&left.name, &right.name) {
                        continue;
                    }
                    for (a, b) in shared(context, left, right) {
                        findings.push(Finding::error(
                            "range/overlap",
                            format!("network {}", center.name),
                            format!(
                                "it would have routes to {a} of network {} (interconnect {}) and to the overlapping {b} \
                                 of network {} (interconnect {})",
                                left.name, one.name, right.name, other.name
                            ),
                            "renumber one of the two networks, or remove this network from one of the two interconnects",
                        ));
                    }
                }
            }
        }
    }
}

fn shared(context: &Context<'_>, left: &Network, right: &Network) -> Vec<(IpNet, IpNet)> {
    let right = ranges_of(right, context.found);
    ranges_of(left, context.found)
        .into_iter()
        .flat_map(|a| right.iter().map(move |b| (a, *b)))
        .filter(|(a, b)| overlap(a, b))
        .collect()
}

fn outside(subject: &str, new: &subnet::Create, ranges: &[IpNet], findings: &mut Vec<Finding>) {
    if ranges.is_empty() || ranges.iter().any(|range| range.contains(&new.range)) {
        return;
    }
    let listed: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    findings.push(Finding::error(
        "subnet/outside",
        subject,
        format!(
            "CIDR block {} is not part of its network, which has {}",
            new.range,
            listed.join(", ")
        ),
        "choose a CIDR block inside one of the network's",
    ));
}

fn beside(
    context: &Context<'_>,
    subject: &str,
    new: &subnet::Create,
    network: &NetworkId,
    findings: &mut Vec<Finding>,
) {
    let subnets = context.observation.subnets_of(network);
    let in_the_way = |other: &&SubnetRecord| {
        other.status.phase != Phase::Deleting
            && !context.goes(&other.id)
            && overlap(&other.range, &new.range)
    };
    for other in subnets.filter(in_the_way) {
        findings.push(Finding::error(
            "subnet/taken",
            subject,
            format!(
                "CIDR block {} overlaps {} of subnet {}, which its network has already",
                new.range, other.range, other.id
            ),
            format!(
                "choose another CIDR block, or give the subnet `id: {}` to use the one that is there",
                other.id
            ),
        ));
    }
}
