//! The ranges of VPCs.

use std::net::Ipv6Addr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::acls;
use super::find::VPC;
use super::peering::Status;
use super::vpcs::{canonical, open_default_group_to_ipv6};
use super::{Association, Vpc, overlap};
use crate::aws::choices;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent};
use crate::aws::xml::Xml;

/// A range that a VPC may have.
pub(super) fn vpc_range(text: &str) -> Outcome<Ipv4Net> {
    let range = canonical(text)?;
    if (16..=28).contains(&range.prefix_len()) {
        return Ok(range);
    }
    Err(Failure::bad(
        "InvalidVpc.Range",
        format!("The CIDR '{text}' is invalid."),
    ))
}

/// A fresh range of the cloud's own.
pub(super) fn next_v6(ctx: &mut Context<'_>) -> Association<Ipv6Net> {
    let digits = ctx.ids.hex("aws ipv6 range", 6);
    let number = u128::from_str_radix(&digits, 16).unwrap_or_default();
    let address = (0x2600_1f10_u128 << 96) | (number << 72);
    Association {
        id: ctx.new_id("vpc-cidr-assoc"),
        range: Ipv6Net::new_assert(Ipv6Addr::from(address), 56),
        since: ctx.now + ctx.setup.timings.ipv6_range,
    }
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    if ctx.flag("AmazonProvidedIpv6CidrBlock")? {
        return associate_v6(ctx, &vpc);
    }
    let text = ctx.required("CidrBlock")?;
    let range = vpc_range(&text)?;
    ctx.within("cidrs_per_vpc", vpc.ranges.len(), choices::TOO_MANY_RANGES)?;
    check_free(ctx, &vpc, IpNet::V4(range))?;
    fail_requests(ctx, &vpc, IpNet::V4(range));
    let association = Association {
        id: ctx.new_id("vpc-cidr-assoc"),
        range,
        since: ctx.now,
    };
    let answer = Xml::new()
        .leaf("vpcId", &vpc.base.id)
        .node("cidrBlockAssociation", view(&association));
    if let Some(vpc) = ctx.state.ec2.vpcs.get_mut(&vpc.base.id) {
        vpc.ranges.push(association);
    }
    Ok(answer)
}

fn associate_v6(ctx: &mut Context<'_>, vpc: &Vpc) -> Outcome {
    ctx.within(
        "cidrs_per_vpc",
        vpc.ranges_v6.len(),
        choices::TOO_MANY_RANGES,
    )?;
    let association = next_v6(ctx);
    let answer = Xml::new()
        .leaf("vpcId", &vpc.base.id)
        .node("ipv6CidrBlockAssociation", view_v6(ctx, &association));
    if vpc.ranges_v6.is_empty() {
        acls::open_to_ipv6(ctx, &vpc.base.id);
        open_default_group_to_ipv6(ctx, &vpc.base.id);
    }
    if let Some(vpc) = ctx.state.ec2.vpcs.get_mut(&vpc.base.id) {
        vpc.ranges_v6.push(association);
    }
    Ok(answer)
}

/// Own ranges, routes and peerings may be in the way of a new range.
fn check_free(ctx: &Context<'_>, vpc: &Vpc, range: IpNet) -> Outcome<()> {
    let refused = |why: &str| {
        let message = format!("The CIDR '{range}' conflicts with {why}.");
        Err(Failure::bad(choices::RANGE_IN_THE_WAY, message))
    };
    if vpc.all_ranges().any(|own| overlap(&own, &range)) {
        return refused("another range of the VPC");
    }
    let ec2 = &ctx.state.ec2;
    let mut routes = ec2
        .tables
        .iter()
        .filter(|table| table.vpc == vpc.base.id)
        .flat_map(|table| &table.routes);
    let in_range = |own: IpNet| range.contains(&own);
    if routes.any(|route| route.destination.range().is_some_and(in_range)) {
        return refused("a route of the VPC");
    }
    for peering in ec2
        .peerings
        .iter()
        .filter(|peering| peering.has(&vpc.base.id))
    {
        let requests = peering.requester.vpc == vpc.base.id;
        let other = ec2.vpcs.get(peering.other_vpc(&vpc.base.id));
        let overlaps =
            other.is_some_and(|other| other.all_ranges().any(|own| overlap(&own, &range)));
        match peering.status(ctx.now) {
            Status::InitiatingRequest | Status::PendingAcceptance if requests => {
                return refused("a peering that is not accepted yet");
            }
            Status::Provisioning | Status::Active if overlaps => {
                return refused("an active peering");
            }
            _ => {}
        }
    }
    Ok(())
}

