//! Rules that can never match, rules open to the world, two interconnects between the same networks.

use std::collections::BTreeMap;

use super::{Context, Finding};
use crate::plan::{chosen_model, source_ranges};
use crate::topology::{Firewall, Network, RuleSource};
use crate::traits::{Direction, GroupReferences, Model};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for firewall in &context.topology.firewalls {
        open_to_the_world(firewall, findings);
        for network in firewall
            .networks
            .iter()
            .filter_map(|name| context.topology.network(name))
        {
            never_matching(context, firewall, network, findings);
        }
    }
    shared_pairs(context, findings);
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
                if *name != network.name && !context.joined(name, &network.name) =>
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
    let mut joined = context.interconnects_of(&network.name).iter();
    let peered = joined.any(|interconnect| {
        interconnect.members.contains(&other.name)
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

// Two interconnects that join the same pair would fight over one route.
fn shared_pairs(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut pairs: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for interconnect in &context.topology.interconnects {
        // Others are in this interconnect alone.
        let members = interconnect.members.iter().map(String::as_str);
        let members = members.filter(|member| context.interconnects_of(member).len() > 1);
        let mut members: Vec<&str> = members.collect();
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
