//! The zones of a VPC attachment: one vSwitch in each, with an interface of the router.

use serde_json::json;

use super::{Link, ZoneMapping, check_lock, check_ready, lock, own_attachment};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::vpc::{VSwitch, Vpc, free_addresses, interface, take_address};
use crate::table::Object;

/// The vSwitches to place interfaces in: one per zone, in one zone or more.
pub(super) fn mappings(ctx: &Context<'_>, vpc: &Vpc) -> Outcome<Vec<VSwitch>> {
    let vswitches = mapped(ctx, vpc, "ZoneMappings")?;
    check_zone_count(vswitches.len())?;
    Ok(vswitches)
}

fn check_zone_count(count: usize) -> Outcome<()> {
    if (1..=10).contains(&count) {
        return Ok(());
    }
    Err(Failure::bad(
        "IllegalParam.ZoneMappings",
        "vSwitches in 1 to 10 zones are needed.",
    ))
}

/// The vSwitches that a parameter names, at most one per zone.
fn mapped(ctx: &Context<'_>, vpc: &Vpc, list: &str) -> Outcome<Vec<VSwitch>> {
    let zones = ctx
        .setup
        .regions
        .get(&vpc.base.region)
        .map(|region| region.transit_router_zones.as_slice())
        .unwrap_or_default();
    let mut vswitches: Vec<VSwitch> = Vec::new();
    for number in ctx.parameters.numbers(list) {
        let field = |name: &str| {
            let missing = || {
                Failure::bad(
                    "IllegalParam.ZoneMappings",
                    "A zone mapping has a zone and a vSwitch.",
                )
            };
            ctx.parameters
                .nested(list, number, name)
                .ok_or_else(missing)
        };
        let (zone, id) = (field("ZoneId")?, field("VSwitchId")?);
        if !zones.iter().any(|known| known == zone) {
            return Err(Failure::bad(
                "IllegalParam.ZoneId",
                format!("Zone {zone} does not support transit routers."),
            ));
        }
        if vswitches.iter().any(|known| known.zone == zone) {
            return Err(Failure::bad(
                "Duplicated.ZoneMapping",
                format!("Zone {zone} is given twice."),
            ));
        }
        vswitches.push(vswitch(ctx, vpc, zone, id)?);
    }
    Ok(vswitches)
}

fn vswitch(ctx: &Context<'_>, vpc: &Vpc, zone: &str, id: &str) -> Outcome<VSwitch> {
    let missing = || {
        Failure::missing(
            "InvalidVSwitchId.NotFound",
            format!("The vSwitch {id} does not exist in the VPC."),
        )
    };
    let vswitch = ctx
        .state
        .vpc
        .vswitches
        .get(id)
        .filter(|vswitch| vswitch.vpc == vpc.base.id)
        .ok_or_else(missing)?;
    if vswitch.zone != zone {
        return Err(Failure::bad(
            "IllegalParam.VSwitchId",
            format!("The vSwitch {id} is not in zone {zone}."),
        ));
    }
    check_ready(vswitch, ctx.now, "IncorrectStatus.VpcOrVswitch")?;
    if free_addresses(&ctx.state.vpc, vswitch) == 0 {
        return Err(Failure::bad(
            "InsufficientIpAddr.vsw",
            format!("The vSwitch {id} has no free address."),
        ));
    }
    Ok(vswitch.clone())
}

/// Puts an interface into each vSwitch.
pub(super) fn place_interfaces(
    ctx: &mut Context<'_>,
    vswitches: Vec<VSwitch>,
) -> Outcome<Vec<ZoneMapping>> {
    let mut zones = Vec::new();
    for vswitch in vswitches {
        let full = || Failure::bad("InsufficientIpAddr.vsw", "The vSwitch has no free address.");
        let address = take_address(&ctx.state.vpc, &vswitch, None).ok_or_else(full)?;
        let interface = interface(ctx, &vswitch, address, "cbn");
        zones.push(ZoneMapping {
            zone: vswitch.zone,
            vswitch: vswitch.base.id,
            interface,
        });
    }
    Ok(zones)
}

/// Adds zones to an attachment and takes others away; one has to stay.
pub(super) fn update(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("TransitRouterAttachmentId")?;
    let attachment = own_attachment(ctx, &id, "InvalidTransitRouterAttachmentId.NotFound")?;
    check_lock(ctx, &attachment.cen)?;
    check_ready(&attachment, ctx.now, "IncorrectStatus.Attachment")?;
    let Link::Vpc { vpc, zones, .. } = &attachment.link else {
        return Err(Failure::bad(
            "InvalidParameter",
            "The attachment has no zones.",
        ));
    };
    let missing = || Failure::missing("InvalidVpcId.NotFound", "The VPC does not exist.");
    let vpc = ctx.state.vpc.vpcs.get(vpc).cloned().ok_or_else(missing)?;
    let added = mapped(ctx, &vpc, "AddZoneMappings")?;
    let removed = mapped(ctx, &vpc, "RemoveZoneMappings")?;
    let goes = |known: &ZoneMapping| removed.iter().any(|gone| gone.base.id == known.vswitch);
    let (gone, mut stay): (Vec<_>, Vec<_>) = zones.iter().cloned().partition(goes);
    if gone.len() != removed.len() {
        return Err(Failure::bad(
            "IllegalParam.ZoneMappings",
            "The attachment is not in a zone that is to be removed.",
        ));
    }
    if added
        .iter()
        .any(|new| stay.iter().any(|known| known.zone == new.zone))
    {
        return Err(Failure::bad(
            "Duplicated.ZoneMapping",
            "The attachment is in the zone already.",
        ));
    }
    check_zone_count(stay.len() + added.len())?;
    stay.extend(place_interfaces(ctx, added)?);
    let now = ctx.now;
    for zone in gone {
        if let Some(interface) = ctx.state.vpc.interfaces.get_mut(&zone.interface) {
            interface.base_mut().life.leave(now);
        }
    }
    let until = now + ctx.setup.timings.modify;
    if let Some(known) = ctx.state.cbn.attachments.get_mut(&id) {
        if let Link::Vpc { zones, .. } = &mut known.link {
            *zones = stay;
        }
        known.base.life.modify(until);
    }
    lock(ctx, &attachment.cen);
    Ok(json!({}))
}
