//! Border routers on a router.

use serde_json::{Value, json};

use super::{
    Child, PAGES, Router, approvals, grants, illegal, locks, not_found, own_router, region, status,
};
use crate::aliyun::choices::{ATTACH_WITHOUT_GRANT, ECR_CHILD_ELSEWHERE, ECR_CHILD_EXISTS};
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::tokened;
use crate::aliyun::vpc::BorderRouter;
use crate::table::Object;

pub(super) fn attach(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    let instance = member(ctx, &router)?;
    locks::check(ctx, &router)?;
    check_new(ctx, &router, &instance)?;
    let mut base = ctx.base(
        "ecr-assoc",
        &instance.base.region,
        "Name",
        ctx.setup.timings.ecr_child_instance,
    )?;
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("express-connect-router-child-instance", &base);
    let router = router.base.id;
    ctx.state.ecr.children.insert(Child {
        base,
        router: router.clone(),
        instance: instance.base.id,
        instance_owner: instance.base.owner,
    });
    locks::take(ctx, &router);
    Ok(json!({}))
}

/// The border router, the caller's own or one granted.
fn member(ctx: &Context<'_>, router: &Router) -> Outcome<BorderRouter> {
    let id = ctx.required("ChildInstanceId")?;
    check_type(ctx)?;
    let region = region(ctx, "ChildInstanceRegionId")?;
    let owner = ctx
        .parameters
        .get("ChildInstanceOwnerId")
        .unwrap_or(ctx.account());
    approvals::check(ctx, owner, &router.base.owner)?;
    let refusal = Failure::forbidden(
        ATTACH_WITHOUT_GRANT,
        format!("The instance {id} is not granted to the ECR."),
    );
    grants::check(ctx, router, &id, owner, refusal)?;
    let found = ctx.state.vpc.border_routers.get(&id);
    found
        .filter(|known| known.base.owner == owner && known.base.region == region)
        .cloned()
        .ok_or_else(|| not_found("ChildInstanceId", &id))
}

fn check_type(ctx: &Context<'_>) -> Outcome<()> {
    if ctx.required("ChildInstanceType")? == "VBR" {
        return Ok(());
    }
    Err(illegal("ChildInstanceType"))
}

/// A border router is on one router at most.
fn check_new(ctx: &Context<'_>, router: &Router, instance: &BorderRouter) -> Outcome<()> {
    let mut children = ctx.state.ecr.children.iter();
    match children.find(|child| child.instance == instance.base.id) {
        None => Ok(()),
        Some(child) if child.life().gone_at().is_some() => Err(incorrect()),
        Some(child) if child.router == router.base.id => Err(Failure::bad(
            ECR_CHILD_EXISTS,
            "The border router is on the ECR already.",
        )),
        Some(_) => Err(Failure::bad(
            ECR_CHILD_ELSEWHERE,
            "The border router is on another ECR.",
        )),
    }
}

fn incorrect() -> Failure {
    Failure::bad(
        "IncorrectStatus.EcrAssociation",
        "The status of the child instance does not allow this.",
    )
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    let parameters = &ctx.parameters;
    let shown = |child: &&Child| {
        child.life().is_listed(ctx.now)
            && parameters.matches("ChildInstanceId", &child.instance)
            && parameters.matches("ChildInstanceType", "VBR")
            && parameters.matches("ChildInstanceRegionId", &child.base.region)
            && parameters.matches("AssociationId", &child.base.id)
    };
    let rows = ctx
        .state
        .ecr
        .children_of(&router.base.id)
        .filter(shown)
        .map(|child| view(ctx, child))
        .collect();
    Ok(tokened(parameters, rows, PAGES)?.bare("ChildInstanceList"))
}

fn view(ctx: &Context<'_>, child: &Child) -> Value {
    let base = &child.base;
    let known = ctx.state.vpc.border_routers.get(&child.instance);
    let name = known.map_or("", |known| known.base.name.as_str());
    json!({
        "ChildInstanceId": child.instance, "ChildInstanceName": name, "ChildInstanceType": "VBR",
        "ChildInstanceRegionId": base.region, "ChildInstanceOwnerId": uid(&child.instance_owner),
        "OwnerId": uid(&base.owner), "EcrId": child.router, "AssociationId": base.id,
        "Status": status(child, ctx.now), "Description": base.description, "GmtCreate": ctx.date(base.life.created),
        "GmtModified": ctx.date(base.life.created), "RegionId": base.region,
    })
}

pub(super) fn detach(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    let instance = ctx.required("ChildInstanceId")?;
    check_type(ctx)?;
    let found = ctx
        .state
        .ecr
        .children_of(&router.base.id)
        .find(|child| child.instance == instance);
    let child = found
        .cloned()
        .ok_or_else(|| not_found("ChildInstanceId", &instance))?;
    locks::check(ctx, &router)?;
    if !child.life().is_ready(ctx.now) {
        return Err(incorrect());
    }
    let gone = ctx.now + ctx.setup.timings.ecr_detach;
    if let Some(child) = ctx.state.ecr.children.get_mut(&child.base.id) {
        child.base.life.leave(gone);
    }
    locks::take(ctx, &router.base.id);
    Ok(json!({}))
}
