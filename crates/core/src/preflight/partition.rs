//! Partitions of a cloud: regions of different ones share neither accounts nor roles, and nothing joins their networks.

use std::collections::BTreeMap;

use super::{Context, Finding};
use crate::ids::Region;
use crate::plan::{capabilities_of, capabilities_of_edge};
use crate::topology::Edge;
use crate::traits::Capabilities;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for interconnect in &context.topology.interconnects {
        let capabilities = capabilities_of(context.topology, context.observation, interconnect);
        if let Some(capabilities) = capabilities {
            let parts = members(context, &interconnect.members);
            let subject = format!("interconnect {}", interconnect.name);
            divided(capabilities, &subject, parts, findings);
        }
    }
    for edge in context.topology.wanted_edges() {
        let capabilities = capabilities_of_edge(context.topology, context.observation, edge);
        if let Some(capabilities) = capabilities {
            let subject = format!("edge {}", edge.name);
            divided(capabilities, &subject, parts_of(context, edge), findings);
        }
    }
    accounts(context, findings);
}

/// Something in a region, in words.
type Part<'a> = (String, &'a Region);

fn members<'a>(context: &Context<'a>, names: &[String]) -> Vec<Part<'a>> {
    let networks = names
        .iter()
        .filter_map(|name| context.topology.network(name));
    networks
        .map(|network| (format!("network {}", network.name), &network.region))
        .collect()
}

fn parts_of<'a>(context: &Context<'a>, edge: &'a Edge) -> Vec<Part<'a>> {
    let mut parts = vec![("its hub".to_owned(), &edge.region)];
    parts.extend(members(context, &edge.members));
    let routers = edge.border_routers.iter();
    parts.extend(routers.map(|router| (format!("border router {}", router.name), &router.region)));
    parts
}

// All that is in another partition than the first part.
fn divided(
    capabilities: &Capabilities,
    subject: &str,
    parts: Vec<Part<'_>>,
    findings: &mut Vec<Finding>,
) {
    let mut placed = parts
        .into_iter()
        .filter_map(|(what, region)| Some((what, region, capabilities.partition_of(region)?)));
    let Some((first, there, home)) = placed.next() else {
        return;
    };
    for (what, region, partition) in placed.filter(|(_, _, partition)| *partition != home) {
        findings.push(Finding::error(
            "region/partition",
            subject,
            format!(
                "{first} is in {there} (partition {home}) and {what} in {region} (partition {partition}); {} does not \
                 join regions of different partitions",
                capabilities.cloud
            ),
            "declare one interconnect or edge for each partition",
        ));
    }
}

// An account, its keys and its roles belong to one partition.
fn accounts(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for account in &context.topology.accounts {
        let Some(capabilities) = context.observation.capabilities.get(&account.cloud) else {
            continue;
        };
        let mut partitions: BTreeMap<&str, &Region> = BTreeMap::new();
        let networks = context.topology.networks.iter();
        for network in networks.filter(|network| network.account == account.name) {
            if let Some(partition) = capabilities.partition_of(&network.region) {
                partitions.entry(partition).or_insert(&network.region);
            }
        }
        if partitions.len() > 1 {
            let regions: Vec<String> = partitions
                .iter()
                .map(|(partition, region)| format!("{region} (partition {partition})"))
                .collect();
            findings.push(Finding::error(
                "account/partition",
                format!("account {} ({})", account.name, account.id),
                format!(
                    "it has networks in {}; an account of {}, its keys and its roles belong to one partition",
                    regions.join(" and "),
                    capabilities.cloud
                ),
                "declare one account for each partition",
            ));
        }
    }
}
