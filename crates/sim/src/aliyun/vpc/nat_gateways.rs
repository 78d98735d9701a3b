//! NAT gateways. Packets that are sent to one end there: no address is translated.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{
    VSwitch, check_ready, elastic_addresses, interface, own_vpc, routes, snat, take_address,
};
use crate::aliyun::choices::{NAT_GATEWAY_WITH_ADDRESS, NAT_GATEWAY_WITH_SNAT};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Object, Phase};

#[derive(Debug, Clone)]
pub(crate) struct NatGateway {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    vswitch: String,
    zone: String,
    /// Whether it leads to the internet, or to other networks only.
    is_public: bool,
    interface: String,
    address: Ipv4Addr,
    pub(super) snat_table: String,
    forward_table: String,
}

/// Whether a vSwitch has a gateway.
pub(super) fn is_in(state: &super::State, vswitch: &str) -> bool {
    let mut gateways = state.nat_gateways.iter();
    gateways.any(|gateway| gateway.vswitch == vswitch)
}

/// The gateways of a VPC.
pub(super) fn ids_of<'a>(state: &'a super::State, vpc: &'a str) -> impl Iterator<Item = &'a str> {
    let gateways = state.nat_gateways.iter();
    gateways
        .filter(move |gateway| gateway.vpc == vpc)
        .map(|gateway| gateway.base.id.as_str())
}

fn own(ctx: &Context<'_>, id: &str) -> Outcome<NatGateway> {
    let known = ctx.state.vpc.nat_gateways.get(id);
    let missing = || {
        let message = format!("Specified NAT gateway {id} does not exist.");
        Failure::missing("InvalidNatGatewayId.NotFound", message)
    };
    known
        .filter(|known| ctx.can_see(*known))
        .cloned()
        .ok_or_else(missing)
}

pub(super) fn wrong_status() -> Failure {
    Failure::bad(
        "IncorretNatGatewayStatus",
        "The status of the NAT gateway does not allow this.",
    )
}

/// An elastic address can be bound to a gateway of the internet that is ready.
pub(super) fn check_takes_address(ctx: &Context<'_>, id: &str) -> Outcome<()> {
    let gateway = own(ctx, id)?;
    match gateway.is_public && gateway.life().is_ready(ctx.now) {
        true => Ok(()),
        false => Err(wrong_status()),
    }
}

/// A route may lead to a gateway of its VPC.
pub(super) fn check_next_hop(ctx: &Context<'_>, vpc: &str, id: &str) -> Outcome<()> {
    let known = ctx.state.vpc.nat_gateways.get(id);
    let usable = known.filter(|known| known.vpc == vpc && known.life().is_ready(ctx.now));
    let missing = || Failure::missing("InvalidNatGateway.NotFound", format!("{id} is not found."));
    usable.map(|_| ()).ok_or_else(missing)
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let vpc = own_vpc(ctx, &ctx.required("VpcId")?)?;
    check_ready(&vpc, ctx.now)?;
    if ctx.parameters.get("NatType") != Some("Enhanced") {
        return Err(invalid("NatType"));
    }
    let is_public = match ctx.parameters.get("NetworkType").unwrap_or("internet") {
        "internet" => true,
        "intranet" => false,
        _ => return Err(invalid("NetworkType")),
    };
    let vswitch = vswitch(ctx, &vpc.base.id)?;
    let address = take_address(&ctx.state.vpc, &vswitch, None).ok_or_else(|| {
        Failure::bad(
            "InvalidVSwitchId.IpNotEnough",
            "The vSwitch has no free address.",
        )
    })?;
    let base = ctx.base("ngw", &region, "Name", ctx.setup.timings.nat_gateway)?;
    ctx.born("nat-gateway", &base);
    let gateway = NatGateway {
        vpc: vpc.base.id.clone(),
        vswitch: vswitch.base.id.clone(),
        zone: vswitch.zone.clone(),
        is_public,
        interface: interface(ctx, &vswitch, address, "vpc"),
        address,
        snat_table: ctx.new_id("stb", &region),
        forward_table: ctx.new_id("ftb", &region),
        base,
    };
    let answer = json!({
        "NatGatewayId": gateway.base.id,
        "SnatTableIds": {"SnatTableId": [gateway.snat_table]},
        "ForwardTableIds": {"ForwardTableId": [gateway.forward_table]},
    });
    if is_public {
        routes::add_default(ctx, &vpc.system_table, "NatGateway", &gateway.base.id);
    }
    ctx.state.vpc.nat_gateways.insert(gateway);
    Ok(answer)
}

