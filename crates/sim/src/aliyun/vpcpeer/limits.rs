//! What an account may have: quotas, bandwidth, and services that must be open.

use super::illegal;
use crate::account::Service;
use crate::aliyun::choices::PEERING_BANDWIDTH_EXCEEDED;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::regions::is_mainland;
use crate::table::Base;

/// Mbit/s between regions, unless asked for.
pub(super) const DEFAULT_BANDWIDTH: u64 = 1024;

pub(super) fn bandwidth(ctx: &Context<'_>) -> Outcome<Option<u64>> {
    let Some(text) = ctx.parameters.get("Bandwidth") else {
        return Ok(None);
    };
    let bandwidth: u64 = text.parse().map_err(|_| illegal("Bandwidth"))?;
    if bandwidth == 0 {
        return Err(illegal("Bandwidth"));
    }
    if usize::try_from(bandwidth).unwrap_or(usize::MAX) > ctx.quota("vpc_peering_bandwidth") {
        return Err(Failure::bad(
            PEERING_BANDWIDTH_EXCEEDED,
            "The bandwidth exceeds the quota.",
        ));
    }
    Ok(Some(bandwidth))
}

pub(super) fn link_type(ctx: &Context<'_>) -> Outcome<String> {
    match ctx.parameters.get("LinkType").unwrap_or("Gold") {
        link @ ("Gold" | "Platinum" | "Silver") => Ok(link.to_owned()),
        _ => Err(illegal("LinkType")),
    }
}

/// Traffic between regions is billed by a service that both accounts have to open.
pub(super) fn check_services(ctx: &Context<'_>, here: &Base, there: &Base) -> Outcome<()> {
    if here.region == there.region {
        return Ok(());
    }
    let crosses_border = is_mainland(&here.region) != is_mainland(&there.region);
    let (service, name) = if crosses_border {
        (Service::CdtCrossBorder, "CrossBorderCdtNotOpened")
    } else {
        (Service::Cdt, "CdtNotOpened")
    };
    for (end, side) in [(here, ""), (there, "AcceptUser")] {
        if !ctx.accounts.is_open(&end.owner, service) {
            return Err(Failure::bad(
                format!("OperationFailed.{side}{name}"),
                format!("The account {} has not opened CDT.", end.owner),
            ));
        }
    }
    Ok(())
}

/// Whether the caller may have one more connection at this VPC of its own.
pub(super) fn check_quotas(ctx: &Context<'_>, own: &Base, in_region: bool) -> Outcome<()> {
    let peerings = || {
        let all = ctx.state.vpcpeer.peerings.iter();
        all.filter(|known| known.is_living(ctx.now))
    };
    let in_account = peerings()
        .filter(|known| known.base.owner == own.owner && known.base.region == own.region)
        .count();
    if in_account >= ctx.quota("vpc_peerings_per_region") {
        return Err(exceeded("VpcPeerCountPerUserPerRegion"));
    }
    let of_vpc = peerings()
        .filter(|known| known.joins(&own.id) && known.is_between_regions() != in_region)
        .count();
    let name = if in_region {
        "same_region_vpc_peerings_per_vpc"
    } else {
        "inter_region_vpc_peerings_per_vpc"
    };
    if of_vpc >= ctx.quota(name) {
        return Err(exceeded("VpcPeerCountPerVpc"));
    }
    Ok(())
}

fn exceeded(what: &str) -> Failure {
    Failure::bad(
        format!("QuotaExceeded.{what}"),
        "The quota of VPC peering connections is used up.",
    )
}
