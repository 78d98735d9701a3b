//! Route calls, and which route of a table decides. Routes outlive what they lead to, as black holes.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::find::TABLE;
use super::prefix_lists::{ranges_of_list, usable};
use super::route::{Destination, Route};
use super::{RouteTable, State, targets};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::xml::Xml;

/// All routes of a table, the local ones first.
pub(super) fn effective(state: &State, table: &RouteTable) -> Vec<Route> {
    let vpc = state.vpcs.get(&table.vpc);
    let local = vpc.into_iter().flat_map(|vpc| vpc.all_ranges());
    let local = local.map(Route::local);
    local.chain(table.routes.iter().cloned()).collect()
}

/// The route that decides about an address: the most specific one, whether or not it leads anywhere. Each entry of a
/// prefix list counts with its own length.
pub(crate) fn deciding(
    state: &State,
    table: &RouteTable,
    address: IpAddr,
    now: Duration,
) -> Option<Route> {
    let routes = effective(state, table).into_iter();
    let covering =
        routes.filter_map(|route| Some((covering(state, table, &route, address, now)?, route)));
    covering
        .min_by_key(|(length, route)| (Reverse(*length), route.rank()))
        .map(|(_, route)| route)
}

/// The length of the longest range of a route's destination that has an address; `None` if none has.
pub(crate) fn covering(
    state: &State,
    table: &RouteTable,
    route: &Route,
    address: IpAddr,
    now: Duration,
) -> Option<u8> {
    let ranges = match &route.destination {
        Destination::Range(range) => vec![*range],
        Destination::PrefixList(id) => ranges_of_list(state, &table.base.region, id, now),
    };
    let covering = ranges.into_iter().filter(|range| range.contains(&address));
    covering.map(|range| range.prefix_len()).max()
}

