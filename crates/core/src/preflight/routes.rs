//! Routes that others made where the plan writes or relies on routes: in every table of a network that gets routes, and in the
//! tables of hubs. The most specific route decides, so one to the same CIDR block or to a part of it takes packets away.
//! One to a wider CIDR block, such as a default route, takes none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ipnet::IpNet;

use super::network::overlap;
use super::{Context, Finding, Severity};
use crate::ids::{PeeringId, Region, RouteTableId};
use crate::object::{ObjectKey, Pair};
use crate::plan::{
    Reach, beyond, carries_ipv6, chosen_model, destinations, edge_ranges, ranges_of, reach_between,
    table_of, tables_of,
};
use crate::topology::{Interconnect, Network};
use crate::traits::{
    HubRouteRecord, Inventory, Model, NextHop, PeeringKind, PeeringRecord, Phase, RouteRecord,
};

/// How many routes one finding lists.
const LISTED: usize = 4;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        let mut goals = None;
        let whose = format!("network {}", network.name);
        for table in tables_of(network, context.found).chosen {
            let foreign: Vec<&RouteRecord> = foreign_routes(context, &table.id).collect();
            if foreign.is_empty() {
                continue;
            }
            let goals = goals.get_or_insert_with(|| wanted_goals(context, network));
            if !goals.is_empty() {
                findings.extend(not_understood(&whose, &table.id, &foreign));
            }
            let foreign = foreign.into_iter().flat_map(Foreign::of);
            // Who excludes a range knows that its packets go elsewhere.
            let foreign = foreign.filter(|route| !network.excludes(&route.range));
            let foreign = foreign.collect();
            tell(&whose, &table.id, goals, foreign, findings);
        }
    }
    for interconnect in &context.topology.interconnects {
        if chosen_model(context.topology, context.observation, interconnect) == Some(Model::Hub) {
            hub_tables(context, interconnect, findings);
        }
    }
}

// What the routes of a network lead to.
fn wanted_goals(context: &Context<'_>, network: &Network) -> Vec<Goal> {
    let mut goals = all_goals(context, network);
    goals.retain(|goal| !network.excludes(&goal.range));
    goals.extend(combined(context, network));
    goals
}

/// A CIDR block that packets shall reach.
pub(super) struct Goal {
    pub(super) range: IpNet,
    /// What it belongs to, in words.
    to: String,
    /// The subnets there, where they are known: behind private lines they are not.
    subnets: Option<Vec<IpNet>>,
    /// Whether the topology asks for whatever there is, and not for this CIDR block.
    is_beyond: bool,
    /// The peering or attachment that leads there.
    way: Option<PeeringId>,
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
                is_beyond: false,
                way: None,
            })
    }

    fn through(self, way: Option<PeeringId>) -> Self {
        Self { way, ..self }
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
    let there = at.into_iter();
    let there = there.flat_map(|at| context.observation.subnets_of(&at.record.id));
    let there = there.map(|subnet| subnet.range);
    let declared = network.subnets.iter().map(|subnet| subnet.range);
    there.chain(declared).collect()
}

