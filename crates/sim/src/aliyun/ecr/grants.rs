//! Grants: the owner of a VPC or of a border router lets another account's router take it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Grant, Kind, PAGES, Router, State, approvals, illegal, locks, not_found, own_router, region,
};
use crate::aliyun::choices::{ECR_REVOKE_IN_USE, ECR_REVOKE_WITHOUT_GRANT};
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::tokened;
use crate::table::{Base, Life, Object};

fn find<'a>(state: &'a State, router: &str, instance: &str) -> Option<&'a Grant> {
    state
        .grants
        .iter()
        .find(|grant| grant.router == router && grant.instance == instance)
}

/// Fails with `refusal` unless the owner of a foreign instance has granted it to the router.
pub(super) fn check(
    ctx: &Context<'_>,
    router: &Router,
    instance: &str,
    owner: &str,
    refusal: Failure,
) -> Outcome<()> {
    let grant = find(&ctx.state.ecr, &router.base.id, instance);
    if owner == ctx.account() || grant.is_some_and(|grant| grant.base.owner == owner) {
        return Ok(());
    }
    Err(refusal)
}

/// What grant and revocation name.
struct Subject {
    router: Router,
    instance: String,
    kind: Kind,
    region: String,
}

fn subject(ctx: &Context<'_>) -> Outcome<Subject> {
    let (id, owner) = (ctx.required("EcrId")?, ctx.required("EcrOwnerAliUid")?);
    let instance = ctx.required("InstanceId")?;
    let kind = kind(&ctx.required("InstanceType")?)?;
    let region = region(ctx, "InstanceRegionId")?;
    let router = ctx.state.ecr.routers.get(&id).cloned();
    let router = router.ok_or_else(|| not_found("EcrId", &id))?;
    // Grants are for other accounts.
    if router.base.owner != owner || owner == ctx.account() {
        return Err(illegal("EcrOwnerAliUid"));
    }
    Ok(Subject {
        router,
        instance,
        kind,
        region,
    })
}

fn kind(name: &str) -> Outcome<Kind> {
    match name {
        "VPC" => Ok(Kind::Vpc),
        "VBR" => Ok(Kind::BorderRouter),
        _ => Err(illegal("InstanceType")),
    }
}

fn check_instance(ctx: &Context<'_>, subject: &Subject) -> Outcome<()> {
    let state = &ctx.state.vpc;
    let base = match subject.kind {
        Kind::Vpc => state.vpcs.get(&subject.instance).map(Object::base),
        Kind::BorderRouter => state
            .border_routers
            .get(&subject.instance)
            .map(Object::base),
    };
    base.filter(|base| base.owner == ctx.account() && base.region == subject.region)
        .filter(|base| base.life.gone_at().is_none())
        .map(|_| ())
        .ok_or_else(|| not_found("InstanceId", &subject.instance))
}

/// Takes the grants of a VPC along, which is gone from then on.
pub(crate) fn let_grants_go(state: &mut State, vpc: &str, gone: Duration) {
    let grants = state.grants.iter_mut();
    for grant in grants.filter(|grant| grant.instance == vpc) {
        grant.base.life.leave(gone);
    }
}

pub(super) fn grant(ctx: &mut Context<'_>) -> Outcome {
    let subject = subject(ctx)?;
    check_instance(ctx, &subject)?;
    let router = subject.router.base.id.clone();
    if subject.kind == Kind::BorderRouter {
        approvals::check(ctx, ctx.account(), &subject.router.base.owner)?;
    }
    if find(&ctx.state.ecr, &router, &subject.instance).is_some() {
        return Ok(json!({}));
    }
    locks::check(ctx, &subject.router)?;
    let base = Base {
        id: ctx.new_id("grant", ""),
        owner: ctx.account().to_owned(),
        region: subject.region,
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, Duration::ZERO),
    };
    ctx.born("express-connect-router-grant", &base);
    ctx.state.ecr.grants.insert(Grant {
        base,
        router: router.clone(),
        router_owner: subject.router.base.owner,
        instance: subject.instance,
        kind: subject.kind,
    });
    locks::take(ctx, &router);
    Ok(json!({}))
}

pub(super) fn revoke(ctx: &mut Context<'_>) -> Outcome {
    let subject = subject(ctx)?;
    let router = subject.router.base.id.clone();
    let grant = find(&ctx.state.ecr, &router, &subject.instance)
        .filter(|grant| ctx.is_own(*grant) && grant.kind == subject.kind);
    let missing = || {
        Failure::missing(
            ECR_REVOKE_WITHOUT_GRANT,
            "The instance is not granted to the ECR.",
        )
    };
    let id = grant.ok_or_else(missing)?.base.id.clone();
    check_unused(ctx, &router, &subject.instance)?;
    locks::check(ctx, &subject.router)?;
    let now = ctx.now;
    if let Some(grant) = ctx.state.ecr.grants.get_mut(&id) {
        grant.base.life.leave(now);
    }
    for (id, at) in ctx.state.ecr.grants.purge(now) {
        ctx.ledger.gone(&id, at);
    }
    locks::take(ctx, &router);
    Ok(json!({}))
}

fn check_unused(ctx: &Context<'_>, router: &str, instance: &str) -> Outcome<()> {
    let state = &ctx.state.ecr;
    let is_used = state
        .associations_of(router)
        .any(|association| association.vpc == instance)
        || state
            .children_of(router)
            .any(|child| child.instance == instance);
    if is_used {
        return Err(Failure::bad(
            ECR_REVOKE_IN_USE,
            "The instance is still on the ECR.",
        ));
    }
    Ok(())
}

/// The router owner's view, or with `CallerType=OTHER` the view of who granted.
pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let router = ctx.required("EcrId")?;
    let is_other = match ctx.parameters.get("CallerType") {
        Some("OTHER") => true,
        None | Some("sub" | "parent") => false,
        Some(_) => return Err(illegal("CallerType")),
    };
    if !is_other {
        own_router(ctx, &router)?;
    }
    let parameters = &ctx.parameters;
    let shown = |grant: &&Grant| {
        grant.router == router
            && (!is_other || ctx.is_own(*grant))
            && parameters.matches("InstanceId", &grant.instance)
            && parameters.matches("InstanceType", grant.kind.name())
            && parameters.matches("InstanceRegionId", &grant.base.region)
            && parameters.matches("InstanceOwnerId", &grant.base.owner)
    };
    let rows = ctx
        .state
        .ecr
        .grants
        .iter()
        .filter(shown)
        .map(view)
        .collect();
    Ok(tokened(parameters, rows, PAGES)?.bare("EcrGrantedInstanceList"))
}

/// The router's owner comes as text, the instance's owner as a number.
fn view(grant: &Grant) -> Value {
    json!({
        "EcrId": grant.router, "EcrOwnerAliUid": grant.router_owner, "GrantId": grant.base.id,
        "NodeId": grant.instance, "NodeType": grant.kind.name(), "NodeRegionId": grant.base.region,
        "NodeOwnerUid": uid(&grant.base.owner), "NodeOwnerBid": "26842", "Status": "ACTIVE",
    })
}

/// The grants of an instance that the caller made.
pub(crate) fn granted_by<'a>(
    ctx: &'a Context<'_>,
    instance: &'a str,
    kind: Kind,
) -> impl Iterator<Item = &'a Grant> {
    ctx.state.ecr.grants.iter().filter(move |grant| {
        grant.instance == instance && grant.kind == kind && ctx.can_see(*grant)
    })
}
