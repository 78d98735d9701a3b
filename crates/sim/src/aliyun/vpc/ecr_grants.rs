//! Grants to express connect routers, as the owner of the instance reads them. They are written by another product.

use serde_json::{Value, json};

use crate::aliyun::context::{Context, uid};
use crate::aliyun::ecr::{Grant, Kind, granted_by};
use crate::aliyun::failure::Outcome;
use crate::aliyun::paging::{TokenStyle, numbered, tokened};
use crate::aliyun::parameters::invalid;

const PAGES: TokenStyle = TokenStyle::new(20, 100);

/// Of a VPC. The count comes as text.
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
    let page = tokened(&ctx.parameters, rows, PAGES)?;
    Ok(json!({
        "GrantRuleModels": page.items, "TotalCount": page.total.to_string(), "NextToken": page.next.unwrap_or_default(),
    }))
}

/// Of a border router, page by numbered page.
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
    let page = numbered(&ctx.parameters, rows, 50)?;
    Ok(json!({
        "EcrGrantRules": page.items, "Count": page.items.len(), "TotalCount": page.total, "PageNumber": page.number,
        "PageSize": page.size,
    }))
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
