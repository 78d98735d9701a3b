//! What attachments of all kinds have in common: how they go.

use serde_json::json;

use super::{Attachment, Link, check_cen_ready, check_lock, check_ready, lock, own_attachment};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::vpc::{Route, routes_to};
use crate::table::{Base, Object};

const MISSING: &str = "InvalidTransitRouterAttachmentId.NotFound";

/// Sets what was sent; absent names leave things as they are.
pub(crate) fn rename(base: &mut Base, name: String, description: String) {
    if !name.is_empty() {
        base.name = name;
    }
    if !description.is_empty() {
        base.description = description;
    }
}

pub(super) fn delete_vpc(ctx: &mut Context<'_>) -> Outcome {
    let attachment = own_attachment(ctx, &ctx.required("TransitRouterAttachmentId")?, MISSING)?;
    if !matches!(attachment.link, Link::Vpc { .. }) {
        return Err(Failure::missing(MISSING, "This is no VPC attachment."));
    }
    delete(ctx, &attachment)
}

pub(super) fn delete_peer(ctx: &mut Context<'_>) -> Outcome {
    let attachment = own_attachment(ctx, &ctx.required("TransitRouterAttachmentId")?, MISSING)?;
    if !matches!(attachment.link, Link::Peer { .. }) {
        return Err(Failure::missing(MISSING, "This is no peer attachment."));
    }
    delete(ctx, &attachment)
}

fn delete(ctx: &mut Context<'_>, attachment: &Attachment) -> Outcome {
    check_lock(ctx, &attachment.cen)?;
    check_cen_ready(ctx, &attachment.cen)?;
    check_ready(attachment, ctx.now, "IncorrectStatus.Status")?;
    let force = ctx.parameters.flag("Force")?;
    if force {
        check_foreign_routes(ctx, attachment)?;
    } else {
        check_references(ctx, attachment)?;
    }
    let gone = ctx.now + ctx.setup.timings.detach;
    if force {
        remove_references(ctx, attachment, gone);
    }
    if let Some(attachment) = ctx.state.cbn.attachments.get_mut(&attachment.base.id) {
        attachment.base.life.leave(gone);
    }
    drain_interfaces(ctx, attachment, gone);
    lock(ctx, &attachment.cen);
    Ok(json!({}))
}

fn in_use(code: &str) -> Failure {
    Failure::bad(code, "The attachment is still in use.")
}

fn check_references(ctx: &Context<'_>, attachment: &Attachment) -> Outcome<()> {
    let id = &attachment.base.id;
    let state = &ctx.state.cbn;
    check_routes(routes_to(&ctx.state.vpc, id))?;
    if state
        .propagations
        .iter()
        .any(|binding| binding.attachment == *id)
    {
        return Err(in_use("OperationFailed.RouteTablePropagationExist"));
    }
    if state
        .associations
        .iter()
        .any(|binding| binding.attachment == *id)
    {
        return Err(in_use("OperationFailed.RouteTableAssociationExist"));
    }
    if state
        .routes
        .iter()
        .any(|route| route.hop.as_ref() == Some(id))
    {
        return Err(in_use("OperationFailed.RouteEntryExist"));
    }
    Ok(())
}

/// Routes on their way out only need a moment more.
fn check_routes<'a>(mut routes: impl Iterator<Item = &'a Route>) -> Outcome<()> {
    let Some(first) = routes.next() else {
        return Ok(());
    };
    let is_leaving = |route: &Route| route.life().gone_at().is_some();
    if is_leaving(first) && routes.all(is_leaving) {
        return Err(in_use("IncorrectStatus.VpcRouteEntry"));
    }
    Err(in_use(
        "OperationFailed.AttachmentReferencedVpcRouteEntryExisted",
    ))
}

/// `Force` does not reach into the route tables of another account.
fn check_foreign_routes(ctx: &Context<'_>, attachment: &Attachment) -> Outcome<()> {
    let routes = routes_to(&ctx.state.vpc, &attachment.base.id);
    check_routes(routes.filter(|route| !ctx.is_own(*route)))
}

fn remove_references(ctx: &mut Context<'_>, attachment: &Attachment, gone: std::time::Duration) {
    let id = &attachment.base.id;
    let state = &mut ctx.state.cbn;
    let bindings = state
        .associations
        .iter_mut()
        .chain(state.propagations.iter_mut());
    for binding in bindings.filter(|binding| binding.attachment == *id) {
        binding.base.life.leave(gone);
    }
    for route in state
        .routes
        .iter_mut()
        .filter(|route| route.hop.as_ref() == Some(id))
    {
        route.base.life.leave(gone);
    }
    for route in ctx
        .state
        .vpc
        .routes
        .iter_mut()
        .filter(|route| route.hops.iter().any(|hop| hop.id == *id))
    {
        route.base.life.leave(gone);
    }
}

/// The router's interfaces stay in the vSwitches for a while after the attachment is gone.
fn drain_interfaces(ctx: &mut Context<'_>, attachment: &Attachment, gone: std::time::Duration) {
    let Link::Vpc { zones, .. } = &attachment.link else {
        return;
    };
    for zone in zones {
        if let Some(interface) = ctx.state.vpc.interfaces.get_mut(&zone.interface) {
            interface
                .base_mut()
                .life
                .leave(gone + ctx.setup.timings.interface_drain);
        }
    }
}
