//! vSwitches.

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::acls::has_acl;
use super::shares::{is_shared_with_caller, share_type, visible};
use super::{
    VSwitch, Vpc, check_ready, free_addresses, ipv6, nat_gateways, overlap, own_vpc, range,
    refuse_if, snat, vswitches_of,
};
use crate::aliyun::cbn;
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::table::{Object, Phase};

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let vpc = own_vpc(ctx, &ctx.required("VpcId")?)?;
    let zone = ctx.required("ZoneId")?;
    let cidr = range(&ctx.required("CidrBlock")?)?;
    check_ready(&vpc, ctx.now)?;
    check_idle(ctx, &vpc, "CreateVSwitch.IncorrectStatus.cbnStatus")?;
    check_zone(ctx, &vpc, &zone)?;
    check_range(ctx, &vpc, &cidr)?;
    let ipv6 = ipv6::part(ctx, &vpc)?;
    if vswitches_of(&ctx.state.vpc, &vpc.base.id, ctx.now).count() >= ctx.quota("vswitches_per_vpc")
    {
        return Err(Failure::bad(
            "QuotaExceeded.VSwitch",
            "vSwitch quota exceeded.",
        ));
    }
    let base = ctx.base(
        "vsw",
        &vpc.base.region,
        "VSwitchName",
        ctx.setup.timings.vswitch,
    )?;
    ctx.born("vswitch", &base);
    let answer = json!({"VSwitchId": base.id});
    ctx.state.vpc.vswitches.insert(VSwitch {
        base,
        vpc: vpc.base.id,
        zone,
        cidr,
        ipv6,
        table: vpc.system_table,
    });
    Ok(answer)
}

/// One vSwitch write per VPC at a time, and none while a CEN attaches or detaches the VPC.
fn check_idle(ctx: &Context<'_>, vpc: &Vpc, cen_code: &str) -> Outcome<()> {
    if !ctx.setup.conflict_locks {
        return Ok(());
    }
    let busy = vswitches_of(&ctx.state.vpc, &vpc.base.id, ctx.now)
        .any(|vswitch| !vswitch.life().is_ready(ctx.now));
    refuse_if(busy, "TaskConflict", "Another vSwitch of the VPC")?;
    let attaching = cbn::attachments_of_vpc(&ctx.state.cbn, &vpc.base.id)
        .any(|attachment| !attachment.life().is_ready(ctx.now));
    refuse_if(attaching, cen_code, "The VPC's attachment to a CEN")
}

fn check_zone(ctx: &Context<'_>, vpc: &Vpc, zone: &str) -> Outcome<()> {
    let region = ctx.setup.regions.get(&vpc.base.region);
    if region.is_some_and(|region| region.zones.iter().any(|known| known == zone)) {
        return Ok(());
    }
    Err(Failure::missing(
        "InvalidZoneId.NotFound",
        format!("Specified zone {zone} does not exist."),
    ))
}

