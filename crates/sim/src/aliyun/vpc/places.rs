//! Regions and zones.

use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;

pub(super) fn regions(ctx: &mut Context<'_>) -> Outcome {
    let region = |(id, region): (&str, &crate::aliyun::regions::Region)| json!({"RegionId": id, "RegionEndpoint": format!("vpc.{id}.aliyuncs.com"), "LocalName": region.local_name});
    let regions: Vec<Value> = ctx.setup.regions.iter().map(region).collect();
    Ok(json!({"Regions": {"Region": regions}}))
}

pub(super) fn zones(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let zones = ctx
        .setup
        .regions
        .get(&region)
        .map(|region| region.zones.as_slice())
        .unwrap_or_default();
    let zones: Vec<Value> = zones
        .iter()
        .map(|zone| json!({"ZoneId": zone, "LocalName": zone, "ZoneType": "AvailabilityZone"}))
        .collect();
    Ok(json!({"Zones": {"Zone": zones}}))
}
