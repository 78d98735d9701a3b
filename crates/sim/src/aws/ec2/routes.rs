//! Routes. They outlive what they lead to, as black holes.

use ipnet::IpNet;

use super::find::{TABLE, check_form};
use super::peering::Status;
use super::peering_views::visible;
use super::{Route, RouteTable, State};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value};
use crate::aws::xml::Xml;

/// A route of a table; one without a peering is local.
pub(crate) struct Effective {
    pub(crate) destination: IpNet,
    pub(crate) peering: Option<String>,
}

/// The local routes first.
pub(crate) fn effective(state: &State, table: &RouteTable) -> Vec<Effective> {
    let local = state.vpcs.get(&table.vpc);
    let local = local.into_iter().flat_map(|vpc| vpc.all_ranges());
    let local = local.map(|destination| Effective {
        destination,
        peering: None,
    });
    let own = table.routes.iter().map(|route| Effective {
        destination: route.destination,
        peering: Some(route.peering.clone()),
    });
    local.chain(own).collect()
}

pub(super) fn state(ctx: &Context<'_>, route: &Effective) -> &'static str {
    let leads_somewhere = route.peering.as_ref().is_none_or(|id| {
        let peering = ctx.state.ec2.peerings.get(id);
        peering.is_some_and(|peering| peering.status(ctx.now) == Status::Active)
    });
    if leads_somewhere {
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
    let peering = target(ctx, &table)?;
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
            peering,
        });
    }
    Ok(Xml::done())
}

/// A peering may not be given a part of the VPC's own range.
fn check_local(routes: &[Effective], destination: &IpNet) -> Outcome<()> {
    let mut local = routes.iter().filter(|route| route.peering.is_none());
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
    let peering = target(ctx, &table)?;
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
    route.peering = peering;
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
        Some(route) if route.peering.is_none() => Err(Failure::bad(
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

/// The peering that a route is to lead to. Other targets do not exist here.
fn target(ctx: &Context<'_>, table: &RouteTable) -> Outcome<String> {
    const OTHERS: [&str; 6] = [
        "GatewayId",
        "NatGatewayId",
        "TransitGatewayId",
        "InstanceId",
        "NetworkInterfaceId",
        "EgressOnlyInternetGatewayId",
    ];
    let other = OTHERS.iter().find_map(|name| ctx.parameters.get(name));
    let id = match (ctx.parameters.get("VpcPeeringConnectionId"), other) {
        (Some(id), None) => id,
        (None, Some(other)) => return Err(absent("InvalidGatewayID", "gateway", other)),
        _ => {
            let message = "The request must contain exactly one target of a route.";
            return Err(Failure::bad("InvalidParameterCombination", message));
        }
    };
    check_form("InvalidVpcPeeringConnectionID", "pcx-", id)?;
    let peering = ctx.state.ec2.peerings.get(id);
    let usable = peering
        .filter(|peering| visible(ctx, peering).is_some() && !peering.status(ctx.now).is_over());
    let missing = || absent("InvalidVpcPeeringConnectionID", "vpcPeeringConnection", id);
    let peering = usable.ok_or_else(missing)?;
    if !peering.has(&table.vpc) {
        let message = format!(
            "route table {} and vpc peering connection {id} belong to different networks",
            table.base.id
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    Ok(id.to_owned())
}