/// How many routes of one IP version fewer a table of a network would have if all its interconnects combined them.
pub(super) fn aggregated_away(context: &Context<'_>, network: &Network, v4: bool) -> usize {
    let interconnects = context.interconnects_of(&network.name).iter();
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
    let interconnects = context.interconnects_of(&network.name).iter();
    let mut goals = Vec::new();
    for interconnect in interconnects.filter(|interconnect| interconnect.aggregate) {
        for others in neighbours(context, network, interconnect) {
            let subnets = others.0.iter();
            let subnets: Vec<IpNet> = subnets
                .flat_map(|other| subnets_of(context, other))
                .collect();
            let other = others.0.first();
            let way = other.and_then(|other| way_between(context, interconnect, network, other));
            let apart = others.destinations(context, network, false);
            let combined = others.destinations(context, network, true);
            goals.extend(combined.difference(&apart).filter_map(|part| match part {
                Reach::Range(range) => Some(Goal {
                    range: *range,
                    to: format!("interconnect {}", interconnect.name),
                    subnets: Some(subnets.clone()),
                    is_beyond: false,
                    way: way.clone(),
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
    let joined = context.interconnects_of(&network.name).iter();
    let members = joined
        .clone()
        .flat_map(|to| to.members.iter().map(move |member| (to, member)))
        .filter(|(_, member)| **member != network.name)
        .filter_map(|(to, member)| Some((to, topology.network(member)?)))
        .flat_map(|(to, member)| {
            let way = way_between(context, to, network, member);
            Goal::of_network(context, member).map(move |goal| goal.through(way.clone()))
        })
        .filter(|goal| goal.range.addr().is_ipv4() || carries_ipv6(network, context.found));
    let edges = context.edges_of(&network.name).iter();
    let behind = edges.flat_map(|edge| {
        edge_ranges(edge).map(|range| Goal {
            range: *range,
            to: format!("edge {}", edge.name),
            subnets: None,
            is_beyond: false,
            way: way(context, &ObjectKey::attachment(&edge.name, &network.name)),
        })
    });
    let at_hubs = joined
        .filter_map(|interconnect| Some((interconnect, interconnect.hub.as_ref()?)))
        .flat_map(|(interconnect, hub)| {
            let ranges = beyond(interconnect, network, context.observation, context.found);
            let goal = |range| Goal {
                range,
                to: format!("hub {}", hub.id),
                subnets: None,
                is_beyond: true,
                way: way(
                    context,
                    &ObjectKey::attachment(&interconnect.name, &network.name),
                ),
            };
            ranges.into_iter().map(goal)
        });
    members.chain(behind).chain(at_hubs).collect()
}

fn way(context: &Context<'_>, key: &ObjectKey) -> Option<PeeringId> {
    let at = context.found.peerings.get(key)?;
    Some(at.record.id.clone())
}

fn way_between(
    context: &Context<'_>,
    interconnect: &Interconnect,
    network: &Network,
    member: &Network,
) -> Option<PeeringId> {
    let to = &interconnect.name;
    let peering = ObjectKey::Peering(Pair::new(to, &network.name, &member.name));
    let attachment = ObjectKey::attachment(to, &network.name);
    way(context, &peering).or_else(|| way(context, &attachment))
}

/// A route that leads, or would lead, elsewhere than the topology wants.
struct Foreign {
    range: IpNet,
    /// Where to, in words.
    hop: String,
    /// The peering or attachment that it leads to.
    way: Option<PeeringId>,
}

impl Foreign {
    // Each CIDR block of a prefix list counts as a route of its own.
    fn of(route: &RouteRecord) -> impl Iterator<Item = Self> {
        let ranges = route.destination.ranges().unwrap_or_default().iter();
        ranges.map(|range| Self {
            range: *range,
            hop: route.next_hop.to_string(),
            way: match &route.next_hop {
                NextHop::Peering(id) => Some(id.clone()),
                _ => None,
            },
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
        route.next_hop != NextHop::Local
            && route.status.phase != Phase::Deleting
            && !context.all.leads_to_ours(route)
            && !leads_to_lost(context, route)
            && !context.all.is_left_behind(inventory, route)
    };
    let routes = context.observation.routes_in(table);
    let routes = routes.filter(move |(inventory, route)| foreign(inventory, route));
    routes.map(|(_, route)| route)
}

// What lost its tags is told as that; routes over it are the topology's.
fn leads_to_lost(context: &Context<'_>, route: &RouteRecord) -> bool {
    matches!(&route.next_hop, NextHop::Peering(over) if context.is_lost(over))
}

fn tell(
    whose: &str,
    table: &RouteTableId,
    goals: &[Goal],
    foreign: Vec<Foreign>,
    findings: &mut Vec<Finding>,
) {
    let mut parts: BTreeMap<(&str, Severity, bool), Vec<Foreign>> = BTreeMap::new();
    for route in foreign {
        let around = goals
            .iter()
            .filter(|goal| goal.range.contains(&route.range));
        let Some(goal) = around.max_by_key(|goal| goal.range.prefix_len()) else {
            continue;
        };
        let leads_there = route.way.is_some() && route.way == goal.way;
        if goal.range == route.range {
            findings.push(match leads_there {
                true => used(whose, table, &route),
                false => taken(whose, table, &route),
            });
            continue;
        }
        if leads_there {
            continue;
        }
        let is_used = goal.is_used(&route.range);
        let severity = match is_used && !goal.is_beyond {
            true => Severity::Error,
            false => Severity::Warning,
        };
        let part = (goal.to.as_str(), severity, is_used);
        parts.entry(part).or_default().push(route);
    }
    for ((to, severity, is_used), routes) in parts {
        findings.push(shadowed(whose, table, to, severity, is_used, &routes));
    }
}

fn used(whose: &str, table: &RouteTableId, route: &Foreign) -> Finding {
    Finding::note(
        "route/used",
        whose,
        format!(
            "route table {table} already has the route to {} through {}, made by others; it is used and never deleted",
            route.range, route.hop
        ),
    )
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
    is_used: bool,
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
    let no_subnet = match is_used {
        true => "",
        false => "; no subnet there has these addresses now",
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

// A route that was added to a hub's table comes before what the hub learns of the same CIDR block. To a hub of others it may
// also be learned from a network of others that has the same CIDR block.
fn hub_tables(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    let topology = context.topology;
    let members: Vec<&Network> = interconnect
        .members
        .iter()
        .filter_map(|member| topology.network(member))
        .collect();
    let whose = format!("interconnect {}", interconnect.name);
    let tables = members
        .iter()
        .filter_map(|near| Some((table_of(interconnect, near, context.found)?, &near.region)));
    let tables: BTreeSet<(&RouteTableId, &Region)> = tables.collect();
    for (table, region) in tables {
        for member in &members {
            let goals: Vec<Goal> = Goal::of_network(context, member).collect();
            let foreign = leading_elsewhere(context, interconnect, (table, region), member, &goals);
            tell(&whose, table, &goals, foreign, findings);
        }
    }
}

// The routes of a hub's table that are not the way to a member.
fn leading_elsewhere(
    context: &Context<'_>,
    interconnect: &Interconnect,
    (table, region): (&RouteTableId, &Region),
    member: &Network,
    goals: &[Goal],
) -> Vec<Foreign> {
    let (name, far) = (&interconnect.name, &member.region);
    let peerings = &context.found.peerings;
    let way = match far == region {
        true => peerings.get(&ObjectKey::attachment(name, &member.name)),
        false => peerings.get(&ObjectKey::Link(Pair::new(
            name,
            region.as_str(),
            far.as_str(),
        ))),
    };
    let way = way.map(|at| &at.record.id);
    // In a hub of others the way to another region may lead over a third one.
    let is_roundabout = |hop: &PeeringId| {
        let over = || context.observation.find::<PeeringRecord>(hop);
        way.is_none()
            && far != region
            && over().is_some_and(|over| over.kind == PeeringKind::HubToHub)
    };
    let concerns = |route: &HubRouteRecord| {
        let mut goals = goals.iter();
        goals.any(|goal| goal.range.contains(&route.destination))
    };
    let elsewhere = |route: &&HubRouteRecord| {
        let hop = route.next_hop.as_ref();
        let leads_there = hop.is_some_and(|hop| Some(hop) == way || is_roundabout(hop));
        let goes = hop.is_some_and(|hop| context.goes(hop) || context.is_lost(hop));
        route.status.is_ready() && !leads_there && !goes
    };
    let routes = context.observation.hub_routes_in(table);
    let routes = routes.filter(|route| concerns(route));
    let foreign = routes.filter(elsewhere).map(|route| Foreign {
        way: None,
        range: route.destination,
        hop: match &route.next_hop {
            Some(id) => id.to_string(),
            None => NextHop::BlackHole.to_string(),
        },
    });
    foreign.collect()
}
