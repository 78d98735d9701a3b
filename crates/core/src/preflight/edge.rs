//! Edges that cannot be built, or over which packets would not find their way.

use ipnet::IpNet;

use super::network::overlap;
use super::{Context, Finding};
use crate::object::{Attached, ObjectKey};
use crate::plan::{advertised, capabilities_of_edge, edge_ranges, ranges_of};
use crate::topology::{BorderRouter, Edge, Network};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let edges: Vec<&Edge> = context.topology.wanted_edges().collect();
    for (index, edge) in edges.iter().enumerate() {
        let capabilities = capabilities_of_edge(context.topology, context.observation, edge);
        if let Some(capabilities) = capabilities.filter(|capabilities| !capabilities.edge_hubs) {
            findings.push(Finding::error(
                "edge/unsupported",
                subject(edge),
                format!(
                    "Landbridge cannot join networks to private lines on {}",
                    capabilities.cloud
                ),
                "remove the edge from the topology",
            ));
            continue;
        }
        overlaps(context, edge, findings);
        twins(context, edge, findings);
        for other in &edges[..index] {
            ambiguous(edge, other, findings);
        }
        for router in &edge.border_routers {
            approval(context, edge, router, findings);
        }
        drift(context, edge, findings);
        left_behind(context, edge, findings);
    }
}

fn subject(edge: &Edge) -> String {
    format!("edge {}", edge.name)
}

fn members<'a>(context: &Context<'a>, edge: &'a Edge) -> impl Iterator<Item = &'a Network> {
    let topology = context.topology;
    edge.members
        .iter()
        .filter_map(move |name| topology.network(name))
}

// What is behind a line must be neither in a member nor in a network that a member reaches otherwise.
fn overlaps(context: &Context<'_>, edge: &Edge, findings: &mut Vec<Finding>) {
    let reached = context.topology.networks.iter().filter(|network| {
        edge.members.contains(&network.name)
            || context.topology.interconnects.iter().any(|i| {
                i.members.contains(&network.name)
                    && edge.members.iter().any(|member| i.members.contains(member))
            })
    });
    for network in reached {
        for range in ranges_of(network, context.found) {
            let routers = edge.border_routers.iter();
            let behind = routers.flat_map(|router| router.ranges.iter().map(move |r| (router, r)));
            for (router, other) in behind.filter(|(_, other)| overlap(other, &range)) {
                findings.push(Finding::error(
                    "range/overlap",
                    subject(edge),
                    format!(
                        "CIDR block {other} behind border router {} overlaps {range} of network {}",
                        router.name, network.name
                    ),
                    "remove the overlapping CIDR block from the border router's `ranges`, or renumber the network",
                ));
            }
        }
    }
}

// Lines cannot send answers to two members at once.
fn twins(context: &Context<'_>, edge: &Edge, findings: &mut Vec<Finding>) {
    let members: Vec<(&str, Vec<IpNet>)> = members(context, edge)
        .map(|network| {
            let ranges = advertised(edge, network, context.found);
            (network.name.as_str(), ranges)
        })
        .collect();
    for (index, (left, left_ranges)) in members.iter().enumerate() {
        for (right, right_ranges) in &members[index + 1..] {
            for a in left_ranges {
                for b in right_ranges.iter().filter(|b| overlap(a, b)) {
                    findings.push(Finding::error(
                        "range/overlap",
                        subject(edge),
                        format!(
                            "the lines would learn {a} of network {left} and the overlapping {b} of network {right}"
                        ),
                        "renumber one of the networks, or `advertise` only CIDR blocks that do not overlap",
                    ));
                }
            }
        }
    }
}

// Two ways to one destination: which one is taken would depend on the length of prefixes, or on who came first.
fn ambiguous(edge: &Edge, other: &Edge, findings: &mut Vec<Finding>) {
    let shared = edge.members.iter().filter(|m| other.members.contains(m));
    for member in shared {
        for range in edge_ranges(edge) {
            for twin in edge_ranges(other).filter(|twin| overlap(twin, range)) {
                findings.push(Finding::error(
                    "route/ambiguous",
                    format!("network {member}"),
                    format!(
                        "CIDR block {range} behind edge {} overlaps {twin} behind edge {}, so it would have two \
                         routes there",
                        edge.name, other.name
                    ),
                    "declare each CIDR block behind a line in one edge, or make the network a member of one of the two \
                     edges",
                ));
            }
        }
    }
}

