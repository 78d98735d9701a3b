//! What routes of calls may lead to, and whether it is still there.

use std::time::Duration;

use super::find::{EGRESS_GATEWAY, INTERNET_GATEWAY, NAT_GATEWAY, check_form};
use super::peering::Status;
use super::peering_views::visible;
use super::prefix_lists::usable;
use super::route::{Destination, Target};
use super::{RouteTable, State};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent};

impl State {
    /// Whether it is a gateway that calls made, in whatever state.
    pub(crate) fn made_gateway(&self, id: &str) -> bool {
        self.internet_gateways.get(id).is_some()
            || self.nat_gateways.get(id).is_some()
            || self.egress_gateways.get(id).is_some()
            || self.endpoints.get(id).is_some()
    }

    /// Whether calls made this gateway, and it is there and attached.
    pub(super) fn has_gateway(&self, id: &str, now: Duration) -> bool {
        let outside = self.internet_gateways.get(id);
        let translates = self.nat_gateways.get(id);
        let lets_out = self.egress_gateways.get(id);
        outside.is_some_and(|gateway| gateway.vpc.is_some())
            || translates.is_some_and(|nat| nat.is_there(now))
            || lets_out.is_some_and(|gateway| gateway.base.life.is_listed(now))
            || self.endpoints.get(id).is_some()
    }
}

impl Target {
    /// A route to what is gone, or does not work, is a black hole.
    pub(crate) fn works(&self, state: &State, now: Duration) -> bool {
        match self {
            Self::Local => true,
            Self::Peering(id) => {
                let peering = state.peerings.get(id);
                peering.is_some_and(|peering| peering.status(now) == Status::Active)
            }
            Self::Gateway(id) => state.has_gateway(id, now),
            Self::Foreign { is_black_hole, .. } => !is_black_hole,
        }
    }
}

/// The target that a route of a table to a destination is to have.
pub(super) fn wanted(
    ctx: &Context<'_>,
    table: &RouteTable,
    destination: &Destination,
) -> Outcome<Target> {
    const TARGETS: [&str; 7] = [
        "VpcPeeringConnectionId",
        "GatewayId",
        "NatGatewayId",
        "EgressOnlyInternetGatewayId",
        "TransitGatewayId",
        "InstanceId",
        "NetworkInterfaceId",
    ];
    let mut sent = TARGETS
        .iter()
        .filter_map(|name| Some((*name, ctx.parameters.get(name)?)));
    let (Some((name, id)), None) = (sent.next(), sent.next()) else {
        let message = "The request must contain exactly one target of a route.";
        return Err(Failure::bad("InvalidParameterCombination", message));
    };
    match name {
        "VpcPeeringConnectionId" => peering(ctx, table, id),
        "GatewayId" => {
            let gateway = INTERNET_GATEWAY.get(ctx, id);
            let gateway = gateway.map_err(|_| absent("InvalidGatewayID", "gateway", id))?;
            gateway_of(table, id, gateway.is_at(&table.vpc))
        }
        "NatGatewayId" => {
            let nat = NAT_GATEWAY.get(ctx, id).ok();
            let nat = nat.filter(|nat| nat.is_there(ctx.now));
            let missing = || absent("InvalidNatGatewayID", "natGateway", id);
            gateway_of(table, id, nat.ok_or_else(missing)?.vpc == table.vpc)
        }
        "EgressOnlyInternetGatewayId" => {
            let gateway = EGRESS_GATEWAY.get(ctx, id)?;
            if !is_v6(ctx, destination) {
                let message = format!("{id} can be a target of IPv6 routes only");
                return Err(Failure::bad("InvalidParameterValue", message));
            }
            gateway_of(table, id, gateway.vpc == table.vpc)
        }
        // These do not exist here.
        _ => Err(absent("InvalidGatewayID", "gateway", id)),
    }
}

fn is_v6(ctx: &Context<'_>, destination: &Destination) -> bool {
    match destination {
        Destination::Range(range) => range.addr().is_ipv6(),
        Destination::PrefixList(id) => usable(ctx, id).is_ok_and(|list| list.is_v6),
    }
}

fn gateway_of(table: &RouteTable, id: &str, same_network: bool) -> Outcome<Target> {
    if same_network {
        return Ok(Target::Gateway(id.to_owned()));
    }
    let table = &table.base.id;
    let message =
        format!("route table {table} and network gateway {id} belong to different networks");
    Err(Failure::bad("InvalidParameterValue", message))
}

fn peering(ctx: &Context<'_>, table: &RouteTable, id: &str) -> Outcome<Target> {
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
    Ok(Target::Peering(id.to_owned()))
}
