//! Routes that others made where the plan writes or relies on routes: in every table of a network that gets routes, and in the
//! tables of hubs. The most specific route decides, so one to the same CIDR block or to a part of it takes packets away.
//! One to a wider CIDR block, such as a default route, takes none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ipnet::IpNet;

use super::network::overlap;
use super::{Context, Finding, Severity};
use crate::ids::RouteTableId;
use crate::object::{ObjectKey, Pair};
use crate::plan::{
    Reach, carries_ipv6, chosen_model, destinations, edge_ranges, ranges_of, reach_between,
    tables_of,
};
use crate::topology::{Interconnect, Network};
use crate::traits::{HubRouteRecord, Inventory, Model, NextHop, Phase, RouteRecord};

/// How many routes one finding lists.
const LISTED: usize = 4;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        let mut goals = all_goals(context, network);
        goals.retain(|goal| !network.excludes(&goal.range));
        goals.extend(combined(context, network));
        let whose = format!("network {}", network.name);
        for table in tables_of(network, context.found).chosen {
            let foreign: Vec<&RouteRecord> = foreign_routes(context, &table.id).collect();
            if !goals.is_empty() {
                findings.extend(not_understood(&whose, &table.id, &foreign));
            }
            let foreign = foreign.into_iter().flat_map(Foreign::of);
            // Who excludes a range knows that its packets go elsewhere.
            let foreign = foreign.filter(|route| !network.excludes(&route.range));
            let foreign = foreign.collect();
            tell(&whose, &table.id, &goals, foreign, findings);
        }
    }
    for interconnect in &context.topology.interconnects {
        if chosen_model(context.topology, context.observation, interconnect) == Some(Model::Hub) {
            hub_tables(context, interconnect, findings);
        }
    }
}

/// A CIDR block that packets shall reach.
pub(super) struct Goal {
    pub(super) range: IpNet,
    /// What it belongs to, in words.
    to: String,
    /// The subnets there, where they are known: behind private lines they are not.
    subnets: Option<Vec<IpNet>>,
}

impl Goal {
    fn of_network<'a>(
        context: &'a Context<'_>,
        network: &'a Network,
    ) -> impl Iterator<Item = Self> + 'a {
        ranges_of(network, context.found)
            .into_iter()
            .map(move |range| Self {
                range,
                to: format!("network {}", network.name),
                subnets: Some(subnets_of(context, network)),
            })
    }

    /// Whether packets to these addresses have somebody who waits for them, as far as is known.
    fn is_used(&self, part: &IpNet) -> bool {
        let subnets = self.subnets.as_ref();
        subnets.is_none_or(|subnets| subnets.iter().any(|subnet| overlap(subnet, part)))
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.range, self.to)
    }
}

fn subnets_of(context: &Context<'_>, network: &Network) -> Vec<IpNet> {
    let at = context
        .found
        .networks
        .get(&ObjectKey::network(&network.name));
    let inventories = context.observation.inventories.iter();
    let there = inventories
        .flat_map(|inventory| &inventory.subnets)
        .filter(|subnet| at.is_some_and(|at| at.record.id == subnet.network))
        .map(|subnet| subnet.range);
    let declared = network.subnets.iter().map(|subnet| subnet.range);
    there.chain(declared).collect()
}

/// How many routes of one IP version fewer a table of a network would have if all its interconnects combined them.
pub(super) fn aggregated_away(context: &Context<'_>, network: &Network, v4: bool) -> usize {
    let interconnects = context.topology.interconnects.iter();
    let apart = interconnects.filter(|interconnect| !interconnect.aggregate);
    let neighbours = apart.flat_map(|interconnect| neighbours(context, network, interconnect));
    let fewer = neighbours.map(|others| {
        let count = |aggregate| {
            let destinations = others.destinations(context, network, aggregate);
            let of_family = |part: &&Reach| part.is_ipv6() != v4;
            destinations.iter().filter(of_family).count()
        };
        count(false) - count(true)
    });
    fewer.sum()
}

/// Members of an interconnect that a network reaches by the same peering or attachment.
struct Neighbours<'a>(Vec<&'a Network>);