pub(super) fn state(ctx: &Context<'_>, route: &Route) -> &'static str {
    if route.target.works(&ctx.state.ec2, ctx.now) {
        "active"
    } else {
        "blackhole"
    }
}

/// Routes have no id of their own.
pub(super) fn ledger_id(table: &str, destination: &Destination) -> String {
    format!("{table}:{destination}")
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    let destination = destination(ctx)?;
    let target = targets::wanted(ctx, &table, &destination)?;
    let routes = effective(&ctx.state.ec2, &table);
    if routes
        .iter()
        .any(|route| route.destination == destination && !route.is_propagated)
    {
        let message = format!("The route identified by {destination} already exists.");
        return Err(Failure::bad("RouteAlreadyExists", message));
    }
    check_local(&routes, &destination)?;
    check_room(ctx, &table, &destination)?;
    ctx.born("route", &ledger_id(&table.base.id, &destination));
    if let Some(table) = ctx.state.ec2.tables.get_mut(&table.base.id) {
        table.routes.push(Route {
            destination,
            target,
            is_propagated: false,
        });
    }
    Ok(Xml::done())
}

/// Families count apart, and a prefix list as many times as it has room for entries.
fn check_room(ctx: &Context<'_>, table: &RouteTable, new: &Destination) -> Outcome<()> {
    let weight = |destination: &Destination| match destination {
        Destination::Range(range) => Some((range.addr().is_ipv6(), 1)),
        Destination::PrefixList(id) => {
            let list = usable(ctx, id).ok()?;
            Some((list.is_v6, list.weight()))
        }
    };
    let Some((is_v6, added)) = weight(new) else {
        return Ok(());
    };
    let own = table.routes.iter().filter(|route| !route.is_propagated);
    let weights = own.filter_map(|route| weight(&route.destination));
    let used: usize = weights
        .filter(|(other, _)| *other == is_v6)
        .map(|(_, weight)| weight)
        .sum();
    let before_last = (used + added).saturating_sub(1);
    ctx.within("routes_per_table", before_last, "RouteLimitExceeded")
}

/// Nothing else may be given a part of the VPC's own range.
fn check_local(routes: &[Route], destination: &Destination) -> Outcome<()> {
    let Some(range) = destination.range() else {
        return Ok(());
    };
    let local = routes.iter().filter(|route| route.is_local());
    let mut local = local.filter_map(|route| route.destination.range());
    match local.find(|own| own.contains(&range)) {
        None => Ok(()),
        Some(own) => Err(Failure::bad(
            "InvalidParameterValue",
            format!(
                "The destination CIDR block {range} is equal to or more specific than one of this VPC's CIDR \
                 blocks ({own}). This route can target only an interface or an instance."
            ),
        )),
    }
}

pub(super) fn replace(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    let destination = destination(ctx)?;
    let target = targets::wanted(ctx, &table, &destination)?;
    let stored = ctx.state.ec2.tables.get_mut(&table.base.id);
    let found = stored.and_then(|table| {
        let mut own = table.routes.iter_mut().filter(|route| !route.is_propagated);
        own.find(|route| route.destination == destination)
    });
    let Some(route) = found else {
        let message = format!(
            "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    };
    route.target = target;
    Ok(Xml::done())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    let destination = destination(ctx)?;
    let routes = effective(&ctx.state.ec2, &table);
    let mut own = routes.iter().filter(|route| !route.is_propagated);
    match own.find(|route| route.destination == destination) {
        None => {
            let message = format!(
                "no route with {} {destination} in route table {}",
                dashed(destination.element()),
                table.base.id
            );
            Err(Failure::bad("InvalidRoute.NotFound", message))
        }
        Some(route) if route.is_local() => Err(Failure::bad(
            "InvalidParameterValue",
            format!(
                "cannot remove local route {destination} in route table {}",
                table.base.id
            ),
        )),
        Some(route) if ctx.state.ec2.endpoints.get(route.target.id()).is_some() => {
            let table = &table.base.id;
            let message =
                format!("cannot remove VPC endpoint route {destination} in route table {table}");
            Err(Failure::bad("InvalidParameterValue", message))
        }
        Some(_) => {
            if let Some(table) = ctx.state.ec2.tables.get_mut(&table.base.id) {
                let is_meant =
                    |route: &Route| route.destination == destination && !route.is_propagated;
                table.routes.retain(|route| !is_meant(route));
            }
            ctx.gone(&ledger_id(&table.base.id, &destination));
            Ok(Xml::done())
        }
    }
}

/// `destination-cidr-block` for `destinationCidrBlock`.
fn dashed(element: &str) -> String {
    let letters = element.chars().map(|letter| match letter {
        'A'..='Z' => format!("-{}", letter.to_ascii_lowercase()),
        other => other.to_string(),
    });
    letters.collect()
}

/// Exactly one destination; host bits are cut off.
fn destination(ctx: &Context<'_>) -> Outcome<Destination> {
    let names = [
        "DestinationCidrBlock",
        "DestinationIpv6CidrBlock",
        "DestinationPrefixListId",
    ];
    let mut sent = names
        .iter()
        .filter_map(|name| Some((*name, ctx.parameters.get(name)?)));
    let (name, text) = match (sent.next(), sent.next()) {
        (Some(one), None) => one,
        (None, _) => return Err(crate::aws::failure::missing("destinationCidrBlock")),
        _ => {
            let message = "The parameters destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId exclude each other.";
            return Err(Failure::bad("InvalidParameterCombination", message));
        }
    };
    if name == "DestinationPrefixListId" {
        let list = usable(ctx, text)?;
        return Ok(Destination::PrefixList(list.base.id));
    }
    let parsed: Option<IpNet> = text.parse().ok();
    let is_v6 = name.contains("Ipv6");
    parsed
        .filter(|net| net.addr().is_ipv6() == is_v6)
        .map(|net| Destination::Range(net.trunc()))
        .ok_or_else(|| bad_value(text, "destinationCidrBlock"))
}
