//! VPCs on a router.

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::{
    Association, PAGES, Router, grants, illegal, locks, not_found, own_router, region, status,
};
use crate::aliyun::choices::{
    ASSOCIATE_WITHOUT_GRANT, ECR_ASSOCIATION_EXISTS, ECR_HOP_NOT_READY, ECR_WITH_TRANSIT_ROUTER,
};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::tokened;
use crate::aliyun::vpc::{RouteTable, Vpc, routes_to};
use crate::table::Object;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    let vpc = member(ctx, &router)?;
    let (allowed, mode) = (allowed_prefixes(ctx)?, mode(ctx)?);
    locks::check(ctx, &router)?;
    check_vpc(ctx, &router, &vpc)?;
    let mut base = ctx.base(
        "ecr-assoc",
        &vpc.base.region,
        "Name",
        ctx.setup.timings.ecr_association,
    )?;
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("express-connect-router-association", &base);
    let answer = json!({"AssociationId": base.id});
    let router = router.base.id;
    ctx.state.ecr.associations.insert(Association {
        base,
        router: router.clone(),
        vpc: vpc.base.id,
        vpc_owner: vpc.base.owner,
        allowed,
        mode,
    });
    locks::take(ctx, &router);
    Ok(answer)
}

/// The VPC, the caller's own or one granted.
fn member(ctx: &Context<'_>, router: &Router) -> Outcome<Vpc> {
    let region = region(ctx, "AssociationRegionId")?;
    if ctx.parameters.get("TransitRouterId").is_some() {
        return Err(Failure::bad(
            ECR_WITH_TRANSIT_ROUTER,
            "Transit routers cannot be associated with an ECR here.",
        ));
    }
    let id = ctx.required("VpcId")?;
    let owner = ctx.parameters.get("VpcOwnerId").unwrap_or(ctx.account());
    let refusal = Failure::bad(
        ASSOCIATE_WITHOUT_GRANT,
        format!("The owner of {id} has not granted it to the ECR."),
    );
    grants::check(ctx, router, &id, owner, refusal)?;
    let found = ctx.state.vpc.vpcs.get(&id);
    found
        .filter(|vpc| vpc.base.owner == owner && vpc.base.region == region)
        .cloned()
        .ok_or_else(|| not_found("VpcId", &id))
}

fn allowed_prefixes(ctx: &Context<'_>) -> Outcome<Vec<Ipv4Net>> {
    let parse = |text: &String| {
        text.parse().map_err(|_| {
            Failure::bad(
                "IllegalParamFormat.AllowedPrefixes",
                format!("{text} is not an IPv4 range."),
            )
        })
    };
    ctx.parameters
        .list("AllowedPrefixes")
        .iter()
        .map(parse)
        .collect()
}

fn mode(ctx: &Context<'_>) -> Outcome<String> {
    match ctx.parameters.get("AllowedPrefixesMode") {
        None => Ok(String::new()),
        Some(mode @ ("MatchMode" | "IncrementalMode")) => Ok(mode.to_owned()),
        Some(_) => Err(illegal("AllowedPrefixesMode")),
    }
}

fn check_vpc(ctx: &Context<'_>, router: &Router, vpc: &Vpc) -> Outcome<()> {
    if !vpc.life().is_ready(ctx.now) {
        return Err(Failure::bad(
            "IncorrectStatus.Vpc",
            "The status of the VPC does not allow this.",
        ));
    }
    let mut known = ctx.state.ecr.associations_of(&router.base.id);
    match known.find(|association| association.vpc == vpc.base.id) {
        None => Ok(()),
        Some(association) if association.life().gone_at().is_some() => Err(incorrect()),
        Some(_) => Err(Failure::bad(
            ECR_ASSOCIATION_EXISTS,
            "The VPC is associated with the ECR already.",
        )),
    }
}

fn incorrect() -> Failure {
    Failure::bad(
        "IncorrectStatus.EcrAssociation",
        "The status of the association does not allow this.",
    )
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    let parameters = &ctx.parameters;
    let shown = |association: &&Association| {
        association.life().is_listed(ctx.now)
            && parameters.tags_match(&association.base.tags)
            && parameters.matches("AssociationId", &association.base.id)
            && parameters.matches("AssociationNodeType", "VPC")
            && parameters.matches("AssociationRegionId", &association.base.region)
            && parameters.matches("VpcId", &association.vpc)
            && parameters.matches("TransitRouterId", "")
            && parameters.matches("CenId", "")
    };
    let rows = ctx
        .state
        .ecr
        .associations_of(&router.base.id)
        .filter(shown)
        .map(|association| view(ctx, association))
        .collect();
    Ok(tokened(parameters, rows, PAGES)?.bare("AssociationList"))
}

fn view(ctx: &Context<'_>, association: &Association) -> Value {
    let base = &association.base;
    let vpc = ctx.state.vpc.vpcs.get(&association.vpc);
    let name = vpc.map_or("", |vpc| vpc.base.name.as_str());
    let allowed: Vec<String> = association.allowed.iter().map(Ipv4Net::to_string).collect();
    json!({
        "AssociationId": base.id, "AssociationNodeType": "VPC", "EcrId": association.router,
        "Status": status(association, ctx.now), "RegionId": base.region, "VpcId": association.vpc,
        "VpcName": name, "VpcOwnerId": uid(&association.vpc_owner), "OwnerId": uid(&base.owner),
        "AllowedPrefixes": allowed, "AllowedPrefixesMode": association.mode, "Description": base.description,
        "Tags": tags(&base.tags), "GmtCreate": ctx.date(base.life.created),
        "GmtModified": ctx.date(base.life.created),
    })
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("EcrId")?)?;
    let id = ctx.required("AssociationId")?;
    let found = ctx.state.ecr.associations.get(&id);
    let association = found
        .filter(|association| association.router == router.base.id)
        .cloned()
        .ok_or_else(|| not_found("AssociationId", &id))?;
    locks::check(ctx, &router)?;
    if !association.life().is_ready(ctx.now) {
        return Err(incorrect());
    }
    check_unused(ctx, &association)?;
    let gone = ctx.now + ctx.setup.timings.ecr_detach;
    if let Some(association) = ctx.state.ecr.associations.get_mut(&id) {
        association.base.life.leave(gone);
    }
    locks::take(ctx, &router.base.id);
    Ok(json!({}))
}

/// Fails while VPC routes lead to the association, those on their way out included.
pub(super) fn check_unused(ctx: &Context<'_>, association: &Association) -> Outcome<()> {
    if routes_to(&ctx.state.vpc, &association.base.id)
        .next()
        .is_none()
    {
        return Ok(());
    }
    Err(Failure::bad(
        "OperationFailed.UsedInRouteEntryNextHop",
        "The association is the next hop of a VPC route.",
    ))
}

/// Whether a route of a VPC may lead to an association.
pub(crate) fn check_next_hop(ctx: &Context<'_>, table: &RouteTable, id: &str) -> Outcome<()> {
    let found = ctx.state.ecr.associations.get(id);
    let missing = || {
        Failure::missing(
            "InvalidNextHop.NotFound",
            "The specified next hop does not exist.",
        )
    };
    let association = found
        .filter(|association| association.vpc == table.vpc)
        .ok_or_else(missing)?;
    if association.life().is_ready(ctx.now) {
        return Ok(());
    }
    Err(Failure::bad(
        ECR_HOP_NOT_READY,
        "The status of the association does not allow this.",
    ))
}
