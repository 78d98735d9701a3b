//! Changing and deleting a connection, which either side may do.

use serde_json::json;

use super::{Peering, check_status, illegal, limits, own};
use crate::aliyun::cbn::rename;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::vpc::routes_to;

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let peering = own(ctx)?;
    super::create::check_name(ctx)?;
    let bandwidth = limits::bandwidth(ctx)?;
    let link_type = ctx.parameters.get("LinkType");
    let link_type = link_type.map(|_| limits::link_type(ctx)).transpose()?;
    if !peering.is_between_regions() && bandwidth.is_some() {
        return Err(illegal("Bandwidth"));
    }
    check_status(ctx, &peering, &["Activated"])?;
    let (name, description) = (
        ctx.parameters.text("Name"),
        ctx.parameters.text("Description"),
    );
    let until = ctx.now + ctx.setup.timings.vpc_peering_update;
    if let Some(known) = ctx.state.vpcpeer.peerings.get_mut(&peering.base.id) {
        rename(&mut known.base, name, description);
        known.bandwidth = bandwidth.or(known.bandwidth);
        known.link_type = link_type.unwrap_or(known.link_type.clone());
        known.base.life.modify(until);
    }
    Ok(json!({}))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let peering = own(ctx)?;
    check_status(
        ctx,
        &peering,
        &["Activated", "Accepting", "Rejected", "Expired"],
    )?;
    let id = peering.base.id.clone();
    if ctx.parameters.flag("Force")? {
        remove_routes(ctx, &id);
    } else if routes_to(&ctx.state.vpc, &id).next().is_some() {
        return Err(Failure::bad(
            "OperationDenied.RouteEntryExist",
            "Route entries lead to the connection.",
        ));
    }
    let gone = ctx.now + ctx.setup.timings.vpc_peering_delete;
    if let Some(peering) = ctx.state.vpcpeer.peerings.get_mut(&id) {
        peering.base.life.leave(gone);
    }
    remember(ctx, &peering);
    Ok(json!({}))
}

/// Routes of both sides go with the connection.
fn remove_routes(ctx: &mut Context<'_>, id: &str) {
    let gone = ctx.now + ctx.setup.timings.route;
    let routes = ctx.state.vpc.routes.iter_mut();
    for route in routes.filter(|route| route.hops.iter().any(|hop| hop.id == id)) {
        route.base.life.leave(gone);
    }
}

/// Keeps a deleted connection for those who look at it by its id.
fn remember(ctx: &mut Context<'_>, peering: &Peering) {
    let mut deleted = peering.clone();
    deleted
        .base
        .life
        .leave(ctx.now + ctx.setup.timings.vpc_peering_delete);
    ctx.state.vpcpeer.remembered.push(deleted);
}
