//! Egress-only internet gateways, which let IPv6 traffic out. Packets that are sent to one end there.

use std::time::Duration;

use super::find::{EGRESS_GATEWAY, VPC};
use super::tagging;
use crate::aws::context::Context;
use crate::aws::failure::Outcome;
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Base;

/// Attached to its VPC as long as it exists.
#[derive(Debug, Clone)]
pub(crate) struct EgressGateway {
    pub(crate) base: Base,
    pub(crate) vpc: String,
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    let tags = tagging::specified(ctx, &["egress-only-internet-gateway"])?;
    let gateways = ctx.state.ec2.egress_gateways.iter();
    let used = gateways.filter(|gateway| ctx.can_see(*gateway)).count();
    ctx.within(
        "egress_only_internet_gateways_per_region",
        used,
        "EgressOnlyInternetGatewayLimitExceeded",
    )?;
    let gateway = EgressGateway {
        base: ctx.base("eigw", Duration::ZERO),
        vpc,
    };
    ctx.born("egress-only-internet-gateway", &gateway.base.id);
    tagging::put(ctx, &gateway.base.id, tags);
    let answer = Xml::new().node("egressOnlyInternetGateway", view(ctx, &gateway));
    ctx.state.ec2.egress_gateways.insert(gateway);
    Ok(answer)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let fields = |gateway: &EgressGateway| Fields::new(ctx.tags(&gateway.base.id));
    let gateways = EGRESS_GATEWAY.select(ctx, "EgressOnlyInternetGatewayId", &[], fields)?;
    let rows = gateways.iter().map(|gateway| view(ctx, gateway)).collect();
    paged(ctx, "egressOnlyInternetGatewaySet", rows, 255)
}

fn view(ctx: &Context<'_>, gateway: &EgressGateway) -> Xml {
    let attachment = Xml::new()
        .leaf("state", "attached")
        .leaf("vpcId", &gateway.vpc);
    Xml::new()
        .leaf("egressOnlyInternetGatewayId", &gateway.base.id)
        .items("attachmentSet", [attachment])
        .and(ctx.tag_set(&gateway.base.id))
}

/// Routes to it stay, as black holes.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let id = EGRESS_GATEWAY
        .named(ctx, "EgressOnlyInternetGatewayId")?
        .base
        .id;
    let now = ctx.now;
    if let Some(gateway) = ctx.state.ec2.egress_gateways.get_mut(&id) {
        gateway.base.life.leave(now);
    }
    tagging::forget(ctx, &id);
    Ok(Xml::new().leaf("returnCode", true))
}
