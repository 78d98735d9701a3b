//! What the accepter says.

use serde_json::json;

use super::{Peering, Stage, check_status, limits, own};
use crate::aliyun::choices::PEERING_ANSWERED_BY_REQUESTER;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::table::Base;

/// The connection that the caller is asked about.
fn asked(ctx: &Context<'_>) -> Outcome<Peering> {
    let peering = own(ctx)?;
    if peering.accepter.account != ctx.account() {
        return Err(Failure::forbidden(
            PEERING_ANSWERED_BY_REQUESTER,
            "Only the account of the accepting VPC can answer.",
        ));
    }
    check_status(ctx, &peering, &["Accepting"])?;
    Ok(peering)
}

pub(super) fn accept(ctx: &mut Context<'_>) -> Outcome {
    let peering = asked(ctx)?;
    let tags = ctx.parameters.tags()?;
    let accepting = Base {
        id: peering.accepter.vpc.clone(),
        owner: peering.accepter.account.clone(),
        region: peering.accepter.region.clone(),
        ..peering.base.clone()
    };
    limits::check_services(ctx, &peering.base, &accepting)?;
    let from = ctx.now + ctx.setup.timings.vpc_peering_update;
    if let Some(peering) = ctx.state.vpcpeer.peerings.get_mut(&peering.base.id) {
        peering.stage = Stage::Agreed { from };
        peering.accepter.tags = tags;
        peering.base.life.modify(from);
    }
    Ok(json!({}))
}

pub(super) fn reject(ctx: &mut Context<'_>) -> Outcome {
    let peering = asked(ctx)?;
    if let Some(peering) = ctx.state.vpcpeer.peerings.get_mut(&peering.base.id) {
        peering.stage = Stage::Rejected;
    }
    Ok(json!({}))
}
