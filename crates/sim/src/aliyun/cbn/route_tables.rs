//! Route tables of transit routers.

use serde_json::{Value, json};

use super::{RouterTable, check_lock, check_ready, lock, own_router, own_table};
use crate::aliyun::context::{Context, tags};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::table::{Object, Phase};

fn cen_of(ctx: &Context<'_>, router: &str) -> String {
    ctx.state
        .cbn
        .routers
        .get(router)
        .map(|router| router.cen.clone())
        .unwrap_or_default()
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    if let Some(router) = ctx.parameters.get("TransitRouterId") {
        own_router(ctx, router)?;
    }
    let parameters = &ctx.parameters;
    let ids = parameters.list("TransitRouterRouteTableIds");
    let shown = |table: &&RouterTable| {
        ctx.lists(*table)
            && parameters.matches("TransitRouterId", &table.router)
            && parameters.matches("TransitRouterRouteTableType", kind(table))
            && parameters.matches("TransitRouterRouteTableStatus", status(ctx, table))
            && (ids.is_empty() || ids.contains(&table.base.id))
    };
    let tables = ctx
        .state
        .cbn
        .tables
        .iter()
        .filter(shown)
        .map(|table| view(ctx, table))
        .collect();
    Ok(tokened(parameters, tables, TokenStyle::new(20, 100))?.bare("TransitRouterRouteTables"))
}

fn kind(table: &RouterTable) -> &'static str {
    if table.is_custom { "Custom" } else { "System" }
}

fn status(ctx: &Context<'_>, table: &RouterTable) -> &'static str {
    match table.life().phase(ctx.now) {
        Phase::Creating => "Creating",
        Phase::Ready | Phase::Modifying => "Active",
        Phase::Leaving | Phase::Gone => "Deleting",
    }
}

fn view(ctx: &Context<'_>, table: &RouterTable) -> Value {
    let base = &table.base;
    json!({
        "TransitRouterRouteTableId": base.id, "TransitRouterRouteTableName": base.name,
        "TransitRouterRouteTableDescription": base.description, "TransitRouterRouteTableType": kind(table),
        "TransitRouterRouteTableStatus": status(ctx, table), "RegionId": base.region, "TransitRouterId": table.router,
        "RouteTableOptions": {"MultiRegionECMP": "disable"}, "Tags": tags(&base.tags),
        "CreateTime": ctx.minute(base.life.created),
    })
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("TransitRouterId")?)?;
    check_lock(ctx, &router.cen)?;
    check_ready(&router, ctx.now, "IncorrectStatus.TransitRouterInstance")?;
    let takes = ctx.setup.timings.transit_router_table;
    let mut base = ctx.base(
        "vtb",
        &router.base.region,
        "TransitRouterRouteTableName",
        takes,
    )?;
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("transit-router-route-table", &base);
    let answer = json!({"TransitRouterRouteTableId": base.id});
    ctx.state.cbn.tables.insert(RouterTable {
        base,
        router: router.base.id,
        is_custom: true,
    });
    lock(ctx, &router.cen);
    Ok(answer)
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let table = own_table(ctx, &ctx.required("TransitRouterRouteTableId")?)?;
    let cen = cen_of(ctx, &table.router);
    check_lock(ctx, &cen)?;
    check_ready(&table, ctx.now, "IncorrectStatus.Status")?;
    if !table.is_custom {
        return Err(Failure::bad(
            "OperationUnsupported.SystemRouteTable",
            "A system route table cannot be deleted.",
        ));
    }
    let id = table.base.id;
    let state = &ctx.state.cbn;
    if state.associations.iter().any(|binding| binding.table == id) {
        return Err(Failure::bad(
            "OperationFailed.RouteTableAssociationExist",
            "The route table has associations.",
        ));
    }
    if state.propagations.iter().any(|binding| binding.table == id) {
        return Err(Failure::bad(
            "OperationFailed.RouteTablePropagationExist",
            "The route table has propagations.",
        ));
    }
    if state.routes.iter().any(|route| route.table == id) {
        return Err(Failure::bad(
            "OperationFailed.RouteEntryExist",
            "The route table has static routes.",
        ));
    }
    if state.list_routes.iter().any(|route| route.table == id) {
        return Err(Failure::bad(
            "OperationFailed.PrefixListExist",
            "The route table has prefix lists.",
        ));
    }
    let gone = ctx.now + ctx.setup.timings.transit_router_table;
    if let Some(table) = ctx.state.cbn.tables.get_mut(&id) {
        table.base.life.leave(gone);
    }
    lock(ctx, &cen);
    Ok(json!({}))
}
