//! Transit routers.

use std::time::Duration;

use serde_json::{Value, json};

use super::services::check_open;
use super::{
    Router, RouterTable, check_cen_ready, check_lock, check_ready, lock, own_cen, own_router,
};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::table::{Base, Life, Object, Phase};

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let cen = own_cen(ctx, &ctx.required("CenId")?)?;
    check_open(ctx)?;
    check_region(ctx, &region)?;
    let existing = ctx
        .state
        .cbn
        .routers
        .iter()
        .find(|router| router.cen == cen.base.id && router.base.region == region);
    match existing.map(|router| router.life().phase(ctx.now)) {
        Some(Phase::Leaving | Phase::Gone) => {
            return Err(Failure::bad(
                "IncorrectStatus.Status",
                "The transit router of this region is being deleted.",
            ));
        }
        Some(_) => {
            let message = "The CEN instance has a transit router in this region.";
            return Err(Failure::bad("InstanceExist.TransitRouterInstance", message));
        }
        None => {}
    }
    check_lock(ctx, &cen.base.id)?;
    check_ready(&cen, ctx.now, "IncorrectStatus.Status")?;
    let cidrs = cidr_list(ctx)?;
    let multicast = ctx.parameters.flag("SupportMulticast")?;
    let mut base = ctx.base(
        "tr",
        &region,
        "TransitRouterName",
        ctx.setup.timings.transit_router,
    )?;
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    create_system_table(ctx, &base);
    ctx.born("transit-router", &base);
    let answer = json!({"TransitRouterId": base.id});
    ctx.state.cbn.routers.insert(Router {
        base,
        cen: cen.base.id.clone(),
        multicast,
        cidrs,
    });
    lock(ctx, &cen.base.id);
    Ok(answer)
}

fn check_region(ctx: &Context<'_>, region: &str) -> Outcome<()> {
    let known = ctx.setup.regions.get(region);
    if known.is_some_and(|region| !region.transit_router_zones.is_empty()) {
        return Ok(());
    }
    Err(Failure::bad(
        "OperationUnsupported.RegionId",
        "The region has no transit routers.",
    ))
}

/// The router that an attachment needs in a region where its CEN has none.
pub(super) fn create_for_attachment(
    ctx: &mut Context<'_>,
    cen: &str,
    region: &str,
) -> Outcome<Router> {
    check_open(ctx)?;
    check_region(ctx, region)?;
    check_lock(ctx, cen)?;
    check_cen_ready(ctx, cen)?;
    let base = Base {
        id: ctx.new_id("tr", region),
        owner: ctx.account().to_owned(),
        region: region.to_owned(),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, Duration::ZERO),
    };
    create_system_table(ctx, &base);
    ctx.born("transit-router", &base);
    let router = Router {
        base,
        cen: cen.to_owned(),
        multicast: false,
        cidrs: json!([]),
    };
    ctx.state.cbn.routers.insert(router.clone());
    Ok(router)
}

/// Takes back a router whose attachment was refused.
pub(super) fn forget(ctx: &mut Context<'_>, id: &str) {
    let now = ctx.now;
    let state = &mut ctx.state.cbn;
    for table in state.tables.iter_mut().filter(|table| table.router == id) {
        table.base.life.leave(now);
    }
    if let Some(router) = state.routers.get_mut(id) {
        router.base.life.leave(now);
    }
    let gone = [state.tables.purge(now), state.routers.purge(now)].concat();
    for (id, at) in gone {
        ctx.ledger.gone(&id, at);
    }
}

fn cidr_list(ctx: &Context<'_>) -> Outcome<Value> {
    let Some(text) = ctx.parameters.get("TransitRouterCidrList") else {
        return Ok(json!([]));
    };
    let list = serde_json::from_str::<Value>(text)
        .ok()
        .filter(Value::is_array);
    list.ok_or_else(|| {
        Failure::bad(
            "IllegalParam.TransitRouterCidrList",
            "TransitRouterCidrList is a JSON list.",
        )
    })
}

fn create_system_table(ctx: &mut Context<'_>, router: &Base) {
    let base = Base {
        id: ctx.new_id("vtb", &router.region),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        ..router.clone()
    };
    ctx.born("transit-router-route-table", &base);
    ctx.state.cbn.tables.insert(RouterTable {
        base,
        router: router.id.clone(),
        is_custom: false,
    });
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let parameters = &ctx.parameters;
    let of = ["CenId", "TransitRouterId", "RegionId"];
    if of.iter().all(|name| parameters.get(name).is_none()) {
        return Err(Failure::bad(
            "InvalidParameterCombination.TransitRouter",
            "Name a CEN instance, a transit router or a region.",
        ));
    }
    let shown = |router: &&Router| {
        ctx.lists(*router)
            && parameters.matches("CenId", &router.cen)
            && parameters.matches("TransitRouterId", &router.base.id)
            && parameters.matches("Status", status(router, ctx))
            && parameters.matches("Type", "Enterprise")
            && parameters.matches("TransitRouterName", &router.base.name)
    };
    let routers = ctx
        .state
        .cbn
        .routers
        .iter()
        .filter(shown)
        .map(|router| view(ctx, router))
        .collect();
    let page = numbered(parameters, routers, 50)?;
    Ok(json!({
        "TransitRouters": page.items, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

fn status(router: &Router, ctx: &Context<'_>) -> &'static str {
    match router.life().phase(ctx.now) {
        Phase::Creating => "Creating",
        Phase::Ready => "Active",
        Phase::Modifying => "Modifying",
        Phase::Leaving | Phase::Gone => "Deleting",
    }
}

fn view(ctx: &Context<'_>, router: &Router) -> Value {
    let base = &router.base;
    json!({
        "TransitRouterId": base.id, "CenId": router.cen, "RegionId": base.region, "Status": status(router, ctx),
        "Type": "Enterprise", "AliUid": uid(&base.owner), "TransitRouterName": base.name,
        "TransitRouterDescription": base.description, "SupportMulticast": router.multicast,
        "TransitRouterCidrList": router.cidrs, "Tags": tags(&base.tags), "CreationTime": ctx.minute(base.life.created),
    })
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("TransitRouterId")?)?;
    let id = router.base.id.clone();
    check_lock(ctx, &router.cen)?;
    check_cen_ready(ctx, &router.cen)?;
    check_ready(&router, ctx.now, "IncorrectStatus.Status")?;
    let state = &ctx.state.cbn;
    if state
        .attachments
        .iter()
        .any(|attachment| attachment.is_on(&id))
    {
        return Err(Failure::bad(
            "InvalidOperation.AttachedChildInstanceExist",
            "The transit router has attachments.",
        ));
    }
    let in_use = state
        .tables
        .iter()
        .filter(|table| table.router == id)
        .any(|table| {
            table.is_custom
                || state
                    .routes
                    .iter()
                    .any(|route| route.table == table.base.id)
        });
    if in_use {
        return Err(Failure::bad(
            "OperationFailed.DeleteTransitRouter",
            "The transit router has custom tables or routes.",
        ));
    }
    remove(ctx, &id);
    lock(ctx, &router.cen);
    Ok(json!({}))
}

/// Lets a router and its system table leave.
pub(super) fn remove(ctx: &mut Context<'_>, id: &str) {
    let gone = ctx.now + ctx.setup.timings.transit_router_delete;
    if let Some(router) = ctx.state.cbn.routers.get_mut(id) {
        router.base.life.leave(gone);
    }
    for table in ctx
        .state
        .cbn
        .tables
        .iter_mut()
        .filter(|table| table.router == id)
    {
        table.base.life.leave(gone);
    }
}
