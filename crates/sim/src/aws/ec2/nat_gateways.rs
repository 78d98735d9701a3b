//! NAT gateways. Packets that are sent to one end there: no address is translated.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::find::{ELASTIC_ADDRESS, NAT_GATEWAY, SUBNET};
use super::{State, Subnet, addresses, elastic_addresses, internet_gateways, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::ledger::Ledger;
use crate::table::{Base, Table};

#[derive(Debug, Clone)]
pub(crate) struct NatGateway {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    /// The elastic address of a public one.
    pub(crate) allocation: Option<String>,
    pub(crate) interface: String,
    pub(crate) address: Ipv4Addr,
    /// A public one needs an internet gateway at its VPC; without one it fails.
    pub(crate) fails: bool,
    /// When its deletion was asked for, and when it was or will be deleted.
    pub(crate) deleted: Option<(Duration, Duration)>,
}

impl NatGateway {
    pub(crate) fn state(&self, now: Duration) -> &'static str {
        match self.deleted {
            Some((_, end)) if now >= end => "deleted",
            Some(_) => "deleting",
            None if now < self.base.life.ready => "pending",
            None if self.fails => "failed",
            None => "available",
        }
    }

    pub(super) fn is_public(&self) -> bool {
        self.allocation.is_some()
    }

    /// Deleted and failed ones are listed for a while, but hold nothing.
    pub(crate) fn is_there(&self, now: Duration) -> bool {
        !["deleted", "failed"].contains(&self.state(now))
    }

    /// The id of the association with its elastic address.
    pub(super) fn association(&self) -> String {
        self.interface.replace("eni-", "eipassoc-")
    }
}

/// Whether a VPC has a gateway that needs an internet gateway.
pub(super) fn needs_outside(state: &State, vpc: &str, now: Duration) -> bool {
    let mut gateways = state.nat_gateways.iter();
    gateways.any(|nat| nat.vpc == vpc && nat.is_public() && nat.is_there(now))
}

/// Deleted and failed gateways are still listed, but they are gone.
pub(super) fn settle(gateways: &Table<NatGateway>, now: Duration, ledger: &mut Ledger) {
    for nat in gateways.iter().filter(|nat| !nat.is_there(now)) {
        let end = nat.deleted.map_or(nat.base.life.ready, |(_, end)| end);
        ledger.gone(&nat.base.id, end);
    }
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let subnet = SUBNET.named(ctx, "SubnetId")?;
    let allocation = allocation(ctx)?;
    let tags = tagging::specified(ctx, &["natgateway"])?;
    check_room(ctx, &subnet)?;
    let wanted = ctx.parameters.get("PrivateIpAddress");
    let wanted = wanted.map(|text| {
        text.parse()
            .map_err(|_| bad_value(text, "privateIpAddress"))
    });
    let address = addresses::take(&ctx.state.ec2, &subnet, wanted.transpose()?, ctx.now);
    let address = address.ok_or_else(|| {
        Failure::bad(
            "InsufficientFreeAddressesInSubnet",
            format!(
                "There are not enough free addresses in subnet '{}'.",
                subnet.base.id
            ),
        )
    })?;
    let connected = internet_gateways::is_at(&ctx.state.ec2, &subnet.vpc);
    let mut gateway = NatGateway {
        base: ctx.base("nat", ctx.setup.timings.nat_gateway),
        vpc: subnet.vpc,
        subnet: subnet.base.id,
        fails: allocation.is_some() && !connected,
        allocation,
        interface: ctx.new_id("eni"),
        address,
        deleted: None,
    };
    if gateway.fails {
        let end = gateway.base.life.ready + ctx.setup.timings.nat_gateway_tombstone;
        gateway.base.life.leave(end);
    }
    ctx.born("natgateway", &gateway.base.id);
    tagging::put(ctx, &gateway.base.id, tags);
    let answer = Xml::new().node("natGateway", view(ctx, &gateway));
    ctx.state.ec2.nat_gateways.insert(gateway);
    Ok(answer)
}

