//! Rules that can never match, rules open to the world, routes that would collide.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::{carries_ipv6, chosen_model, edge_ranges, ranges_of, source_ranges};
use crate::topology::{Firewall, Network, RuleSource};
use crate::traits::{Direction, GroupReferences, Model, NextHop};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for firewall in &context.topology.firewalls {
        open_to_the_world(firewall, findings);
        for network in firewall
            .networks
            .iter()
            .filter_map(|name| context.topology.network(name))
        {
            never_matching(context, firewall, network, findings);
            too_many_rules(context, firewall, network, findings);
        }
    }
    shared_pairs(context, findings);
    for network in &context.topology.networks {
        routes(context, network, findings);
    }
}

fn open_to_the_world(firewall: &Firewall, findings: &mut Vec<Finding>) {
    for rule in firewall
        .rules
        .iter()
        .filter(|rule| rule.direction == Direction::Ingress)
    {
        for source in &rule.from {
            if matches!(source, RuleSource::Range(range) if range.prefix_len() == 0) {
                findings.push(Finding::warning(
                    "rule/open",
                    format!("firewall {}", firewall.name),
                    format!(
                        "a rule allows {} from {source}, which is every address",
                        rule.allow
                    ),
                    "name only the sources that need it, such as `members:INTERCONNECT`",
                ));
            }
        }
    }
}

fn too_many_rules(
    context: &Context<'_>,
    firewall: &Firewall,
    network: &Network,
    findings: &mut Vec<Finding>,
) {
    let account = context.topology.account(&network.account);
    let capabilities =
        account.and_then(|account| context.observation.capabilities.get(&account.cloud));
    let Some(limit) = capabilities.and_then(|capabilities| capabilities.rules_per_group) else {
        return;
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules = firewall
            .rules
            .iter()
            .filter(|rule| rule.direction == direction);
        let count: usize = rules
            .flat_map(|rule| &rule.from)
            .map(|source| match source {
                RuleSource::Group { .. } => 1,
                source => {
                    source_ranges(context.topology, context.found, source, &network.name).len()
                }
            })
            .sum();
        if count > limit {
            findings.push(Finding::error(
                "quota/rules",
                format!("firewall {} in network {}", firewall.name, network.name),
                format!("its group needs {count} rules in one direction; the cloud allows {limit}"),
                "combine CIDR blocks, split the firewall, or ask the cloud for a higher quota",
            ));
        }
    }
}

// A source that is a network of the topology must be joined to the group's network.
fn never_matching(
    context: &Context<'_>,
    firewall: &Firewall,
    network: &Network,
    findings: &mut Vec<Finding>,
) {
    let sources = firewall.rules.iter().flat_map(|rule| &rule.from);
    for source in sources {
        let reason = match source {
            RuleSource::Network(name)
                if *name != network.name && !joined(context, name, &network.name) =>
            {
                Some(format!(
                    "no interconnect joins network {name} to network {}",
                    network.name
                ))
            }
            RuleSource::Group { network: other, .. } => {
                if let Some(finding) = group_reference(context, firewall, network, other) {
                    findings.push(finding);
                }
                continue;
            }
            RuleSource::Members(name) => {
                let interconnect = context.topology.interconnect(name);
                let member = interconnect.is_some_and(|i| i.members.contains(&network.name));
                (!member).then(|| {
                    format!(
                        "network {} is not a member of interconnect {name}",
                        network.name
                    )
                })
            }
            _ => None,
        };
        if let Some(reason) = reason {
            findings.push(Finding::error(
                "rule/never-matches",
                format!("firewall {} in network {}", firewall.name, network.name),
                format!("a rule from {source} never matches: {reason}"),
                "add both networks to one interconnect, or remove the rule",
            ));
        } else if source_ranges(context.topology, context.found, source, &network.name).is_empty() {
            findings.push(Finding::warning(
                "rule/empty",
                format!("firewall {} in network {}", firewall.name, network.name),
                format!("source {source} contains no CIDR block, so its rule allows nothing"),
                "remove the source from the rule",
            ));
        }
    }
}

