//! Regions, zones and what the account may use.

use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::filters::{self, Fields};
use crate::aws::regions;
use crate::aws::xml::Xml;

pub(super) fn regions(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters::read(ctx, &["endpoint", "opt-in-status", "region-name"])?;
    let names = ctx.parameters.list("RegionName");
    let partition = ctx.partition();
    if let Some(unknown) = names.iter().find(|name| !partition.has(name)) {
        let message = format!("Invalid region names: [{unknown}]");
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    let all = ctx.flag("AllRegions")?;
    let wanted = |region: &&str| {
        let status = opt_in_status(ctx, region);
        let fields = Fields::default()
            .with("endpoint", partition.endpoint(region))
            .with("opt-in-status", status)
            .with("region-name", region);
        let named = names.is_empty() || names.iter().any(|name| name == region);
        named && (all || status != DISABLED) && filters::pass(&filters, &fields)
    };
    let row = |region: &str| {
        Xml::new()
            .leaf("regionName", region)
            .leaf("regionEndpoint", partition.endpoint(region))
            .leaf("optInStatus", opt_in_status(ctx, region))
    };
    let regions = partition.regions().filter(wanted);
    Ok(Xml::new().items("regionInfo", regions.map(row)))
}

const DISABLED: &str = "not-opted-in";

fn opt_in_status(ctx: &Context<'_>, region: &str) -> &'static str {
    let account = ctx.accounts.account(ctx.account());
    match regions::is_opt_in(region) {
        false => "opt-in-not-required",
        true if account.is_some_and(|account| account.has_region(region)) => "opted-in",
        true => DISABLED,
    }
}

pub(super) fn zones(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters::read(
        ctx,
        &[
            "group-name",
            "opt-in-status",
            "region-name",
            "state",
            "zone-id",
            "zone-name",
            "zone-type",
        ],
    )?;
    let names = ctx.parameters.list("ZoneName");
    let ids = ctx.parameters.list("ZoneId");
    let wanted = |zone: &String| {
        let fields = Fields::default()
            .with("group-name", &ctx.region)
            .with("opt-in-status", "opt-in-not-required")
            .with("region-name", &ctx.region)
            .with("state", "available")
            .with("zone-id", regions::zone_id(zone))
            .with("zone-name", zone)
            .with("zone-type", "availability-zone");
        (names.is_empty() || names.contains(zone))
            && (ids.is_empty() || ids.contains(&regions::zone_id(zone)))
            && filters::pass(&filters, &fields)
    };
    let row = |zone: String| {
        Xml::new()
            .leaf("zoneName", &zone)
            .leaf("zoneId", regions::zone_id(&zone))
            .leaf("zoneState", "available")
            .leaf("zoneType", "availability-zone")
            .leaf("regionName", &ctx.region)
            .leaf("groupName", &ctx.region)
            .leaf("networkBorderGroup", &ctx.region)
            .leaf("optInStatus", "opt-in-not-required")
            .items("messageSet", [])
    };
    let zones = regions::zones(&ctx.region).into_iter().filter(wanted);
    Ok(Xml::new().items("availabilityZoneInfo", zones.map(row)))
}

pub(super) fn account_attributes(ctx: &mut Context<'_>) -> Outcome {
    const ATTRIBUTES: [(&str, &str); 4] = [
        ("supported-platforms", "VPC"),
        ("default-vpc", "none"),
        ("max-instances", "20"),
        ("vpc-max-security-groups-per-interface", "5"),
    ];
    let names = ctx.parameters.list("AttributeName");
    let wanted = |(name, _): &(&str, &str)| names.is_empty() || names.iter().any(|n| n == name);
    let row = |(name, value): (&str, &str)| {
        let value = Xml::new().leaf("attributeValue", value);
        Xml::new()
            .leaf("attributeName", name)
            .items("attributeValueSet", [value])
    };
    let rows = ATTRIBUTES.into_iter().filter(wanted).map(row);
    Ok(Xml::new().items("accountAttributeSet", rows))
}
