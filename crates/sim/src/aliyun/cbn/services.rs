//! Activation of the transit-router service, and where it exists.

use serde_json::{Value, json};

use crate::account::Service;
use crate::aliyun::cdt;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};

pub(super) fn check(ctx: &mut Context<'_>) -> Outcome {
    if ctx.accounts.is_open(ctx.account(), Service::TransitRouter) {
        return Ok(json!({"Enabled": "true"}));
    }
    Err(Failure::bad(
        "USER_NOT_OPEN_TR_SERVICE",
        "The transit router service is not open.",
    ))
}

pub(super) fn open(ctx: &mut Context<'_>) -> Outcome {
    cdt::open(ctx, Service::TransitRouter, "Order.Opened")
}

/// The caller must have opened the service before anything is built with it.
pub(super) fn check_open(ctx: &Context<'_>) -> Outcome<()> {
    if ctx.accounts.is_open(ctx.account(), Service::TransitRouter) {
        return Ok(());
    }
    Err(Failure::forbidden(
        "Forbbiden.TransitRouterServiceNotOpen",
        "The transit router service is not open.",
    ))
}

pub(super) fn available_zones(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let zones = ctx
        .setup
        .regions
        .get(&region)
        .map(|region| region.transit_router_zones.as_slice())
        .unwrap_or_default();
    let (master, slave) = zones.split_at(zones.len().div_ceil(2));
    Ok(
        json!({"AvailableZones": zones, "MasterZones": master, "SlaveZones": slave, "SupportMulticast": true}),
    )
}

pub(super) fn regions(ctx: &mut Context<'_>) -> Outcome {
    let supported = ctx
        .setup
        .regions
        .iter()
        .filter(|(_, region)| !region.transit_router_zones.is_empty());
    let regions: Vec<Value> = supported
        .map(|(id, region)| json!({"RegionId": id, "LocalName": region.local_name}))
        .collect();
    Ok(json!({"Regions": {"Region": regions}}))
}