fn check_range(ctx: &Context<'_>, vpc: &Vpc, cidr: &Ipv4Net) -> Outcome<()> {
    let inside = std::iter::once(&vpc.cidr)
        .chain(&vpc.secondary)
        .any(|known| known.contains(cidr));
    if !inside || !(16..=29).contains(&cidr.prefix_len()) {
        let message = format!("Specified CIDR block {cidr} is not a /16 to /29 inside the VPC.");
        return Err(Failure::bad("InvalidCidrBlock", message));
    }
    if vswitches_of(&ctx.state.vpc, &vpc.base.id, ctx.now).any(|known| overlap(&known.cidr, cidr)) {
        return Err(Failure::bad(
            "InvalidCidrBlock.Overlapped",
            "Specified CIDR block overlapped with other subnets.",
        ));
    }
    let state = &ctx.state.vpc;
    let tables = state.tables.held_by(&vpc.base.id);
    let mut routes = tables.flat_map(|table| state.routes.held_by(&table.base.id));
    if routes.any(|route| route.destination.range() == Some((*cidr).into())) {
        return Err(Failure::bad(
            "InvalidCidrBlock.Overlapped",
            "Specified CIDR block equals the destination of a route.",
        ));
    }
    Ok(())
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let parameters = &ctx.parameters;
    if parameters.get("VpcId").is_none() {
        ctx.required("RegionId")?;
    }
    let shown = |vswitch: &&VSwitch| {
        (ctx.lists(*vswitch) || is_shared_with_caller(ctx, vswitch))
            && parameters.matches("VpcId", &vswitch.vpc)
            && parameters.matches("VSwitchId", &vswitch.base.id)
            && parameters.matches("ZoneId", &vswitch.zone)
            && parameters.matches("VSwitchName", &vswitch.base.name)
            && parameters.matches("VSwitchOwnerId", &vswitch.base.owner)
            && parameters.matches("RouteTableId", &vswitch.table)
    };
    let vswitches = visible(ctx, &ctx.state.vpc.vswitches);
    let vswitches: Vec<&VSwitch> = vswitches.filter(shown).collect();
    let page = numbered(parameters, vswitches, 50)?.shown(|vswitch| view(ctx, vswitch));
    Ok(json!({
        "VSwitches": {"VSwitch": page.items}, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

fn view(ctx: &Context<'_>, vswitch: &VSwitch) -> Value {
    let base = &vswitch.base;
    let is_custom = ctx
        .state
        .vpc
        .tables
        .get(&vswitch.table)
        .is_some_and(|table| table.is_custom);
    let status = if base.life.phase(ctx.now) == Phase::Ready {
        "Available"
    } else {
        "Pending"
    };
    json!({
        "VSwitchId": base.id, "VSwitchName": base.name, "Description": base.description, "VpcId": vswitch.vpc,
        "ZoneId": vswitch.zone, "CidrBlock": vswitch.cidr.to_string(), "Ipv6CidrBlock": ipv6::first(vswitch.ipv6.as_slice()),
        "Status": status,
        "AvailableIpAddressCount": free_addresses(&ctx.state.vpc, vswitch),
        "RouteTable": {"RouteTableId": vswitch.table, "RouteTableType": if is_custom { "Custom" } else { "System" }},
        "ShareType": share_type(ctx, vswitch), "IsDefault": false, "OwnerId": uid(&base.owner), "ResourceGroupId": "rg-default",
        "Tags": {"Tag": tags(&base.tags)}, "CreationTime": ctx.date(base.life.created),
    })
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let id = ctx.required("VSwitchId")?;
    let missing = || {
        Failure::missing(
            "InvalidVSwitchId.NotFound",
            format!("vSwitch {id} does not exist."),
        )
    };
    let vswitch = ctx
        .state
        .vpc
        .vswitches
        .get(&id)
        .filter(|vswitch| ctx.can_see(*vswitch))
        .ok_or_else(missing)?
        .clone();
    if !vswitch.life().is_ready(ctx.now) {
        return Err(Failure::bad(
            "IncorrectVSwitchStatus",
            "The status of the vSwitch does not allow this.",
        ));
    }
    if nat_gateways::is_in(&ctx.state.vpc, &id) {
        return Err(Failure::bad(
            "DependencyViolation.EnhancedNatgw",
            "The vSwitch has a NAT gateway.",
        ));
    }
    if snat::names_vswitch(&ctx.state.vpc, &id) {
        return Err(Failure::bad(
            "DependencyViolation.SnatEntry",
            "An SNAT entry names the vSwitch.",
        ));
    }
    if ctx
        .state
        .vpc
        .interfaces
        .iter()
        .any(|interface| interface.vswitch == id)
    {
        return Err(Failure::bad(
            "DependencyViolation",
            "The vSwitch still has network interfaces.",
        ));
    }
    if let Some(vpc) = ctx.state.vpc.vpcs.get(&vswitch.vpc) {
        check_idle(ctx, vpc, "DeleteVSwitch.IncorrectStatus.cbnStatus")?;
    }
    let in_custom_table = ctx
        .state
        .vpc
        .tables
        .get(&vswitch.table)
        .is_some_and(|table| table.is_custom);
    if in_custom_table {
        return Err(Failure::bad(
            "DependencyViolation.RouteTable",
            "The vSwitch is associated with a custom route table.",
        ));
    }
    if has_acl(&ctx.state.vpc, &id, ctx.now) {
        return Err(Failure::bad(
            "DependencyViolation.NetworkAcl",
            "The vSwitch has a network ACL.",
        ));
    }
    let gone = ctx.now + ctx.setup.timings.network_delete;
    if let Some(vswitch) = ctx.state.vpc.vswitches.get_mut(&id) {
        vswitch.base.life.leave(gone);
    }
    Ok(json!({}))
}