/// An accepter that adds an overlapping range makes the request fail.
fn fail_requests(ctx: &mut Context<'_>, vpc: &Vpc, range: IpNet) {
    let (ec2, now) = (&mut ctx.state.ec2, ctx.now);
    for peering in ec2.peerings.iter_mut() {
        let pending = peering.status(now) == Status::PendingAcceptance;
        let other = ec2.vpcs.get(&peering.requester.vpc);
        let overlaps =
            other.is_some_and(|other| other.all_ranges().any(|own| overlap(&own, &range)));
        if pending && peering.accepter.vpc == vpc.base.id && overlaps {
            peering.fail(now);
        }
    }
}

pub(super) fn disassociate(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("AssociationId")?;
    let missing = || absent("InvalidVpcCidrBlockAssociationID", "association", &id);
    let (owner, region) = (ctx.account().to_owned(), ctx.region.clone());
    let vpcs = ctx.state.ec2.vpcs.iter_mut();
    let mut own = vpcs.filter(|vpc| vpc.base.owner == owner && vpc.base.region == region);
    let holds = |vpc: &&mut Vpc| {
        vpc.ranges.iter().any(|own| own.id == id) || vpc.ranges_v6.iter().any(|own| own.id == id)
    };
    let vpc = own.find(holds).ok_or_else(missing)?;
    if vpc.ranges.first().is_some_and(|primary| primary.id == id) {
        let message =
            format!("The vpc CIDR block with association ID {id} may not be disassociated.");
        return Err(Failure::bad("OperationNotPermitted", message));
    }
    let removed = vpc.ranges.iter().find(|own| own.id == id);
    if let Some(range) = removed.map(|own| own.range) {
        let mut subnets = ctx.state.ec2.subnets.iter();
        if subnets.any(|subnet| subnet.vpc == vpc.base.id && range.contains(&subnet.range)) {
            let message = format!(
                "The vpc {} currently has a subnet within CIDR block {range}",
                vpc.base.id
            );
            return Err(Failure::bad("InvalidCidrBlock.InUse", message));
        }
    }
    vpc.ranges.retain(|own| own.id != id);
    vpc.ranges_v6.retain(|own| own.id != id);
    Ok(Xml::new().leaf("vpcId", &vpc.base.id))
}

pub(super) fn view(association: &Association<Ipv4Net>) -> Xml {
    Xml::new()
        .leaf("associationId", &association.id)
        .leaf("cidrBlock", association.range)
        .node("cidrBlockState", Xml::new().leaf("state", "associated"))
}

pub(super) fn view_v6(ctx: &Context<'_>, association: &Association<Ipv6Net>) -> Xml {
    let is_there = association.since <= ctx.now;
    let state = match is_there {
        true => "associated",
        false => "associating",
    };
    Xml::new()
        .leaf("associationId", &association.id)
        .maybe("ipv6CidrBlock", is_there.then_some(association.range))
        .node("ipv6CidrBlockState", Xml::new().leaf("state", state))
        .leaf("ipv6Pool", "Amazon")
        .leaf("ipSource", "amazon")
        .leaf("networkBorderGroup", &ctx.region)
}