/// A public gateway needs an elastic address, a private one must not have any.
fn allocation(ctx: &Context<'_>) -> Outcome<Option<String>> {
    let id = ctx.parameters.get("AllocationId");
    match (ctx.parameters.get("ConnectivityType"), id) {
        (None | Some("public"), Some(id)) => {
            let id = ELASTIC_ADDRESS.get(ctx, id)?.base.id;
            if elastic_addresses::is_free(ctx, &id) {
                return Ok(Some(id));
            }
            let message = format!("Elastic IP address [{id}] is already associated");
            Err(Failure::bad("Resource.AlreadyAssociated", message))
        }
        (None | Some("public"), None) => Err(crate::aws::failure::missing("AllocationId")),
        (Some("private"), None) => Ok(None),
        (Some("private"), Some(_)) => Err(Failure::bad(
            "InvalidParameterCombination",
            "A private NAT gateway has no allocation id.",
        )),
        (Some(other), _) => Err(bad_value(other, "connectivityType")),
    }
}

fn check_room(ctx: &Context<'_>, subnet: &Subnet) -> Outcome<()> {
    let same_zone = |nat: &&NatGateway| {
        let other = ctx.state.ec2.subnets.get(&nat.subnet);
        ctx.can_see(*nat)
            && nat.is_there(ctx.now)
            && other.is_some_and(|other| other.zone == subnet.zone)
    };
    let used = ctx.state.ec2.nat_gateways.iter().filter(same_zone).count();
    ctx.within("nat_gateways_per_zone", used, "NatGatewayLimitExceeded")
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 4] = ["nat-gateway-id", "state", "subnet-id", "vpc-id"];
    let fields = |nat: &NatGateway| {
        Fields::new(ctx.tags(&nat.base.id))
            .with("nat-gateway-id", &nat.base.id)
            .with("state", nat.state(ctx.now))
            .with("subnet-id", &nat.subnet)
            .with("vpc-id", &nat.vpc)
    };
    let gateways = NAT_GATEWAY.select(ctx, "NatGatewayId", &FILTERS, fields)?;
    let rows = gateways.iter().map(|nat| view(ctx, nat)).collect();
    paged(ctx, "natGatewaySet", rows, 1000)
}

fn view(ctx: &Context<'_>, nat: &NatGateway) -> Xml {
    let state = nat.state(ctx.now);
    let kind = if nat.is_public() { "public" } else { "private" };
    let xml = Xml::new()
        .leaf("natGatewayId", &nat.base.id)
        .leaf("vpcId", &nat.vpc)
        .leaf("subnetId", &nat.subnet)
        .leaf("state", state)
        .leaf("connectivityType", kind)
        .leaf("createTime", ctx.date(nat.base.life.created))
        .maybe("deleteTime", nat.deleted.map(|(asked, _)| ctx.date(asked)))
        .items("natGatewayAddressSet", [address_view(ctx, nat)])
        .and(ctx.tag_set(&nat.base.id));
    if state != "failed" {
        return xml;
    }
    let message = format!("Network {} has no Internet gateway attached", nat.vpc);
    xml.leaf("failureCode", "Gateway.NotAttached")
        .leaf("failureMessage", message)
}

fn address_view(ctx: &Context<'_>, nat: &NatGateway) -> Xml {
    let allocation = nat.allocation.as_ref();
    let elastic = allocation.and_then(|id| ctx.state.ec2.elastic_addresses.get(id));
    let association = allocation.map(|_| nat.association());
    Xml::new()
        .maybe("allocationId", allocation)
        .maybe("publicIp", elastic.map(|address| address.public))
        .maybe("associationId", association)
        .leaf("networkInterfaceId", &nat.interface)
        .leaf("privateIp", nat.address)
        .leaf("isPrimary", true)
        .leaf("status", "succeeded")
}

/// Takes a while. Routes to it stay, as black holes.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let id = NAT_GATEWAY.named(ctx, "NatGatewayId")?.base.id;
    let (now, timings) = (ctx.now, &ctx.setup.timings);
    if let Some(nat) = ctx.state.ec2.nat_gateways.get_mut(&id)
        && nat.deleted.is_none()
    {
        let end = now + timings.nat_gateway_delete;
        nat.deleted = Some((now, end));
        nat.base.life.leave(end + timings.nat_gateway_tombstone);
    }
    Ok(Xml::new().leaf("natGatewayId", id))
}
