//! Secondary ranges of VPCs.

use serde_json::json;

use super::networks::network_range;
use super::{check_ready, ipv6, overlap, own_vpc, range, vswitches_of};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("VpcId")?;
    let is_ipv6 = ctx.parameters.get("IpVersion");
    if is_ipv6.is_some_and(|version| version.eq_ignore_ascii_case("ipv6")) {
        let vpc = own_vpc(ctx, &id)?;
        check_ready(&vpc, ctx.now)?;
        return ipv6::associate(ctx, &vpc);
    }
    let cidr = network_range(&ctx.required("SecondaryCidrBlock")?)?;
    let vpc = own_vpc(ctx, &id)?;
    check_ready(&vpc, ctx.now)?;
    if overlap(&vpc.cidr, &cidr) || vpc.secondary.iter().any(|known| overlap(known, &cidr)) {
        return Err(Failure::bad(
            "InvalidCidrBlock.Overlapped",
            "The CIDR block overlaps with another one of the VPC.",
        ));
    }
    if vpc.secondary.len() >= ctx.quota("secondary_cidrs_per_vpc") {
        return Err(Failure::bad(
            "QuotaExceeded.SecondaryCidrBlock",
            "Secondary CIDR block quota exceeded.",
        ));
    }
    if let Some(vpc) = ctx.state.vpc.vpcs.get_mut(&id) {
        vpc.secondary.push(cidr);
    }
    Ok(json!({}))
}

pub(super) fn unassociate(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("VpcId")?;
    let cidr = range(&ctx.required("SecondaryCidrBlock")?)?;
    own_vpc(ctx, &id)?;
    if vswitches_of(&ctx.state.vpc, &id, ctx.now).any(|vswitch| cidr.contains(&vswitch.cidr)) {
        return Err(Failure::bad(
            "DependencyViolation.VSwitch",
            "The CIDR block is still in use.",
        ));
    }
    if let Some(vpc) = ctx.state.vpc.vpcs.get_mut(&id) {
        vpc.secondary.retain(|known| *known != cidr);
    }
    Ok(json!({}))
}
