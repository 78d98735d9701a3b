//! Routes. They outlive what they lead to, as black holes.

use ipnet::IpNet;

use super::find::TABLE;
use super::targets::{self, Target};
use super::{Route, RouteTable, State};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::xml::Xml;

/// A route of a table.
pub(crate) struct Effective {
    pub(crate) destination: IpNet,
    pub(crate) target: Target,
}

/// The local routes first.
pub(crate) fn effective(state: &State, table: &RouteTable) -> Vec<Effective> {
    let local = state.vpcs.get(&table.vpc);
    let local = local.into_iter().flat_map(|vpc| vpc.all_ranges());
    let local = local.map(|destination| Effective {
        destination,
        target: Target::Local,
    });
    let own = table.routes.iter().map(|route| Effective {
        destination: route.destination,
        target: route.target.clone(),
    });
    local.chain(own).collect()
}

pub(super) fn state(ctx: &Context<'_>, route: &Effective) -> &'static str {
    if route.target.works(ctx) {
        "active"
    } else {
        "blackhole"
    }
}

/// Routes have no id of their own.
pub(super) fn ledger_id(table: &str, destination: &IpNet) -> String {
    format!("{table}:{destination}")
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    let destination = destination(ctx)?;
    let target = targets::wanted(ctx, &table, &destination)?;
    let routes = effective(&ctx.state.ec2, &table);
    if routes.iter().any(|route| route.destination == destination) {
        let message = format!("The route identified by {destination} already exists.");
        return Err(Failure::bad("RouteAlreadyExists", message));
    }
    check_local(&routes, &destination)?;
    let same_family =
        |route: &&Route| route.destination.addr().is_ipv6() == destination.addr().is_ipv6();
    let used = table.routes.iter().filter(same_family).count();
    ctx.within("routes_per_table", used, "RouteLimitExceeded")?;
    ctx.born("route", &ledger_id(&table.base.id, &destination));
    if let Some(table) = ctx.state.ec2.tables.get_mut(&table.base.id) {
        table.routes.push(Route {
            destination,
            target,
        });
    }
    Ok(Xml::done())
}

/// Nothing else may be given a part of the VPC's own range.
fn check_local(routes: &[Effective], destination: &IpNet) -> Outcome<()> {
    let mut local = routes.iter().filter(|route| route.target == Target::Local);
    match local.find(|route| route.destination.contains(destination)) {
        None => Ok(()),
        Some(route) => Err(Failure::bad(
            "InvalidParameterValue",
            format!(
                "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR \
                 blocks ({}). This route can target only an interface or an instance.",
                route.destination
            ),
        )),
    }
}

pub(super) fn replace(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    let destination = destination(ctx)?;
    let target = targets::wanted(ctx, &table, &destination)?;
    let found = ctx
        .state
        .ec2
        .tables
        .get_mut(&table.base.id)
        .and_then(|table| {
            let mut routes = table.routes.iter_mut();
            routes.find(|route| route.destination == destination)
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
    match routes.iter().find(|route| route.destination == destination) {
        None => {
            let message = format!(
                "no route with destination-cidr-block {destination} in route table {}",
                table.base.id
            );
            Err(Failure::bad("InvalidRoute.NotFound", message))
        }
        Some(route) if route.target == Target::Local => Err(Failure::bad(
            "InvalidParameterValue",
            format!(
                "cannot remove local route {destination} in route table {}",
                table.base.id
            ),
        )),
        Some(_) => {
            if let Some(table) = ctx.state.ec2.tables.get_mut(&table.base.id) {
                table
                    .routes
                    .retain(|route| route.destination != destination);
            }
            ctx.gone(&ledger_id(&table.base.id, &destination));
            Ok(Xml::done())
        }
    }
}

/// Exactly one destination; host bits are cut off.
fn destination(ctx: &Context<'_>) -> Outcome<IpNet> {
    let names = ["DestinationCidrBlock", "DestinationIpv6CidrBlock"];
    let mut sent = names
        .iter()
        .filter_map(|name| Some((*name, ctx.parameters.get(name)?)));
    let (name, text) = match (sent.next(), sent.next()) {
        (Some(one), None) => one,
        (None, _) => return Err(crate::aws::failure::missing("destinationCidrBlock")),
        _ => {
            let message = "The parameters destinationCidrBlock and destinationIpv6CidrBlock exclude each other.";
            return Err(Failure::bad("InvalidParameterCombination", message));
        }
    };
    let parsed: Option<IpNet> = text.parse().ok();
    let is_v6 = name.contains("Ipv6");
    parsed
        .filter(|net| net.addr().is_ipv6() == is_v6)
        .map(|net| net.trunc())
        .ok_or_else(|| bad_value(text, "destinationCidrBlock"))
}
