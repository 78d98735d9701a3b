//! CIDR blocks that meet in one route table although no interconnect has both, and new subnets of networks that exist.

use ipnet::IpNet;

use super::network::overlap;
use super::{Context, Finding};
use crate::ids::NetworkId;
use crate::object::{ObjectKey, subnet};
use crate::plan::{Op, ranges_of};
use crate::topology::{Interconnect, Network};
use crate::traits::{Phase, SubnetRecord};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        spokes(context, network, findings);
    }
    for step in &context.plan.steps {
        if let (Op::CreateSubnet(new), None) = (&step.op, &step.existing)
            && let ObjectKey::Subnet { network, name } = step.key.object()
            && let Some(at) = context.found.networks.get(&ObjectKey::network(network))
        {
            let subject = format!("subnet {network}/{name}");
            outside(&subject, new, &at.record.ranges, findings);
            beside(context, &subject, new, &at.record.id, findings);
        }
    }
}

// Networks that meet only here: their routes stand in the same tables. Those that meet in an interconnect are compared
// there.
fn spokes(context: &Context<'_>, center: &Network, findings: &mut Vec<Finding>) {
    let interconnects = context.topology.interconnects.iter();
    let joined: Vec<&Interconnect> = interconnects
        .filter(|interconnect| interconnect.members.contains(&center.name))
        .collect();
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
                    if meet(context, &left.name, &right.name) {
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

fn meet(context: &Context<'_>, left: &String, right: &String) -> bool {
    let mut interconnects = context.topology.interconnects.iter();
    interconnects.any(|interconnect| {
        interconnect.members.contains(left) && interconnect.members.contains(right)
    })
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
    let inventories = context.observation.inventories.iter();
    let subnets = inventories.flat_map(|inventory| &inventory.subnets);
    let in_the_way = |other: &&SubnetRecord| {
        other.network == *network
            && other.status.phase != Phase::Deleting
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
