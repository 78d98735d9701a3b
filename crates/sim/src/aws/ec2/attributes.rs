//! The attributes of VPCs that concern names.

use super::find::VPC;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::xml::Xml;

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    let support = ctx.maybe_flag("EnableDnsSupport.Value")?;
    let hostnames = ctx.maybe_flag("EnableDnsHostnames.Value")?;
    if support.is_some() == hostnames.is_some() {
        return Err(Failure::bad(
            "InvalidParameterCombination",
            "Exactly one attribute can be modified at a time",
        ));
    }
    if let Some(vpc) = ctx.state.ec2.vpcs.get_mut(&vpc.base.id) {
        vpc.dns_support = support.unwrap_or(vpc.dns_support);
        vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
    }
    Ok(Xml::done())
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.usable(ctx, &ctx.required("VpcId")?)?;
    let attribute = ctx.required("Attribute")?;
    let value = match attribute.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        _ => return Err(bad_value(&attribute, "attribute")),
    };
    Ok(Xml::new()
        .leaf("vpcId", &vpc.base.id)
        .node(&attribute, Xml::new().leaf("value", value)))
}
