//! Grants to express connect routers, as the owner of the instance reads them. They are written by another product.

use serde_json::{Value, json};

use crate::aliyun::context::{Context, uid};
use crate::aliyun::ecr::{Grant, Kind, granted_by};
use crate::aliyun::failure::Outcome;
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;

const PAGES: TokenStyle = TokenStyle::new(20, 100);

/// Of a VPC.
pub(super) fn of_vpc(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let instance = ctx.required("InstanceId")?;
    let kind = match ctx.parameters.get("InstanceType") {
        None | Some("VPC") => Kind::Vpc,
        Some("VBR") => Kind::BorderRouter,
        Some(_) => return Err(invalid("InstanceType")),
    };
    let row = |grant: &Grant| -> Value {
        json!({
            "EcrId": grant.router, "EcrOwnerId": uid(&grant.router_owner), "InstanceId": grant.instance,
            "InstanceUid": uid(&grant.base.owner), "RegionNo": region, "Type": grant.kind.name(),
            "CreationTime": ctx.date(grant.base.life.created),
        })
    };
    let rows = rows(ctx, &instance, kind, row);
    Ok(tokened(&ctx.parameters, rows, PAGES)?.bare("GrantRuleModels"))
}

/// Of a border router.
pub(super) fn of_border_router(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let instance = ctx.required("InstanceId")?;
    let row = |grant: &Grant| -> Value {
        json!({
            "EcrInstanceId": grant.router, "EcrUid": uid(&grant.router_owner),
            "CreateTime": ctx.date(grant.base.life.created),
        })
    };
    let rows = rows(ctx, &instance, Kind::BorderRouter, row);
    Ok(tokened(&ctx.parameters, rows, PAGES)?.bare("EcrGrantRules"))
}

fn rows(
    ctx: &Context<'_>,
    instance: &str,
    kind: Kind,
    row: impl Fn(&Grant) -> Value,
) -> Vec<Value> {
    let wanted = |grant: &&Grant| {
        ctx.parameters.matches("EcrInstanceId", &grant.router)
            && ctx.parameters.matches("EcrOwnerId", &grant.router_owner)
    };
    granted_by(ctx, instance, kind)
        .filter(wanted)
        .map(row)
        .collect()
}
