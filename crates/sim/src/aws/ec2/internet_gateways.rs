//! Internet gateways. Packets that are sent to one end there: nothing outside of the cloud is simulated.

use std::time::Duration;

use super::find::{INTERNET_GATEWAY, VPC};
use super::{State, nat_gateways, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, depends};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Base;

#[derive(Debug, Clone)]
pub(crate) struct InternetGateway {
    pub(crate) base: Base,
    /// The VPC that it is attached to.
    pub(crate) vpc: Option<String>,
}

impl InternetGateway {
    pub(super) fn is_at(&self, vpc: &str) -> bool {
        self.vpc.as_deref() == Some(vpc)
    }
}

/// Whether a VPC has a gateway.
pub(super) fn is_at(state: &State, vpc: &str) -> bool {
    let mut gateways = state.internet_gateways.iter();
    gateways.any(|gateway| gateway.is_at(vpc))
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let tags = tagging::specified(ctx, &["internet-gateway"])?;
    let gateways = ctx.state.ec2.internet_gateways.iter();
    let used = gateways.filter(|gateway| ctx.can_see(*gateway)).count();
    ctx.within(
        "internet_gateways_per_region",
        used,
        "InternetGatewayLimitExceeded",
    )?;
    let gateway = InternetGateway {
        base: ctx.base("igw", Duration::ZERO),
        vpc: None,
    };
    ctx.born("internet-gateway", &gateway.base.id);
    tagging::put(ctx, &gateway.base.id, tags);
    let answer = Xml::new().node("internetGateway", view(ctx, &gateway));
    ctx.state.ec2.internet_gateways.insert(gateway);
    Ok(answer)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 4] = [
        "attachment.state",
        "attachment.vpc-id",
        "internet-gateway-id",
        "owner-id",
    ];
    let fields = |gateway: &InternetGateway| {
        Fields::new(ctx.tags(&gateway.base.id))
            .many(
                "attachment.state",
                gateway.vpc.as_ref().map(|_| "available"),
            )
            .many("attachment.vpc-id", &gateway.vpc)
            .with("internet-gateway-id", &gateway.base.id)
            .with("owner-id", &gateway.base.owner)
    };
    let gateways = INTERNET_GATEWAY.select(ctx, "InternetGatewayId", &FILTERS, fields)?;
    let rows = gateways.iter().map(|gateway| view(ctx, gateway)).collect();
    paged(ctx, "internetGatewaySet", rows, 1000)
}

fn view(ctx: &Context<'_>, gateway: &InternetGateway) -> Xml {
    let attachment = |vpc: &String| Xml::new().leaf("vpcId", vpc).leaf("state", "available");
    Xml::new()
        .leaf("internetGatewayId", &gateway.base.id)
        .leaf("ownerId", &gateway.base.owner)
        .items("attachmentSet", gateway.vpc.iter().map(attachment))
        .and(ctx.tag_set(&gateway.base.id))
}

/// A gateway has one VPC, and a VPC one gateway.
pub(super) fn attach(ctx: &mut Context<'_>) -> Outcome {
    let gateway = INTERNET_GATEWAY.named(ctx, "InternetGatewayId")?;
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    if let Some(other) = &gateway.vpc {
        let message = format!(
            "resource {} is already attached to network {other}",
            gateway.base.id
        );
        return Err(Failure::bad("Resource.AlreadyAssociated", message));
    }
    if is_at(&ctx.state.ec2, &vpc) {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    set(ctx, &gateway.base.id, Some(vpc));
    Ok(Xml::done())
}

pub(super) fn detach(ctx: &mut Context<'_>) -> Outcome {
    let gateway = INTERNET_GATEWAY.named(ctx, "InternetGatewayId")?;
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    if !gateway.is_at(&vpc) {
        let message = format!(
            "resource {} is not attached to network {vpc}",
            gateway.base.id
        );
        return Err(Failure::bad("Gateway.NotAttached", message));
    }
    if nat_gateways::needs_outside(&ctx.state.ec2, &vpc, ctx.now) {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching \
             the gateway."
        );
        return Err(Failure::bad("DependencyViolation", message));
    }
    set(ctx, &gateway.base.id, None);
    Ok(Xml::done())
}

fn set(ctx: &mut Context<'_>, id: &str, vpc: Option<String>) {
    if let Some(gateway) = ctx.state.ec2.internet_gateways.get_mut(id) {
        gateway.vpc = vpc;
    }
}

/// Routes to it stay, as black holes.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let gateway = INTERNET_GATEWAY.named(ctx, "InternetGatewayId")?;
    let (id, now) = (&gateway.base.id, ctx.now);
    if gateway.vpc.is_some() {
        return Err(depends("internetGateway", id));
    }
    if let Some(gateway) = ctx.state.ec2.internet_gateways.get_mut(id) {
        gateway.base.life.leave(now);
    }
    tagging::forget(ctx, id);
    Ok(Xml::done())
}
