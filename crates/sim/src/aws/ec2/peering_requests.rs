//! Asking for peerings, accepting, rejecting and deleting them.

use std::time::Duration;

use super::find::{VPC, check_form};
use super::overlap;
use super::peering::{End, Peering, Side, Status};
use super::peering_views::{view, visible};
use super::tagging;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value, not_permitted};
use crate::aws::xml::Xml;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    let accepter = accepter(ctx)?;
    let requester = End {
        account: ctx.account().to_owned(),
        region: ctx.region.clone(),
        vpc: vpc.base.id,
    };
    let tags = tagging::specified(ctx, &["vpc-peering-connection"])?;
    if let Some(existing) = existing(ctx, &requester, &accepter) {
        return Ok(answer(ctx, &existing));
    }
    check_quotas(ctx, &requester)?;
    let fails = !can_be(ctx, &requester, &accepter);
    let base = ctx.base("pcx", Duration::ZERO);
    ctx.born("vpc-peering-connection", &base.id);
    tagging::put(ctx, &base.id, tags);
    let peering = Peering::request(base, requester, accepter, fails, &ctx.setup.timings);
    let answer = answer(ctx, &peering);
    ctx.state.ec2.peerings.insert(peering);
    Ok(answer)
}

fn answer(ctx: &Context<'_>, peering: &Peering) -> Xml {
    Xml::new().node("vpcPeeringConnection", view(ctx, peering, Side::Requester))
}

/// Whom the request names; nothing about it is checked here, save that the region exists.
fn accepter(ctx: &Context<'_>) -> Outcome<End> {
    let vpc = ctx.required("PeerVpcId")?;
    check_form("InvalidVpcID", "vpc-", &vpc)?;
    let text = |name, default: &str| ctx.parameters.get(name).unwrap_or(default).to_owned();
    let region = text("PeerRegion", &ctx.region);
    if !ctx.partition().has(&region) {
        return Err(bad_value(&region, "peerRegion"));
    }
    Ok(End {
        account: text("PeerOwnerId", ctx.account()),
        region,
        vpc,
    })
}

/// Asking again in the same direction finds what the first request made.
fn existing(ctx: &Context<'_>, requester: &End, accepter: &End) -> Option<Peering> {
    let same = |peering: &&Peering| {
        peering.requester == *requester
            && peering.accepter == *accepter
            && !peering.status(ctx.now).is_over()
    };
    ctx.state.ec2.peerings.iter().find(same).cloned()
}

fn check_quotas(ctx: &Context<'_>, requester: &End) -> Outcome<()> {
    let peerings = || ctx.state.ec2.peerings.iter();
    let outstanding = |peering: &&Peering| {
        peering.requester.account == requester.account && peering.status(ctx.now).is_outstanding()
    };
    ctx.within(
        "outstanding_peerings",
        peerings().filter(outstanding).count(),
        "OutstandingVpcPeeringConnectionLimitExceeded",
    )?;
    ctx.within(
        "active_peerings_per_vpc",
        up(ctx, &requester.vpc),
        "VpcPeeringConnectionsPerVpcLimitExceeded",
    )
}

/// How many peerings a VPC has that count.
fn up(ctx: &Context<'_>, vpc: &str) -> usize {
    let counts = |peering: &&Peering| peering.has(vpc) && peering.status(ctx.now).is_up();
    ctx.state.ec2.peerings.iter().filter(counts).count()
}

/// Whether the other VPC is what the request says, and no range of it overlaps one of ours.
fn can_be(ctx: &Context<'_>, requester: &End, accepter: &End) -> bool {
    let vpcs = &ctx.state.ec2.vpcs;
    let (Some(own), Some(other)) = (vpcs.get(&requester.vpc), vpcs.get(&accepter.vpc)) else {
        return false;
    };
    let right = other.base.owner == accepter.account && other.base.region == accepter.region;
    let mut pairs = own
        .all_ranges()
        .flat_map(|left| other.all_ranges().map(move |right| (left, right)));
    right && !pairs.any(|(left, right)| overlap(&left, &right))
}

/// A peering that the caller can see or has a part in, whatever the region of the call.
fn found(ctx: &Context<'_>) -> Outcome<Peering> {
    let id = ctx.required("VpcPeeringConnectionId")?;
    check_form("InvalidVpcPeeringConnectionID", "pcx-", &id)?;
    let missing = || absent("InvalidVpcPeeringConnectionID", "vpcPeeringConnection", &id);
    let (account, now) = (ctx.account(), ctx.now);
    let sides = [Side::Requester, Side::Accepter];
    let takes_part = |peering: &&Peering| {
        let seen = |side: Side| peering.is_visible(side, now, &ctx.setup.timings);
        sides
            .into_iter()
            .any(|side| peering.end(side).account == account && seen(side))
    };
    let peering = ctx.state.ec2.peerings.get(&id).filter(takes_part);
    peering.cloned().ok_or_else(missing)
}

