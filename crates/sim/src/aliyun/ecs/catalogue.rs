//! A small catalogue: enough to choose a test instance by.

use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};

struct Kind {
    id: &'static str,
    family: &'static str,
    cores: u64,
    memory: f64,
    price: f64,
}

const KINDS: [Kind; 6] = [
    Kind {
        id: "ecs.t5-lc2m1.nano",
        family: "ecs.t5",
        cores: 1,
        memory: 0.5,
        price: 0.083,
    },
    Kind {
        id: "ecs.t5-lc1m1.small",
        family: "ecs.t5",
        cores: 1,
        memory: 1.0,
        price: 0.108,
    },
    Kind {
        id: "ecs.t6-c1m1.large",
        family: "ecs.t6",
        cores: 2,
        memory: 2.0,
        price: 0.21,
    },
    Kind {
        id: "ecs.e-c1m1.large",
        family: "ecs.e",
        cores: 2,
        memory: 2.0,
        price: 0.23,
    },
    Kind {
        id: "ecs.g6.large",
        family: "ecs.g6",
        cores: 2,
        memory: 8.0,
        price: 0.5,
    },
    Kind {
        id: "ecs.g7.large",
        family: "ecs.g7",
        cores: 2,
        memory: 8.0,
        price: 0.54,
    },
];

const DISKS: [&str; 4] = [
    "cloud_efficiency",
    "cloud_essd",
    "cloud_essd_entry",
    "cloud_ssd",
];

/// The list price per hour; `None` for a type that is not in the catalogue.
pub(super) fn hourly_price(kind: &str) -> Option<f64> {
    KINDS
        .iter()
        .find(|known| known.id == kind)
        .map(|known| known.price)
}

fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.id).collect()
}

fn zones_of(ctx: &Context<'_>, region: &str) -> Vec<String> {
    ctx.setup
        .regions
        .get(region)
        .map(|region| region.zones.clone())
        .unwrap_or_default()
}

pub(super) fn zones(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let zone = |zone: String| {
        json!({
            "ZoneId": zone, "LocalName": zone, "ZoneType": "AvailabilityZone",
            "AvailableInstanceTypes": {"InstanceTypes": kinds()},
            "AvailableDiskCategories": {"DiskCategories": DISKS},
            "AvailableResourceCreation": {"ResourceTypes": ["Instance", "Disk", "VSwitch"]},
            "AvailableResources": {"ResourcesInfo": [{
                "IoOptimized": true, "InstanceTypes": {"supportedInstanceType": kinds()},
                "SystemDiskCategories": {"supportedSystemDiskCategory": DISKS},
            }]},
        })
    };
    let zones: Vec<Value> = zones_of(ctx, &region).into_iter().map(zone).collect();
    Ok(json!({"Zones": {"Zone": zones}}))
}

pub(super) fn available(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let wanted = ctx.required("DestinationResource")?;
    let supported: Vec<&str> = match wanted.as_str() {
        "InstanceType" | "Zone" => kinds()
            .into_iter()
            .filter(|kind| ctx.parameters.matches("InstanceType", kind))
            .collect(),
        "SystemDisk" | "DataDisk" => DISKS
            .into_iter()
            .filter(|disk| ctx.parameters.matches("SystemDiskCategory", disk))
            .collect(),
        _ => vec!["vpc"],
    };
    let supported: Vec<Value> = supported
        .into_iter()
        .map(|value| json!({"Value": value, "Status": "Available", "StatusCategory": "WithStock", "Min": 20, "Max": 500, "Unit": "GiB"}))
        .collect();
    let zone = |zone: String| {
        json!({
            "ZoneId": zone, "RegionId": region, "Status": "Available", "StatusCategory": "WithStock",
            "AvailableResources": {"AvailableResource": [
                {"Type": wanted, "SupportedResources": {"SupportedResource": supported}},
            ]},
        })
    };
    let zones: Vec<Value> = zones_of(ctx, &region)
        .into_iter()
        .filter(|zone| ctx.parameters.matches("ZoneId", zone))
        .map(zone)
        .collect();
    Ok(json!({"AvailableZones": {"AvailableZone": zones}}))
}

pub(super) fn types(ctx: &mut Context<'_>) -> Outcome {
    let parameters = &ctx.parameters;
    let ids = parameters.list("InstanceTypes");
    let least_cores = parameters.integer("MinimumCpuCoreCount")?.unwrap_or(0);
    let shown = |kind: &&Kind| {
        (ids.is_empty() || ids.iter().any(|id| id == kind.id))
            && parameters.matches("InstanceTypeFamily", kind.family)
            && parameters.matches("CpuArchitecture", "X86")
            && kind.cores >= least_cores
    };
    let row = |kind: &Kind| {
        json!({
            "InstanceTypeId": kind.id, "InstanceTypeFamily": kind.family, "CpuCoreCount": kind.cores,
            "MemorySize": kind.memory, "CpuArchitecture": "X86", "EniQuantity": 2, "InstanceBandwidthRx": 102_400,
        })
    };
    let page = tokened(
        parameters,
        KINDS.iter().filter(shown).map(row).collect(),
        TokenStyle::new(100, 1600),
    )?;
    Ok(
        json!({"InstanceTypes": {"InstanceType": page.items}, "NextToken": page.next.unwrap_or_default()}),
    )
}

pub(super) fn price(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let kind = ctx.required("InstanceType")?;
    let missing = || {
        Failure::bad(
            "InvalidInstanceType.ValueNotSupported",
            "The instance type is not supported.",
        )
    };
    let price = hourly_price(&kind).ok_or_else(missing)?;
    let disk = disk_price(ctx)?;
    let all = (price * MILLION + disk * MILLION).round() / MILLION;
    let entry = |resource: &str, price: f64| json!({"Resource": resource, "OriginalPrice": price, "DiscountPrice": 0.0, "TradePrice": price});
    Ok(json!({"PriceInfo": {
        "Price": {
            "OriginalPrice": all, "DiscountPrice": 0.0, "TradePrice": all, "Currency": "CNY",
            "DetailInfos": {"DetailInfo": [entry("instanceType", price), entry("systemDisk", disk)]},
        },
        "Rules": {"Rule": []},
    }}))
}

const MILLION: f64 = 1e6;

/// What a system disk costs each hour; nothing unless its category is sent.
fn disk_price(ctx: &Context<'_>) -> Outcome<f64> {
    let Some(category) = ctx.parameters.get("SystemDisk.Category") else {
        return Ok(0.0);
    };
    let unsupported = || {
        Failure::bad(
            "InvalidSystemDiskCategory.ValueNotSupported",
            "The specified parameter SystemDisk.Category is not supported.",
        )
    };
    let rank = DISKS.iter().position(|disk| *disk == category);
    let rank = u32::try_from(rank.ok_or_else(unsupported)?).unwrap_or_default();
    let size = ctx.parameters.integer("SystemDisk.Size")?.unwrap_or(40);
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    let millionths = f64::from(500 + 100 * rank) * f64::from(size);
    Ok(millionths / MILLION)
}
