//! Peerings as each side sees them.

use super::find::check_form;
use super::peering::{End, Peering, Side, Status};
use crate::aws::context::Context;
use crate::aws::failure::{Outcome, absent};
use crate::aws::filters::{self, Fields};
use crate::aws::paging::paged;
use crate::aws::xml::Xml;

/// The side for which the caller sees a peering in the region of the call.
pub(crate) fn visible(ctx: &Context<'_>, peering: &Peering) -> Option<Side> {
    let sees = |side: &Side| {
        peering.is_held(*side, ctx.account(), &ctx.region)
            && peering.is_visible(*side, ctx.now, &ctx.setup.timings)
    };
    [Side::Requester, Side::Accepter].into_iter().find(sees)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 10] = [
        "accepter-vpc-info.cidr-block",
        "accepter-vpc-info.owner-id",
        "accepter-vpc-info.vpc-id",
        "expiration-time",
        "requester-vpc-info.cidr-block",
        "requester-vpc-info.owner-id",
        "requester-vpc-info.vpc-id",
        "status-code",
        "status-message",
        "vpc-peering-connection-id",
    ];
    let ids = ctx.parameters.list("VpcPeeringConnectionId");
    for id in &ids {
        check_form("InvalidVpcPeeringConnectionID", "pcx-", id)?;
        let found = ctx.state.ec2.peerings.get(id);
        if found.and_then(|peering| visible(ctx, peering)).is_none() {
            return Err(absent(
                "InvalidVpcPeeringConnectionID",
                "vpcPeeringConnection",
                id,
            ));
        }
    }
    let filters = filters::read(ctx, &FILTERS)?;
    let mut rows = Vec::new();
    for peering in ctx.state.ec2.peerings.iter() {
        let wanted = ids.is_empty() || ids.contains(&peering.base.id);
        if let Some(side) = visible(ctx, peering).filter(|_| wanted)
            && filters::pass(&filters, &fields(ctx, peering, side))
        {
            rows.push(view(ctx, peering, side));
        }
    }
    paged(ctx, "vpcPeeringConnectionSet", rows, 1000)
}

fn fields(ctx: &Context<'_>, peering: &Peering, side: Side) -> Fields {
    let status = peering.status_for(side, ctx.now, &ctx.setup.timings);
    let range = |end: &End| {
        let vpc = ctx.state.ec2.vpcs.get(&end.vpc);
        vpc.and_then(|vpc| Some(vpc.ranges.first()?.range))
    };
    Fields::new(ctx.tags(&peering.base.id))
        .many("accepter-vpc-info.cidr-block", range(&peering.accepter))
        .with("accepter-vpc-info.owner-id", &peering.accepter.account)
        .with("accepter-vpc-info.vpc-id", &peering.accepter.vpc)
        .with("expiration-time", expiration(ctx, peering))
        .many("requester-vpc-info.cidr-block", range(&peering.requester))
        .with("requester-vpc-info.owner-id", &peering.requester.account)
        .with("requester-vpc-info.vpc-id", &peering.requester.vpc)
        .with("status-code", status.name())
        .with("status-message", message(peering, status))
        .with("vpc-peering-connection-id", &peering.base.id)
}

fn expiration(ctx: &Context<'_>, peering: &Peering) -> String {
    ctx.date(peering.expires(&ctx.setup.timings))
}

/// One sentence for all causes of failure, as the cloud has it.
fn message(peering: &Peering, status: Status) -> String {
    match status {
        Status::InitiatingRequest => {
            format!("Initiating Request to {}", peering.accepter.account)
        }
        Status::PendingAcceptance => {
            format!("Pending Acceptance by {}", peering.accepter.account)
        }
        Status::Provisioning => "Provisioning".to_owned(),
        Status::Active => "Active".to_owned(),
        Status::Failed => {
            "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range".to_owned()
        }
        Status::Rejected => format!("Rejected by {}", peering.accepter.account),
        Status::Expired => "Expired".to_owned(),
        Status::Deleting => "Deleting".to_owned(),
        Status::Deleted => "Deleted".to_owned(),
    }
}

pub(super) fn view(ctx: &Context<'_>, peering: &Peering, side: Side) -> Xml {
    let status = peering.status_for(side, ctx.now, &ctx.setup.timings);
    let end = |of: Side| end_view(ctx, peering, of, of == side, status == Status::Active);
    let expires = status.is_outstanding().then(|| expiration(ctx, peering));
    let state = Xml::new()
        .leaf("code", status.name())
        .leaf("message", message(peering, status));
    Xml::new()
        .leaf("vpcPeeringConnectionId", &peering.base.id)
        .node("requesterVpcInfo", end(Side::Requester))
        .node("accepterVpcInfo", end(Side::Accepter))
        .node("status", state)
        .maybe("expirationTime", expires)
        .and(ctx.tag_set(&peering.base.id))
}

/// The ranges of the other side show only while the peering is active, and so do options.
fn end_view(ctx: &Context<'_>, peering: &Peering, of: Side, own: bool, active: bool) -> Xml {
    let end = peering.end(of);
    let xml = Xml::new()
        .leaf("ownerId", &end.account)
        .leaf("vpcId", &end.vpc)
        .leaf("region", &end.region);
    let vpc = ctx.state.ec2.vpcs.get(&end.vpc);
    let xml = match vpc.filter(|_| own || active) {
        None => xml,
        Some(vpc) => {
            let v4 = vpc.ranges.iter().map(|own| own.range);
            let v6 = vpc.ranges_v6.iter().map(|own| own.range);
            xml.maybe("cidrBlock", vpc.ranges.first().map(|own| own.range))
                .items(
                    "cidrBlockSet",
                    v4.map(|range| Xml::new().leaf("cidrBlock", range)),
                )
                .items(
                    "ipv6CidrBlockSet",
                    v6.map(|range| Xml::new().leaf("ipv6CidrBlock", range)),
                )
        }
    };
    if active {
        xml.node("peeringOptions", options(peering, of))
    } else {
        xml
    }
}

pub(super) fn options(peering: &Peering, of: Side) -> Xml {
    let dns = match of {
        Side::Requester => peering.requester_dns,
        Side::Accepter => peering.accepter_dns,
    };
    Xml::new()
        .leaf("allowDnsResolutionFromRemoteVpc", dns)
        .leaf("allowEgressFromLocalClassicLinkToRemoteVpc", false)
        .leaf("allowEgressFromLocalVpcToRemoteClassicLink", false)
}