impl Neighbours<'_> {
    fn destinations(
        &self,
        context: &Context<'_>,
        network: &Network,
        aggregate: bool,
    ) -> BTreeSet<Reach> {
        let others = self.0.iter();
        let reach = others.flat_map(|other| reach_between(network, other, context.found));
        destinations(network, reach, aggregate)
    }
}

fn neighbours<'a>(
    context: &Context<'a>,
    network: &Network,
    interconnect: &Interconnect,
) -> Vec<Neighbours<'a>> {
    let topology = context.topology;
    if !interconnect.members.contains(&network.name) {
        return Vec::new();
    }
    let others = interconnect.members.iter();
    let others = others.filter(|member| **member != network.name);
    let others = others.filter_map(|member| topology.network(member));
    match chosen_model(topology, context.observation, interconnect) {
        Some(Model::Mesh) => others.map(|other| Neighbours(vec![other])).collect(),
        _ => vec![Neighbours(others.collect())],
    }
}

// The CIDR blocks that combined routes lead to, beside those that they are made of.
fn combined(context: &Context<'_>, network: &Network) -> Vec<Goal> {
    let interconnects = context.topology.interconnects.iter();
    let mut goals = Vec::new();
    for interconnect in interconnects.filter(|interconnect| interconnect.aggregate) {
        for others in neighbours(context, network, interconnect) {
            let subnets = others.0.iter();
            let subnets: Vec<IpNet> = subnets
                .flat_map(|other| subnets_of(context, other))
                .collect();
            let apart = others.destinations(context, network, false);
            let combined = others.destinations(context, network, true);
            goals.extend(combined.difference(&apart).filter_map(|part| match part {
                Reach::Range(range) => Some(Goal {
                    range: *range,
                    to: format!("interconnect {}", interconnect.name),
                    subnets: Some(subnets.clone()),
                }),
                Reach::Ipv6Of(_) => None,
            }));
        }
    }
    goals
}

// Where a network would have routes to: other members of its interconnects, and what is behind its edges' lines.
pub(super) fn all_goals(context: &Context<'_>, network: &Network) -> Vec<Goal> {
    let topology = context.topology;
    let interconnects = topology.interconnects.iter();
    let members = interconnects
        .filter(|interconnect| interconnect.members.contains(&network.name))
        .flat_map(|interconnect| &interconnect.members)
        .filter(|member| **member != network.name)
        .filter_map(|member| topology.network(member))
        .flat_map(|member| Goal::of_network(context, member))
        .filter(|goal| goal.range.addr().is_ipv4() || carries_ipv6(network, context.found));
    let edges = topology
        .wanted_edges()
        .filter(|edge| edge.members.contains(&network.name));
    let behind = edges.flat_map(|edge| {
        edge_ranges(edge).map(|range| Goal {
            range: *range,
            to: format!("edge {}", edge.name),
            subnets: None,
        })
    });
    members.chain(behind).collect()
}

/// A route that leads, or would lead, elsewhere than the topology wants.
struct Foreign {
    range: IpNet,
    /// Where to, in words.
    hop: String,
}

impl Foreign {
    // Each CIDR block of a prefix list counts as a route of its own.
    fn of(route: &RouteRecord) -> impl Iterator<Item = Self> {
        let ranges = route.destination.ranges().unwrap_or_default().iter();
        ranges.map(|range| Self {
            range: *range,
            hop: route.next_hop.to_string(),
        })
    }
}

// Routes of which nobody can tell whether they take packets away.
fn not_understood(whose: &str, table: &RouteTableId, foreign: &[&RouteRecord]) -> Option<Finding> {
    let unknown: Vec<String> = foreign
        .iter()
        .filter(|route| route.destination.ranges().is_none())
        .map(|route| format!("{} through {}", route.destination, route.next_hop))
        .collect();
    (!unknown.is_empty()).then(|| {
        Finding::warning(
            "route/not-understood",
            whose,
            format!(
                "route table {table} has routes whose destinations are not known, so they may take packets away: {}",
                unknown.join(", ")
            ),
            "allow the credentials to read prefix lists, or look at these routes yourself",
        )
    })
}

