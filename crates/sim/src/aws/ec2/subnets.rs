//! Subnets.

use ipnet::{IpNet, Ipv6Net};

use super::find::{SUBNET, VPC};
use super::subnet_attributes::{self, Attributes};
use super::vpcs::canonical;
use super::{Association, Subnet, Vpc, acls, addresses, overlap, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value, depends};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::regions::{zone_id, zones};
use crate::aws::xml::Xml;
use crate::table::Object;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    let text = ctx.required("CidrBlock")?;
    let range = canonical(&text)?;
    let fits = vpc.ranges.iter().any(|own| own.range.contains(&range));
    if !fits || !(16..=28).contains(&range.prefix_len()) {
        let message = format!("The CIDR '{text}' is invalid.");
        return Err(Failure::bad("InvalidSubnet.Range", message));
    }
    let siblings = || {
        ctx.state
            .ec2
            .subnets
            .iter()
            .filter(|subnet| subnet.vpc == vpc.base.id)
    };
    if siblings().any(|subnet| overlap(&subnet.range.into(), &range.into())) {
        let message = format!("The CIDR '{text}' conflicts with another subnet");
        return Err(Failure::bad("InvalidSubnet.Conflict", message));
    }
    ctx.within("subnets_per_vpc", siblings().count(), "SubnetLimitExceeded")?;
    let zone = zone(ctx)?;
    let range_v6 = range_v6(ctx, &vpc)?;
    let tags = tagging::specified(ctx, &["subnet"])?;
    let range_v6 = range_v6.map(|range| Association {
        id: ctx.new_id("subnet-cidr-assoc"),
        range,
        since: ctx.now,
    });
    let subnet = Subnet {
        base: ctx.base("subnet", ctx.setup.timings.subnet),
        vpc: vpc.base.id.clone(),
        zone,
        range,
        range_v6,
        attributes: Attributes::default(),
    };
    ctx.born("subnet", &subnet.base.id);
    tagging::put(ctx, &subnet.base.id, tags);
    acls::join_default(ctx, &vpc.base.id, &subnet.base.id);
    let answer = Xml::new().node("subnet", view(ctx, &subnet));
    ctx.state.ec2.subnets.insert(subnet);
    Ok(answer)
}

fn zone(ctx: &Context<'_>) -> Outcome<String> {
    let zones = zones(&ctx.region);
    let by_id = ctx.parameters.get("AvailabilityZoneId");
    let by_name = ctx.parameters.get("AvailabilityZone");
    let found = zones.iter().find(|zone| match (by_name, by_id) {
        (Some(name), _) => *zone == name,
        (None, Some(id)) => zone_id(zone) == id,
        (None, None) => true,
    });
    let wanted = by_name.or(by_id).unwrap_or_default();
    found
        .cloned()
        .ok_or_else(|| bad_value(wanted, "availabilityZone"))
}

