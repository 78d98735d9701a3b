//! The attributes of VPCs: name resolution, and whether the use of addresses is measured.

use super::find::VPC;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::xml::Xml;

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    let support = ctx.maybe_flag("EnableDnsSupport.Value")?;
    let hostnames = ctx.maybe_flag("EnableDnsHostnames.Value")?;
    let metrics = ctx.maybe_flag("EnableNetworkAddressUsageMetrics.Value")?;
    let sent = [support, hostnames, metrics].iter().flatten().count();
    if sent != 1 {
        return Err(Failure::bad(
            "InvalidParameterCombination",
            "Exactly one attribute can be modified at a time",
        ));
    }
    if let Some(vpc) = ctx.state.ec2.vpcs.get_mut(&vpc.base.id) {
        vpc.dns_support = support.unwrap_or(vpc.dns_support);
        vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
        vpc.usage_metrics = metrics.unwrap_or(vpc.usage_metrics);
    }
    Ok(Xml::done())
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.usable(ctx, &ctx.required("VpcId")?)?;
    let attribute = ctx.required("Attribute")?;
    let value = match attribute.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        "enableNetworkAddressUsageMetrics" => vpc.usage_metrics,
        _ => return Err(bad_value(&attribute, "attribute")),
    };
    Ok(Xml::new()
        .leaf("vpcId", &vpc.base.id)
        .node(&attribute, Xml::new().leaf("value", value)))
}
