//! Asking for a connection.

use serde_json::json;

use super::{Accepter, Peering, Stage, illegal, limits, not_found};
use crate::aliyun::choices::PEERING_OVERLAP;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::vpc::{Vpc, overlap};
use crate::table::{Base, Object};

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let (local, remote) = ends(ctx)?;
    let (bandwidth, link_type) = transport(ctx, &local, &remote)?;
    limits::check_services(ctx, &local.base, &remote.base)?;
    check_status(ctx, &local, "IncorrectStatus.Vpc")?;
    check_status(ctx, &remote, "IncorrectStatus.AcceptingVpc")?;
    check_new(ctx, &local, &remote)?;
    check_ranges(&local, &remote)?;
    limits::check_quotas(ctx, &local.base, local.base.region == remote.base.region)?;
    let base = base(ctx, &local)?;
    ctx.born("vpc-peering", &base);
    let answer = json!({"InstanceId": base.id});
    let stage = if local.base.owner == remote.base.owner {
        Stage::Agreed {
            from: base.life.ready,
        }
    } else {
        Stage::Asked
    };
    let expires = ctx.now + ctx.setup.timings.vpc_peering_expiry;
    ctx.state.vpcpeer.peerings.insert(Peering {
        base,
        vpc: local.base.id,
        accepter: Accepter {
            account: remote.base.owner,
            region: remote.base.region,
            vpc: remote.base.id,
            tags: Vec::new(),
        },
        bandwidth,
        link_type,
        stage,
        expires,
    });
    Ok(answer)
}

fn base(ctx: &mut Context<'_>, local: &Vpc) -> Outcome<Base> {
    check_name(ctx)?;
    let takes = ctx.setup.timings.vpc_peering;
    let mut base = ctx.base("pcc", "", "Name", takes)?;
    base.region.clone_from(&local.base.region);
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    Ok(base)
}

pub(super) fn check_name(ctx: &Context<'_>) -> Outcome<()> {
    let name = ctx.parameters.get("Name");
    if name.is_some_and(|name| !(2..=128).contains(&name.chars().count())) {
        return Err(illegal("Name"));
    }
    Ok(())
}

fn region(ctx: &Context<'_>, name: &str) -> Outcome<String> {
    let region = ctx.required(name)?;
    if ctx.setup.regions.get(&region).is_some() {
        return Ok(region);
    }
    Err(Failure::bad(
        "UnsupportedRegion",
        format!("The region {region} is not supported."),
    ))
}

/// The requester's VPC and the accepter's.
fn ends(ctx: &Context<'_>) -> Outcome<(Vpc, Vpc)> {
    let (region_here, region_there) = (region(ctx, "RegionId")?, region(ctx, "AcceptingRegionId")?);
    let accepter = ctx.required("AcceptingAliUid")?;
    let end = |name: &str, owner: &str, region: &str| {
        let id = ctx.required(name)?;
        let vpc = ctx.state.vpc.vpcs.get(&id);
        vpc.filter(|vpc| vpc.base.owner == owner && vpc.base.region == region)
            .cloned()
            .ok_or_else(|| not_found(name, &id))
    };
    let local = end("VpcId", ctx.account(), &region_here)?;
    let remote = end("AcceptingVpcId", &accepter, &region_there)?;
    if local.base.id == remote.base.id {
        return Err(illegal("AcceptingVpcId"));
    }
    Ok((local, remote))
}

/// Bandwidth and link type. Within a region there is nothing to choose.
fn transport(ctx: &Context<'_>, local: &Vpc, remote: &Vpc) -> Outcome<(Option<u64>, String)> {
    let (bandwidth, link_type) = (limits::bandwidth(ctx)?, limits::link_type(ctx)?);
    if local.base.region != remote.base.region {
        let bandwidth = bandwidth.unwrap_or(limits::DEFAULT_BANDWIDTH);
        return Ok((Some(bandwidth), link_type));
    }
    if bandwidth.is_some() {
        return Err(illegal("Bandwidth"));
    }
    if ctx.parameters.get("LinkType").is_some() {
        return Err(Failure::bad(
            "OperationFailed.InterRegionLinkTypeNotSupported",
            "A connection within a region has no link type.",
        ));
    }
    Ok((None, link_type))
}

fn check_status(ctx: &Context<'_>, vpc: &Vpc, code: &str) -> Outcome<()> {
    if vpc.life().is_ready(ctx.now) {
        return Ok(());
    }
    Err(Failure::bad(
        code,
        format!("The status of VPC {} does not allow this.", vpc.base.id),
    ))
}

/// Rejected and expired connections have to be deleted first.
fn check_new(ctx: &Context<'_>, local: &Vpc, remote: &Vpc) -> Outcome<()> {
    let mut peerings = ctx.state.vpcpeer.peerings.iter();
    match peerings.find(|known| known.joins(&local.base.id) && known.joins(&remote.base.id)) {
        None => Ok(()),
        Some(known) => Err(Failure::bad(
            "ResourceAlreadyExist.VpcPeer",
            format!("The connection {} joins the VPCs already.", known.base.id),
        )),
    }
}

fn check_ranges(local: &Vpc, remote: &Vpc) -> Outcome<()> {
    let ranges = |vpc: &Vpc| -> Vec<_> {
        std::iter::once(vpc.cidr)
            .chain(vpc.secondary.clone())
            .collect()
    };
    let other = ranges(remote);
    let collides = ranges(local)
        .iter()
        .any(|range| other.iter().any(|other| overlap(range, other)));
    if collides {
        return Err(Failure::bad(
            PEERING_OVERLAP,
            "The CIDR blocks of the VPCs overlap.",
        ));
    }
    Ok(())
}