fn vswitch(ctx: &Context<'_>, vpc: &str) -> Outcome<VSwitch> {
    let id = ctx.required("VSwitchId")?;
    let known = ctx.state.vpc.vswitches.get(&id);
    let usable = known.filter(|known| ctx.can_see(*known) && known.vpc == vpc);
    let missing = || Failure::missing("InvalidVSwitchId.NotFound", format!("{id} is not found."));
    usable.cloned().ok_or_else(missing)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let shown = |gateway: &&NatGateway| {
        ctx.lists(*gateway)
            && parameters.matches("NatGatewayId", &gateway.base.id)
            && parameters.matches("VpcId", &gateway.vpc)
            && parameters.matches("Name", &gateway.base.name)
            && parameters.matches("Status", status(ctx, gateway))
            && parameters.matches("NetworkType", network_type(gateway))
    };
    let rows = ctx.state.vpc.nat_gateways.iter().filter(shown);
    let rows = rows.map(|gateway| view(ctx, gateway)).collect();
    let page = numbered(parameters, rows, 50)?;
    Ok(json!({
        "NatGateways": {"NatGateway": page.items},
        "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

fn status(ctx: &Context<'_>, gateway: &NatGateway) -> &'static str {
    match gateway.life().phase(ctx.now) {
        Phase::Creating => "Creating",
        Phase::Leaving | Phase::Gone => "Deleting",
        Phase::Modifying => "Modifying",
        Phase::Ready => "Available",
    }
}

fn network_type(gateway: &NatGateway) -> &'static str {
    match gateway.is_public {
        true => "internet",
        false => "intranet",
    }
}

fn view(ctx: &Context<'_>, gateway: &NatGateway) -> Value {
    let base = &gateway.base;
    let state = &ctx.state.vpc;
    let addresses: Vec<Value> = elastic_addresses::of_user(state, &base.id)
        .map(|bound| {
            let public = bound.public();
            let by = snat::uses(state, public);
            json!({
                "AllocationId": bound.base.id, "IpAddress": public.to_string(), "SnatEntryEnabled": true,
                "PrivateIpAddress": "", "UsingStatus": if by { "UsedBySnatTable" } else { "Idle" },
            })
        })
        .collect();
    let tag = |(key, value): &(String, String)| json!({"TagKey": key, "TagValue": value});
    let tags: Vec<Value> = base.tags.iter().map(tag).collect();
    json!({
        "NatGatewayId": base.id, "Name": base.name, "Description": base.description, "VpcId": gateway.vpc,
        "Status": status(ctx, gateway), "NatType": "Enhanced", "NetworkType": network_type(gateway),
        "RegionId": base.region, "Spec": "", "BusinessStatus": "Normal", "InstanceChargeType": "PostPaid",
        "InternetChargeType": "PayByLcu", "AutoPay": false, "DeletionProtection": false,
        "EcsMetricEnabled": true, "IcmpReplyEnabled": true, "SecurityProtectionEnabled": false,
        "PrivateLinkEnabled": false, "ResourceGroupId": "rg-default", "ExpiredTime": "",
        "SnatTableIds": {"SnatTableId": [gateway.snat_table]},
        "ForwardTableIds": {"ForwardTableId": [gateway.forward_table]},
        "IpLists": {"IpList": addresses},
        "NatGatewayPrivateInfo": {
            "VswitchId": gateway.vswitch, "IzNo": gateway.zone, "EniInstanceId": gateway.interface,
            "PrivateIpAddress": gateway.address.to_string(),
        },
        "Tags": {"Tag": tags}, "CreationTime": ctx.date(base.life.created),
    })
}

/// With `Force` its addresses are unbound and its entries go too. The routes to it go with it.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let gateway = own(ctx, &ctx.required("NatGatewayId")?)?;
    if !gateway.life().is_ready(ctx.now) {
        return Err(wrong_status());
    }
    let id = &gateway.base.id;
    let end = ctx.now + ctx.setup.timings.nat_gateway_delete;
    let has_entries = snat::is_at(&ctx.state.vpc, id);
    let has_addresses = elastic_addresses::of_user(&ctx.state.vpc, id)
        .next()
        .is_some();
    if !ctx.parameters.flag("Force")? {
        let code = match (has_entries, has_addresses) {
            (true, _) => Some(NAT_GATEWAY_WITH_SNAT),
            (false, true) => Some(NAT_GATEWAY_WITH_ADDRESS),
            (false, false) => None,
        };
        if let Some(code) = code {
            let message = format!("NAT gateway {id} is still in use.");
            return Err(Failure::bad(code, message));
        }
    }
    elastic_addresses::release_user(ctx, id);
    let vpc = &mut ctx.state.vpc;
    snat::leave(vpc, id, end);
    for route in vpc.routes.iter_mut() {
        if route.hops.iter().any(|hop| hop.id == *id) {
            route.base.life.leave(end);
        }
    }
    if let Some(interface) = vpc.interfaces.get_mut(&gateway.interface) {
        interface.base.life.leave(end);
    }
    if let Some(gateway) = vpc.nat_gateways.get_mut(id) {
        gateway.base.life.leave(end);
    }
    Ok(json!({}))
}