/// What the accepter alone may answer, in its region.
fn for_accepter(ctx: &Context<'_>, verb: &str) -> Outcome<Peering> {
    let peering = found(ctx)?;
    let (account, accepter) = (ctx.account(), &peering.accepter);
    if accepter.account != account {
        let message = format!("User {account} cannot {verb} peering {}", peering.base.id);
        return Err(not_permitted(message));
    }
    if accepter.region != ctx.region {
        return Err(not_permitted(format!(
            "Incorrect region ({}) specified for this request. VPC peering connection {} must be {verb}ed in region {}",
            ctx.region, peering.base.id, accepter.region
        )));
    }
    if !peering.is_visible(Side::Accepter, ctx.now, &ctx.setup.timings) {
        let id = &peering.base.id;
        return Err(absent(
            "InvalidVpcPeeringConnectionID",
            "vpcPeeringConnection",
            id,
        ));
    }
    Ok(peering)
}

fn check_transition(
    ctx: &Context<'_>,
    peering: &Peering,
    allowed: bool,
    to: Status,
) -> Outcome<()> {
    if allowed {
        return Ok(());
    }
    let message = format!(
        "Invalid state transition for {}, attempted to transition from {} to {}",
        peering.base.id,
        peering.status(ctx.now).name(),
        to.name()
    );
    Err(Failure::bad("InvalidStateTransition", message))
}

pub(super) fn accept(ctx: &mut Context<'_>) -> Outcome {
    let mut peering = for_accepter(ctx, "accept")?;
    let pending = peering.status(ctx.now) == Status::PendingAcceptance;
    check_transition(ctx, &peering, pending, Status::Provisioning)?;
    check_twin(ctx, &peering)?;
    check_room(ctx, &peering)?;
    peering.accept(ctx.now, &ctx.setup.timings);
    let answer = Xml::new().node("vpcPeeringConnection", view(ctx, &peering, Side::Accepter));
    update(ctx, peering);
    Ok(answer)
}

/// Two VPCs have one peering at most. The refusal names the new one.
fn check_twin(ctx: &Context<'_>, peering: &Peering) -> Outcome<()> {
    let (left, right) = (&peering.requester.vpc, &peering.accepter.vpc);
    let twin = ctx.state.ec2.peerings.iter().any(|other| {
        other.base.id != peering.base.id
            && other.joins(left, right)
            && other.status(ctx.now).is_up()
    });
    if !twin {
        return Ok(());
    }
    let message = format!(
        "A vpc peering connection already exists: {}",
        peering.base.id
    );
    Err(Failure::bad("VpcPeeringConnectionAlreadyExists", message))
}

fn check_room(ctx: &Context<'_>, peering: &Peering) -> Outcome<()> {
    for end in [&peering.requester, &peering.accepter] {
        let limit = ctx.quota_of(&end.account, "active_peerings_per_vpc");
        if up(ctx, &end.vpc) >= limit {
            let message = format!(
                "The maximum number of active peerings of {} has been reached.",
                end.vpc
            );
            return Err(Failure::bad(
                "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
                message,
            ));
        }
    }
    Ok(())
}

pub(super) fn reject(ctx: &mut Context<'_>) -> Outcome {
    let mut peering = for_accepter(ctx, "reject")?;
    let pending = peering.status(ctx.now) == Status::PendingAcceptance;
    check_transition(ctx, &peering, pending, Status::Rejected)?;
    peering.reject(ctx.now);
    update(ctx, peering);
    Ok(Xml::done())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let mut peering = found(ctx)?;
    let Some(side) = visible(ctx, &peering) else {
        let id = &peering.base.id;
        return Err(absent(
            "InvalidVpcPeeringConnectionID",
            "vpcPeeringConnection",
            id,
        ));
    };
    let status = peering.status(ctx.now);
    check_transition(ctx, &peering, !status.is_over(), Status::Deleting)?;
    if status.is_outstanding() && side == Side::Accepter {
        let message = format!(
            "User {} cannot delete peering {} while it is {}; reject it instead",
            ctx.account(),
            peering.base.id,
            status.name()
        );
        return Err(not_permitted(message));
    }
    peering.delete(ctx.now, side, &ctx.setup.timings);
    update(ctx, peering);
    Ok(Xml::done())
}

fn update(ctx: &mut Context<'_>, peering: Peering) {
    if let Some(stored) = ctx.state.ec2.peerings.get_mut(&peering.base.id) {
        *stored = peering;
    }
}