// Clouds know a group of another network only under certain conditions; a range works everywhere.
fn group_reference(
    context: &Context<'_>,
    firewall: &Firewall,
    network: &Network,
    other: &str,
) -> Option<Finding> {
    let other = context.topology.network(other)?;
    if other.name == network.name {
        return None;
    }
    let cloud = &context.topology.account(&network.account)?.cloud;
    let references = context
        .observation
        .capabilities
        .get(cloud)?
        .group_references;
    let peered = context.topology.interconnects.iter().any(|interconnect| {
        let has = |name: &String| interconnect.members.contains(name);
        has(&network.name)
            && has(&other.name)
            && chosen_model(context.topology, context.observation, interconnect)
                == Some(Model::Mesh)
    });
    let reason = match references {
        _ if !peered => "no mesh interconnect joins the two networks".to_owned(),
        GroupReferences::SameNetwork => format!("{cloud} matches only groups of the same network"),
        GroupReferences::PeeredInRegion if network.region != other.region => {
            format!(
                "network {} is in {}, and network {} in {}",
                other.name, other.region, network.name, network.region
            )
        }
        GroupReferences::PeeredInRegion => return None,
    };
    Some(Finding::error(
        "rule/group-reference",
        format!("firewall {} in network {}", firewall.name, network.name),
        format!(
            "a rule cannot name a group of network {}: {reason}",
            other.name
        ),
        format!("name the network instead: `network:{}`", other.name),
    ))
}

fn joined(context: &Context<'_>, left: &str, right: &str) -> bool {
    context.topology.interconnects.iter().any(|interconnect| {
        let has = |name: &str| interconnect.members.iter().any(|member| member == name);
        has(left) && has(right)
    })
}

// Two interconnects that join the same pair would fight over one route.
fn shared_pairs(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut pairs: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for interconnect in &context.topology.interconnects {
        let mut members: Vec<&str> = interconnect.members.iter().map(String::as_str).collect();
        members.sort_unstable();
        for (index, left) in members.iter().enumerate() {
            for right in &members[index + 1..] {
                if let Some(other) = pairs.insert((left, right), &interconnect.name) {
                    findings.push(Finding::error(
                        "route/ambiguous",
                        format!("interconnect {}", interconnect.name),
                        format!("interconnect {other} already joins networks {left} and {right}"),
                        "remove one of the two networks from one of the two interconnects",
                    ));
                }
            }
        }
    }
}

// A route that leads elsewhere than the topology wants has another owner; it is never replaced silently.
fn routes(context: &Context<'_>, network: &Network, findings: &mut Vec<Finding>) {
    let destinations = destinations(context, network);
    for range in &destinations {
        let key = ObjectKey::Route {
            network: network.name.clone(),
            table: None,
            destination: *range,
        };
        let Some(route) = context.found.routes.get(&key) else {
            continue;
        };
        let leads_somewhere = !matches!(route.record.next_hop, NextHop::BlackHole | NextHop::Local);
        if leads_somewhere && !route.ours && !route.dead {
            findings.push(Finding::error(
                "route/taken",
                format!("network {}", network.name),
                format!(
                    "route table {} already has a route to {range} through {}, which does not belong to this topology",
                    route.record.table, route.record.next_hop
                ),
                "delete the route if nothing uses it",
            ));
        }
    }
    let account = context.topology.account(&network.account);
    let capabilities =
        account.and_then(|account| context.observation.capabilities.get(&account.cloud));
    let needed = destinations.len();
    if let Some(limit) = capabilities
        .and_then(|c| c.routes_per_table)
        .filter(|limit| needed > *limit)
    {
        findings.push(Finding::error(
            "quota/routes",
            format!("network {}", network.name),
            format!("it needs {needed} routes in each route table; the cloud allows {limit}"),
            "combine the CIDR blocks that it reaches, or ask the cloud for a higher quota",
        ));
    }
}

// Where a network needs routes to: other members of its interconnects, and what is behind its edges' lines.
fn destinations(context: &Context<'_>, network: &Network) -> BTreeSet<IpNet> {
    let topology = context.topology;
    let interconnects = topology
        .interconnects
        .iter()
        .filter(|interconnect| interconnect.members.contains(&network.name));
    let peers = interconnects
        .flat_map(|interconnect| &interconnect.members)
        .filter(|member| **member != network.name)
        .filter_map(|member| topology.network(member))
        .flat_map(|member| ranges_of(member, context.found))
        .filter(|range| range.addr().is_ipv4() || carries_ipv6(network, context.found));
    let edges = topology
        .wanted_edges()
        .filter(|edge| edge.members.contains(&network.name));
    peers.chain(edges.flat_map(edge_ranges).copied()).collect()
}
