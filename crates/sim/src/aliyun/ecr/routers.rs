//! The routers themselves.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PAGES, Router, State, illegal, locks, own_router};
use crate::aliyun::choices::{ECR_WITH_ASSOCIATION, ECR_WITH_CHILD_INSTANCE};
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::tokened;
use crate::table::{Object, Phase};

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let asn = asn(ctx)?;
    let mut base = ctx.base("ecr", "", "Name", ctx.setup.timings.ecr)?;
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("express-connect-router", &base);
    let answer = json!({"EcrId": base.id});
    ctx.state.ecr.routers.insert(Router {
        base,
        asn,
        is_reclaimed: false,
        modified: ctx.now,
    });
    Ok(answer)
}

/// The number by which the router is known to the other ends of its lines.
fn asn(ctx: &Context<'_>) -> Outcome<u64> {
    const NAME: &str = "AlibabaSideAsn";
    const RESERVED: u64 = 65025;
    let asn: u64 = ctx.required(NAME)?.parse().map_err(|_| {
        Failure::bad(
            format!("IllegalParamFormat.{NAME}"),
            "An autonomous system has a number.",
        )
    })?;
    match asn {
        RESERVED => Err(illegal(NAME)),
        45104 | 64512..=65534 | 4_200_000_000..=4_294_967_294 => Ok(asn),
        _ => Err(illegal(NAME)),
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let parameters = &ctx.parameters;
    let shown = |router: &&Router| {
        ctx.is_own(*router)
            && router.life().is_listed(ctx.now)
            && parameters.tags_match(&router.base.tags)
            && parameters.matches("EcrId", &router.base.id)
            && parameters.matches("Name", &router.base.name)
    };
    let rows = ctx
        .state
        .ecr
        .routers
        .iter()
        .filter(shown)
        .map(|router| view(ctx, router))
        .collect();
    Ok(tokened(parameters, rows, PAGES)?.bare("EcrList"))
}

fn view(ctx: &Context<'_>, router: &Router) -> Value {
    let base = &router.base;
    let tags: Vec<Value> = base
        .tags
        .iter()
        .map(|(key, value)| json!({"TagKey": key, "TagValue": value}))
        .collect();
    json!({
        "EcrId": base.id, "Name": base.name, "Description": base.description, "AlibabaSideAsn": router.asn,
        "Status": status(&ctx.state.ecr, router, ctx.now), "BizStatus": "Normal", "OwnerId": uid(&base.owner),
        "ResourceGroupId": "rg-default", "GmtCreate": ctx.date(base.life.created),
        "GmtModified": ctx.date(router.modified), "Tags": tags,
    })
}

fn status(state: &State, router: &Router, now: Duration) -> &'static str {
    match router.life().phase(now) {
        Phase::Leaving | Phase::Gone if router.is_reclaimed => "RECLAIMING",
        Phase::Leaving | Phase::Gone => "DELETING",
        Phase::Creating | Phase::Modifying => "UPDATING",
        Phase::Ready => status_by_members(state, router, now),
    }
}

fn status_by_members(state: &State, router: &Router, now: Duration) -> &'static str {
    let id = &router.base.id;
    let is = |life: &crate::table::Life, phase| life.phase(now) == phase;
    let association = |phase| state.associations_of(id).any(|row| is(row.life(), phase));
    let child = |phase| state.children_of(id).any(|row| is(row.life(), phase));
    if association(Phase::Creating) {
        "ASSOCIATING"
    } else if association(Phase::Leaving) {
        "DISSOCIATING"
    } else if child(Phase::Creating) {
        "LOCKED_ATTACHING"
    } else if child(Phase::Leaving) {
        "LOCKED_DETACHING"
    } else {
        "ACTIVE"
    }
}

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    locks::check(ctx, &router)?;
    let id = router.base.id;
    let (name, description) = (
        ctx.parameters.text("Name"),
        ctx.parameters.text("Description"),
    );
    let (now, until) = (ctx.now, ctx.now + ctx.setup.timings.ecr);
    if let Some(router) = ctx.state.ecr.routers.get_mut(&id) {
        crate::aliyun::cbn::rename(&mut router.base, name, description);
        router.modified = now;
        router.base.life.modify(until);
    }
    locks::take(ctx, &id);
    Ok(json!({}))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    locks::check(ctx, &router)?;
    check_empty(ctx, &router)?;
    remove(ctx, &router.base.id, false);
    Ok(json!({}))
}

fn check_empty(ctx: &Context<'_>, router: &Router) -> Outcome<()> {
    let (state, id) = (&ctx.state.ecr, &router.base.id);
    let code = if state.associations_of(id).next().is_some() {
        ECR_WITH_ASSOCIATION
    } else if state.children_of(id).next().is_some() {
        ECR_WITH_CHILD_INSTANCE
    } else {
        return Ok(());
    };
    Err(Failure::bad(code, "The ECR is still in use."))
}

/// Deletes the router with everything on it; what VPC routes lead to stays, and the router with it.
pub(super) fn force_delete(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    locks::check(ctx, &router)?;
    if status(&ctx.state.ecr, &router, ctx.now) != "ACTIVE" {
        return Err(locks::incorrect());
    }
    for association in ctx.state.ecr.associations_of(&router.base.id) {
        super::associations::check_unused(ctx, association)?;
    }
    remove(ctx, &router.base.id, true);
    Ok(json!({}))
}

/// The router, what is on it, and the grants to it.
fn remove(ctx: &mut Context<'_>, id: &str, is_reclaimed: bool) {
    let takes = if is_reclaimed {
        ctx.setup.timings.ecr_detach
    } else {
        ctx.setup.timings.ecr
    };
    let gone = ctx.now + takes;
    let state = &mut ctx.state.ecr;
    if let Some(router) = state.routers.get_mut(id) {
        router.is_reclaimed = is_reclaimed;
        router.base.life.leave(gone);
    }
    for row in state.associations.iter_mut().filter(|row| row.router == id) {
        row.base.life.leave(gone);
    }
    for row in state.children.iter_mut().filter(|row| row.router == id) {
        row.base.life.leave(gone);
    }
    for row in state.grants.iter_mut().filter(|row| row.router == id) {
        row.base.life.leave(gone);
    }
}