fn range_v6(ctx: &Context<'_>, vpc: &Vpc) -> Outcome<Option<Ipv6Net>> {
    let Some(text) = ctx.parameters.get("Ipv6CidrBlock") else {
        return Ok(None);
    };
    let range: Ipv6Net = text.parse().map_err(|_| bad_value(text, "ipv6CidrBlock"))?;
    let mut there = vpc.ranges_v6.iter().filter(|own| own.since <= ctx.now);
    let fits = there.any(|own| own.range.contains(&range));
    let taken = ctx.state.ec2.subnets.iter().any(|subnet| {
        let own = subnet.range_v6.as_ref();
        own.is_some_and(|own| overlap(&IpNet::V6(own.range), &IpNet::V6(range)))
    });
    if !fits || range.prefix_len() != 64 {
        let message = format!("The IPv6 CIDR '{text}' is invalid.");
        return Err(Failure::bad("InvalidSubnet.Range", message));
    }
    if taken {
        let message = format!("The IPv6 CIDR '{text}' conflicts with another subnet");
        return Err(Failure::bad("InvalidSubnet.Conflict", message));
    }
    Ok(Some(range))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 20] = [
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "available-ip-address-count",
        "cidr-block",
        "cidr",
        "cidrBlock",
        "default-for-az",
        "defaultForAz",
        "enable-dns64",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "ipv6-native",
        "map-public-ip-on-launch",
        "owner-id",
        "state",
        "subnet-arn",
        "subnet-id",
        "vpc-id",
    ];
    let fields = |subnet: &Subnet| {
        let v6 = subnet.range_v6.as_ref();
        Fields::new(ctx.tags(&subnet.base.id))
            .with("availabilityZone", &subnet.zone)
            .with(
                "available-ip-address-count",
                addresses::free(&ctx.state.ec2, subnet, ctx.now),
            )
            .with("cidrBlock", subnet.range)
            .with("defaultForAz", false)
            .with("enable-dns64", subnet.attributes.dns64)
            .many(
                "ipv6-cidr-block-association.association-id",
                v6.map(|own| &own.id),
            )
            .many(
                "ipv6-cidr-block-association.ipv6-cidr-block",
                v6.map(|own| own.range),
            )
            .many(
                "ipv6-cidr-block-association.state",
                v6.map(|_| "associated"),
            )
            .with("ipv6-native", false)
            .with(
                "map-public-ip-on-launch",
                subnet.attributes.public_addresses,
            )
            .with("subnet-arn", ctx.arn("subnet", &subnet.base.id))
            .with("availability-zone", &subnet.zone)
            .with("availability-zone-id", zone_id(&subnet.zone))
            .with("cidr-block", subnet.range)
            .with("cidr", subnet.range)
            .with("default-for-az", false)
            .with("owner-id", &subnet.base.owner)
            .with("state", state(ctx, subnet))
            .with("subnet-id", &subnet.base.id)
            .with("vpc-id", &subnet.vpc)
    };
    let subnets = SUBNET.select(ctx, "SubnetId", &FILTERS, fields)?;
    let rows = subnets.iter().map(|subnet| view(ctx, subnet)).collect();
    paged(ctx, "subnetSet", rows, 1000)
}

fn state(ctx: &Context<'_>, subnet: &Subnet) -> &'static str {
    if subnet.life().is_ready(ctx.now) {
        "available"
    } else {
        "pending"
    }
}

fn view(ctx: &Context<'_>, subnet: &Subnet) -> Xml {
    let v6 = subnet.range_v6.iter().map(|own| {
        Xml::new()
            .leaf("associationId", &own.id)
            .leaf("ipv6CidrBlock", own.range)
            .node("ipv6CidrBlockState", Xml::new().leaf("state", "associated"))
    });
    let free = addresses::free(&ctx.state.ec2, subnet, ctx.now);
    Xml::new()
        .leaf("subnetId", &subnet.base.id)
        .leaf("subnetArn", ctx.arn("subnet", &subnet.base.id))
        .leaf("state", state(ctx, subnet))
        .leaf("ownerId", &subnet.base.owner)
        .leaf("vpcId", &subnet.vpc)
        .leaf("cidrBlock", subnet.range)
        .items("ipv6CidrBlockAssociationSet", v6)
        .leaf("availableIpAddressCount", free)
        .leaf("availabilityZone", &subnet.zone)
        .leaf("availabilityZoneId", zone_id(&subnet.zone))
        .leaf("defaultForAz", false)
        .and(subnet_attributes::view(&subnet.attributes))
        .and(ctx.tag_set(&subnet.base.id))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let id = SUBNET.named(ctx, "SubnetId")?.base.id;
    if addresses::is_occupied(&ctx.state.ec2, &id, ctx.now) {
        return Err(depends("subnet", &id));
    }
    let (ec2, now) = (&mut ctx.state.ec2, ctx.now);
    for table in ec2.tables.iter_mut() {
        table.subnets.retain(|(_, subnet)| *subnet != id);
    }
    for acl in ec2.acls.iter_mut() {
        acl.subnets.retain(|(_, subnet)| *subnet != id);
    }
    if let Some(subnet) = ec2.subnets.get_mut(&id) {
        subnet.base.life.leave(now);
    }
    tagging::forget(ctx, &id);
    Ok(Xml::done())
}