fn approval(
    context: &Context<'_>,
    edge: &Edge,
    router: &BorderRouter,
    findings: &mut Vec<Finding>,
) {
    let topology = context.topology;
    let of = Attached::border_router(&edge.name, &router.id);
    let granted = context.found.grants.contains_key(&ObjectKey::Grant(of));
    let accounts = (
        topology.account(&edge.owner),
        topology.account(&router.account),
    );
    if let (false, false, (Some(owner), Some(giver))) =
        (router.account == edge.owner, granted, accounts)
    {
        findings.push(Finding::warning(
            "edge/approval",
            format!("border router {}/{}", edge.name, router.name),
            format!(
                "{} belongs to account {} and the edge to account {}; the cloud shares border routers between accounts \
                 only after approval, and no API tells whether it was given",
                router.id, giver.id, owner.id
            ),
            format!(
                "unless it was given, ask the account manager of {} for approval: send the border router {} in {}, the \
                 account {} that attaches it, and the proof that both accounts belong to one legal entity",
                giver.id, router.id, router.region, owner.id
            ),
        ));
    }
}

// A grant that its giver's inventory did not show: of a border router that is no longer declared, after a run that was
// stopped between detaching it and taking the grant back. Its region is not known any more.
fn left_behind(context: &Context<'_>, edge: &Edge, findings: &mut Vec<Finding>) {
    let Some(hub) = context.found.hubs.get(&ObjectKey::edge_hub(&edge.name)) else {
        return;
    };
    let received = context
        .observation
        .at(&hub.place)
        .into_iter()
        .flat_map(|inventory| &inventory.grants)
        .filter(|grant| grant.hub == hub.record.id);
    for grant in received {
        let account = grant.member_account.as_ref();
        let Some(account) = account.filter(|account| **account != hub.place.account) else {
            continue;
        };
        let seen = context.found.grants.values().any(|at| {
            let (known, _) = &at.record;
            known.hub == grant.hub && known.member == grant.member
        });
        if !seen {
            findings.push(Finding::warning(
                "grant/left",
                subject(edge),
                format!(
                    "account {account} still grants {0} to {1}, and {0} is not part of the topology",
                    grant.member, grant.hub
                ),
                format!(
                    "as account {account}, revoke the grant of {} to {} with `landbridge grant revoke`",
                    grant.member, grant.hub
                ),
            ));
        }
    }
}

fn drift(context: &Context<'_>, edge: &Edge, findings: &mut Vec<Finding>) {
    let hub = context.found.hubs.get(&ObjectKey::edge_hub(&edge.name));
    for network in members(context, edge) {
        let key = ObjectKey::attachment(&edge.name, &network.name);
        let Some(at) = context.found.peerings.get(&key) else {
            continue;
        };
        let record = &at.record;
        // One that joins something else is told as what must be made anew.
        let member = context
            .found
            .networks
            .get(&ObjectKey::network(&network.name));
        if member.is_some_and(|member| member.record.id.as_str() != record.requester.id())
            || hub.is_some_and(|hub| hub.record.id.as_str() != record.accepter.id())
        {
            continue;
        }
        prefixes(context, edge, network, &record.prefixes, findings);
    }
}

// No verb changes what lines learn of an attachment that is there.
fn prefixes(
    context: &Context<'_>,
    edge: &Edge,
    network: &Network,
    actual: &[IpNet],
    findings: &mut Vec<Finding>,
) {
    let mut all = ranges_of(network, context.found);
    all.retain(|range| range.addr().is_ipv4());
    let actual = if actual.is_empty() { &all } else { actual };
    let wanted = advertised(edge, network, context.found);
    let missing: Vec<&IpNet> = wanted.iter().filter(|w| !actual.contains(w)).collect();
    let extra: Vec<&IpNet> = actual.iter().filter(|a| !wanted.contains(a)).collect();
    if missing.is_empty() && extra.is_empty() {
        return;
    }
    let mut differences = Vec::new();
    if !missing.is_empty() {
        differences.push(format!("do not learn its CIDR blocks {}", list(&missing)));
    }
    if !extra.is_empty() {
        differences.push(format!(
            "learn {}, which the topology does not advertise",
            list(&extra)
        ));
    }
    findings.push(Finding::warning(
        "drift/advertised",
        format!("network {}", network.name),
        format!(
            "the lines of edge {} {}",
            edge.name,
            differences.join(", and ")
        ),
        "remove the network from the edge, apply, add it back and apply again; in between, packets to it are lost",
    ));
}

fn list(ranges: &[&IpNet]) -> String {
    let texts: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
