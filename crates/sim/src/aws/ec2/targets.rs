//! What routes lead to.

use ipnet::IpNet;

use super::RouteTable;
use super::find::{EGRESS_GATEWAY, INTERNET_GATEWAY, NAT_GATEWAY, check_form};
use super::peering::Status;
use super::peering_views::visible;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent};
use crate::aws::xml::Xml;

/// What a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The VPC itself.
    Local,
    /// A peering, by its id.
    Peering(String),
    /// An internet, NAT or egress-only gateway, by its id. What is sent there leaves the simulated world.
    Gateway(String),
}

impl Target {
    /// The element, which is also how filters spell it, in which answers name the target.
    fn element(&self) -> &'static str {
        match self {
            Self::Peering(_) => "vpcPeeringConnectionId",
            Self::Gateway(id) if id.starts_with("nat-") => "natGatewayId",
            Self::Gateway(id) if id.starts_with("eigw-") => "egressOnlyInternetGatewayId",
            Self::Local | Self::Gateway(_) => "gatewayId",
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Peering(id) | Self::Gateway(id) => id,
        }
    }

    pub(super) fn view(&self) -> Xml {
        Xml::new().leaf(self.element(), self.id())
    }

    /// The id, if answers name the target in this element.
    pub(super) fn within(&self, element: &str) -> Option<&str> {
        (self.element() == element).then(|| self.id())
    }

    /// A route to what is gone, or does not work, is a black hole.
    pub(super) fn works(&self, ctx: &Context<'_>) -> bool {
        let ec2 = &ctx.state.ec2;
        match self {
            Self::Local => true,
            Self::Peering(id) => {
                let peering = ec2.peerings.get(id);
                peering.is_some_and(|peering| peering.status(ctx.now) == Status::Active)
            }
            Self::Gateway(id) => {
                let outside = ec2.internet_gateways.get(id);
                let translates = ec2.nat_gateways.get(id);
                outside.is_some_and(|gateway| gateway.vpc.is_some())
                    || translates.is_some_and(|nat| nat.is_there(ctx.now))
                    || ec2.egress_gateways.get(id).is_some()
            }
        }
    }
}

/// The target that a route of a table to a destination is to have.
pub(super) fn wanted(
    ctx: &Context<'_>,
    table: &RouteTable,
    destination: &IpNet,
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
            if !destination.addr().is_ipv6() {
                let message = format!("{id} can be a target of IPv6 routes only");
                return Err(Failure::bad("InvalidParameterValue", message));
            }
            gateway_of(table, id, gateway.vpc == table.vpc)
        }
        // These do not exist here.
        _ => Err(absent("InvalidGatewayID", "gateway", id)),
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
