//! IPv6: the ranges that the cloud hands out to VPCs, and the parts of them that vSwitches and instances get.

use std::net::Ipv6Addr;

use ipnet::Ipv6Net;
use serde_json::{Value, json};

use super::{VSwitch, Vpc, vswitches_of};
use crate::aliyun::choices::NETWORK_WITHOUT_IPV6;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;

/// Operators whose ranges a VPC may get; the first is the default.
const OPERATORS: [&str; 2] = ["BGP", "BGP_International"];

/// Every address of a vSwitch below this one is the cloud's own.
const FIRST_HOST: u128 = 0x10;

/// Whether a VPC is to have IPv6. A particular range would have to be reserved before, which nobody can here.
pub(super) fn wanted(ctx: &Context<'_>, switch: &str) -> Outcome<bool> {
    if ctx.parameters.get("Ipv6CidrBlock").is_some() {
        return Err(Failure::bad(
            "InvalidIpv6CidrBlock.NotFound",
            "The IPv6 CIDR block has not been reserved.",
        ));
    }
    let operator = ctx.parameters.get("Ipv6Isp").unwrap_or(OPERATORS[0]);
    if !OPERATORS.contains(&operator) {
        return Err(invalid("Ipv6Isp"));
    }
    ctx.parameters.flag(switch)
}

/// A fresh /56 of the cloud's own.
pub(super) fn next_range(ctx: &mut Context<'_>) -> Ipv6Net {
    let digits = ctx.ids.hex("aliyun ipv6 range", 6);
    let number = u128::from_str_radix(&digits, 16).unwrap_or_default();
    let address = (0x2408_4005_u128 << 96) | (number << 72);
    Ipv6Net::new_assert(Ipv6Addr::from(address), 56)
}

/// The /64 that a new vSwitch asks for, by its number in a range of the VPC.
pub(super) fn part(ctx: &Context<'_>, vpc: &Vpc) -> Outcome<Option<Ipv6Net>> {
    let Some(number) = ctx.parameters.integer("Ipv6CidrBlock")? else {
        return Ok(None);
    };
    let number = u8::try_from(number).map_err(|_| invalid("Ipv6CidrBlock"))?;
    let named = ctx.parameters.get("VpcIpv6CidrBlock");
    let is_named = |range: &&Ipv6Net| named.is_none_or(|named| range.to_string() == named);
    let whole = vpc.ipv6.iter().find(is_named).ok_or_else(|| {
        let message = format!("VPC {} has no such IPv6 CIDR block.", vpc.base.id);
        Failure::bad(NETWORK_WITHOUT_IPV6, message)
    })?;
    let address = u128::from(whole.network()) | (u128::from(number) << 64);
    let range = Ipv6Net::new_assert(Ipv6Addr::from(address), 64);
    let taken =
        vswitches_of(&ctx.state.vpc, &vpc.base.id, ctx.now).any(|other| other.ipv6 == Some(range));
    if taken {
        return Err(Failure::bad(
            "OperationFailed.Ipv6CidrBlockExisted",
            "Another vSwitch has the IPv6 CIDR block.",
        ));
    }
    Ok(Some(range))
}

/// The lowest free addresses of a vSwitch; `None` if it has no IPv6.
pub(crate) fn take(vswitch: &VSwitch, count: u64, taken: &[Ipv6Addr]) -> Option<Vec<Ipv6Addr>> {
    let first = u128::from(vswitch.ipv6?.network()) + FIRST_HOST;
    let addresses = (first..).map(Ipv6Addr::from);
    let free = addresses.filter(|address| !taken.contains(address));
    Some(
        free.take(usize::try_from(count).unwrap_or(usize::MAX))
            .collect(),
    )
}

/// What a VPC or a vSwitch shows of its ranges.
pub(super) fn first(ranges: &[Ipv6Net]) -> String {
    ranges.first().map(Ipv6Net::to_string).unwrap_or_default()
}

pub(super) fn all(ranges: &[Ipv6Net]) -> Value {
    let block =
        |range: &Ipv6Net| json!({"Ipv6CidrBlock": range.to_string(), "Ipv6Isp": OPERATORS[0]});
    json!({"Ipv6CidrBlock": ranges.iter().map(block).collect::<Vec<_>>()})
}

/// `AssociateVpcCidrBlock` for a further range.
pub(super) fn associate(ctx: &mut Context<'_>, vpc: &Vpc) -> Outcome {
    check_room(ctx, vpc)?;
    let range = next_range(ctx);
    add(ctx, &vpc.base.id, range);
    Ok(json!({}))
}

fn check_room(ctx: &Context<'_>, vpc: &Vpc) -> Outcome<()> {
    if vpc.ipv6.len() < ctx.quota("secondary_cidrs_per_vpc") {
        return Ok(());
    }
    Err(Failure::bad(
        "QuotaExceeded.SecondaryCidrBlock",
        "Secondary CIDR block quota exceeded.",
    ))
}

fn add(ctx: &mut Context<'_>, vpc: &str, range: Ipv6Net) {
    if let Some(vpc) = ctx.state.vpc.vpcs.get_mut(vpc) {
        vpc.ipv6.push(range);
    }
}

/// `ModifyVpcAttribute` as far as it gives a VPC its first range.
pub(super) fn enable(ctx: &mut Context<'_>) -> Outcome {
    let vpc = super::own_vpc(ctx, &ctx.required("VpcId")?)?;
    super::check_ready(&vpc, ctx.now)?;
    if wanted(ctx, "EnableIPv6")? && vpc.ipv6.is_empty() {
        let range = next_range(ctx);
        add(ctx, &vpc.base.id, range);
    }
    Ok(json!({}))
}
