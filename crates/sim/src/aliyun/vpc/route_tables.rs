//! Route tables of VPCs: the system table of each, and custom ones.

use serde_json::{Value, json};

use super::{RouteTable, check_ready, own_table, own_vpc, refuse_if};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::table::{Object, Phase};

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let shown = |table: &&RouteTable| {
        ctx.lists(*table)
            && parameters.matches("VpcId", &table.vpc)
            && parameters.matches("RouteTableId", &table.base.id)
            && parameters.matches("RouteTableName", &table.base.name)
            && parameters.matches("RouteTableType", kind(table))
            && parameters.matches("RouterType", "VRouter")
    };
    let tables = ctx.state.vpc.tables.owned_by(ctx.account());
    let tables: Vec<&RouteTable> = tables.filter(shown).collect();
    let page = numbered(parameters, tables, 50)?.shown(|table| view(ctx, table));
    Ok(json!({
        "RouterTableList": {"RouterTableListType": page.items},
        "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

fn kind(table: &RouteTable) -> &'static str {
    if table.is_custom { "Custom" } else { "System" }
}

fn view(ctx: &Context<'_>, table: &RouteTable) -> Value {
    let base = &table.base;
    let state = &ctx.state.vpc;
    let users: Vec<&str> = state
        .vswitches
        .held_by(&table.vpc)
        .filter(|vswitch| vswitch.table == base.id)
        .map(|vswitch| vswitch.base.id.as_str())
        .collect();
    let router = state
        .vpcs
        .get(&table.vpc)
        .map(|vpc| vpc.router.clone())
        .unwrap_or_default();
    let status = if base.life.phase(ctx.now) == Phase::Ready {
        "Available"
    } else {
        "Pending"
    };
    json!({
        "RouteTableId": base.id, "RouteTableName": base.name, "Description": base.description,
        "RouteTableType": kind(table), "RouterId": router, "RouterType": "VRouter", "VpcId": table.vpc, "Status": status,
        "AssociateType": "VSwitch", "RoutePropagationEnable": true, "VSwitchIds": {"VSwitchId": users},
        "GatewayIds": {"GatewayIds": []}, "OwnerId": uid(&base.owner), "ResourceGroupId": "rg-default",
        "Tags": {"Tag": tags(&base.tags)}, "CreationTime": ctx.date(base.life.created),
    })
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let vpc = own_vpc(ctx, &ctx.required("VpcId")?)?;
    check_ready(&vpc, ctx.now)?;
    let custom = ctx
        .state
        .vpc
        .tables
        .held_by(&vpc.base.id)
        .filter(|table| table.is_custom)
        .count();
    if custom >= ctx.quota("custom_route_tables_per_vpc") {
        return Err(Failure::bad(
            "QuotaExceeded.RouteTable",
            "Route table quota exceeded.",
        ));
    }
    let base = ctx.base(
        "vtb",
        &vpc.base.region,
        "RouteTableName",
        ctx.setup.timings.route_table,
    )?;
    ctx.born("route-table", &base);
    let answer = json!({"RouteTableId": base.id});
    ctx.state.vpc.tables.insert(RouteTable {
        base,
        vpc: vpc.base.id,
        is_custom: true,
    });
    Ok(answer)
}

fn custom_table(ctx: &Context<'_>) -> Outcome<RouteTable> {
    let table = own_table(ctx, &ctx.required("RouteTableId")?)?;
    if !table.is_custom {
        return Err(Failure::bad(
            "OperationDenied",
            "This cannot be done to a system route table.",
        ));
    }
    refuse_if(
        !table.life().is_ready(ctx.now),
        "IncorrectStatus.RouteTableStatus",
        "The route table",
    )?;
    Ok(table)
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let table = custom_table(ctx)?;
    let state = &mut ctx.state.vpc;
    if state
        .vswitches
        .iter()
        .any(|vswitch| vswitch.table == table.base.id)
    {
        return Err(Failure::bad(
            "DependencyViolation.VSwitch",
            "The route table is still associated with a vSwitch.",
        ));
    }
    let gone = ctx.now + ctx.setup.timings.route_table;
    if let Some(table) = state.tables.get_mut(&table.base.id) {
        table.base.life.leave(gone);
    }
    for route in state
        .routes
        .iter_mut()
        .filter(|route| route.table == table.base.id)
    {
        route.base.life.leave(gone);
    }
    Ok(json!({}))
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let table = custom_table(ctx)?;
    switch_table(ctx, &table, &table.base.id)
}

pub(super) fn unassociate(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let table = custom_table(ctx)?;
    let system = ctx
        .state
        .vpc
        .vpcs
        .get(&table.vpc)
        .map(|vpc| vpc.system_table.clone())
        .unwrap_or_default();
    switch_table(ctx, &table, &system)
}

/// Takes effect at once; the custom table is busy for a while.
fn switch_table(ctx: &mut Context<'_>, custom: &RouteTable, to: &str) -> Outcome {
    let id = ctx.required("VSwitchId")?;
    let until = ctx.now + ctx.setup.timings.route_table;
    let missing = || {
        Failure::missing(
            "InvalidVSwitchId.NotFound",
            format!("vSwitch {id} does not exist."),
        )
    };
    let state = &mut ctx.state.vpc;
    let vswitch = state
        .vswitches
        .get_mut(&id)
        .filter(|vswitch| vswitch.vpc == custom.vpc)
        .ok_or_else(missing)?;
    to.clone_into(&mut vswitch.table);
    if let Some(table) = state.tables.get_mut(&custom.base.id) {
        table.base.life.modify(until);
    }
    Ok(json!({}))
}