// Not those of the topology, which the plan keeps or deletes, and not those of the network itself.
fn foreign_routes<'a>(
    context: &'a Context<'_>,
    table: &'a RouteTableId,
) -> impl Iterator<Item = &'a RouteRecord> {
    let foreign = move |inventory: &Inventory, route: &RouteRecord| {
        route.table == *table
            && route.next_hop != NextHop::Local
            && route.status.phase != Phase::Deleting
            && !context.found.leads_to_ours(route)
            && !context.found.is_left_behind(inventory, route)
    };
    let inventories = context.observation.inventories.iter();
    inventories.flat_map(move |inventory| {
        let routes = inventory.routes.iter();
        routes.filter(move |route| foreign(inventory, route))
    })
}

fn tell(
    whose: &str,
    table: &RouteTableId,
    goals: &[Goal],
    foreign: Vec<Foreign>,
    findings: &mut Vec<Finding>,
) {
    let mut parts: BTreeMap<(&str, Severity), Vec<Foreign>> = BTreeMap::new();
    for route in foreign {
        let around = goals
            .iter()
            .filter(|goal| goal.range.contains(&route.range));
        let Some(goal) = around.max_by_key(|goal| goal.range.prefix_len()) else {
            continue;
        };
        if goal.range == route.range {
            findings.push(taken(whose, table, &route));
            continue;
        }
        let severity = match goal.is_used(&route.range) {
            true => Severity::Error,
            false => Severity::Warning,
        };
        parts.entry((&goal.to, severity)).or_default().push(route);
    }
    for ((to, severity), routes) in parts {
        findings.push(shadowed(whose, table, to, severity, &routes));
    }
}

fn taken(whose: &str, table: &RouteTableId, route: &Foreign) -> Finding {
    Finding::error(
        "route/taken",
        whose,
        format!(
            "route table {table} already has a route to {} through {}, which does not belong to this topology",
            route.range, route.hop
        ),
        "delete the route if nothing uses it",
    )
}

fn shadowed(
    whose: &str,
    table: &RouteTableId,
    to: &str,
    severity: Severity,
    routes: &[Foreign],
) -> Finding {
    let mut listed: Vec<String> = routes
        .iter()
        .take(LISTED)
        .map(|route| format!("{} ({})", route.range, route.hop))
        .collect();
    if let Some(more) = routes.len().checked_sub(LISTED).filter(|more| *more > 0) {
        listed.push(format!("{more} more"));
    }
    let no_subnet = match severity {
        Severity::Error => "",
        Severity::Warning | Severity::Note => "; no subnet there has these addresses now",
    };
    let finding = Finding::error(
        "route/shadowed",
        whose,
        format!(
            "route table {table} has narrower routes of others, so these packets do not reach {to}: {}{no_subnet}",
            listed.join(", ")
        ),
        "delete these routes if nothing uses them, or give the network that they lead into another CIDR block",
    );
    Finding {
        severity,
        ..finding
    }
}

// A route that was added to a hub's table comes before what the hub learns of the same CIDR block.
fn hub_tables(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    let topology = context.topology;
    let members: Vec<&Network> = interconnect
        .members
        .iter()
        .filter_map(|member| topology.network(member))
        .collect();
    let whose = format!("interconnect {}", interconnect.name);
    for (key, at) in context.found.hubs.iter() {
        let ObjectKey::RegionalHub {
            interconnect: of,
            region,
        } = key
        else {
            continue;
        };
        let Some(table) = at
            .record
            .table
            .as_ref()
            .filter(|_| *of == interconnect.name)
        else {
            continue;
        };
        for member in &members {
            let way = match member.region == *region {
                true => ObjectKey::attachment(of, &member.name),
                false => ObjectKey::Link(Pair::new(of, region.as_str(), member.region.as_str())),
            };
            let way = context.found.peerings.get(&way).map(|at| &at.record.id);
            let elsewhere = |route: &&HubRouteRecord| {
                let leads_there = way.is_some() && route.next_hop.as_ref() == way;
                route.table == *table && route.status.is_ready() && !leads_there
            };
            let inventories = context.observation.inventories.iter();
            let routes = inventories.flat_map(|inventory| &inventory.hub_routes);
            let foreign = routes.filter(elsewhere).map(|route| Foreign {
                range: route.destination,
                hop: match &route.next_hop {
                    Some(id) => id.to_string(),
                    None => NextHop::BlackHole.to_string(),
                },
            });
            let goals: Vec<Goal> = Goal::of_network(context, member).collect();
            tell(&whose, table, &goals, foreign.collect(), findings);
        }
    }
}
