//! Route entries of transit routers.

use serde_json::{Value, json};

use super::routing::{Standing, TableRoute, routes_of};
use super::{Link, StaticRoute, check_lock, check_ready, lock, own_attachment, own_table};
use crate::aliyun::choices::ROUTER_ROUTE_EXISTS;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::vpc::range_of_any_family;
use crate::digest::hash;
use crate::table::Object;

fn cen_of_table(ctx: &Context<'_>, table: &str) -> String {
    let state = &ctx.state.cbn;
    let router = state
        .tables
        .get(table)
        .and_then(|table| state.routers.get(&table.router));
    router.map(|router| router.cen.clone()).unwrap_or_default()
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let table = own_table(ctx, &ctx.required("TransitRouterRouteTableId")?)?;
    let wanted_status = ctx
        .parameters
        .get("TransitRouterRouteEntryStatus")
        .unwrap_or("Active");
    let filters = filters(ctx)?;
    let shown = |row: &Value| {
        let is = |field: &str| {
            ctx.parameters
                .matches(field, row[field].as_str().unwrap_or_default())
        };
        (wanted_status == "All" || row["TransitRouterRouteEntryStatus"] == wanted_status)
            && is("TransitRouterRouteEntryType")
            && is("TransitRouterRouteEntryDestinationCidrBlock")
            && filters
                .iter()
                .all(|(field, values)| values.iter().any(|value| row[field.as_str()] == **value))
    };
    let routes = routes_of(ctx.state, &table.base.id, ctx.now);
    let rows = routes
        .iter()
        .map(|route| view(ctx, &table.base.id, route))
        .filter(shown)
        .collect();
    Ok(tokened(&ctx.parameters, rows, TokenStyle::cbn(20, 100))?.bare("TransitRouterRouteEntries"))
}

/// `RouteFilter.N.Key` names a field of the answer, with or without its long prefix.
fn filters(ctx: &Context<'_>) -> Outcome<Vec<(String, Vec<String>)>> {
    let filter = |number: u32| {
        let key = ctx
            .parameters
            .nested("RouteFilter", number, "Key")
            .unwrap_or_default();
        let short = key.strip_prefix("TransitRouterRouteEntry").unwrap_or(key);
        if !matches!(
            short,
            "DestinationCidrBlock" | "NextHopId" | "NextHopType" | "Status" | "Type" | "Id"
        ) {
            return Err(Failure::bad(
                "IllegalParam.RouteFilter",
                "The key of the filter is not known.",
            ));
        }
        Ok((
            format!("TransitRouterRouteEntry{short}"),
            ctx.parameters.list(&format!("RouteFilter.{number}.Value")),
        ))
    };
    ctx.parameters
        .numbers("RouteFilter")
        .into_iter()
        .map(filter)
        .collect()
}

fn view(ctx: &Context<'_>, table: &str, route: &TableRoute) -> Value {
    let attachment = route
        .hop
        .as_ref()
        .and_then(|hop| ctx.state.cbn.attachments.get(hop));
    let (resource, resource_type) = match attachment.map(|attachment| &attachment.link) {
        Some(Link::Vpc { vpc, .. }) => (vpc.as_str(), "VPC"),
        Some(Link::Peer { router, .. }) => (router.as_str(), "TR"),
        None => ("", ""),
    };
    let origin = route.origin.clone().unwrap_or_default();
    let origin_type = if origin.is_empty() { "" } else { "VPC" };
    let id = route.static_id.clone().unwrap_or_else(|| {
        let text = format!("{table} {} {:?}", route.destination, route.hop);
        format!("rte-{}", &hash(text.as_bytes())[..20])
    });
    let status = match route.standing {
        Standing::Creating => "Creating",
        Standing::Active => "Active",
        Standing::Rejected => "Rejected",
        Standing::Standby => "Standby",
        Standing::Deleting => "Deleting",
    };
    let is_static = route.static_id.is_some() || route.list.is_some();
    json!({
        "TransitRouterRouteEntryId": id, "TransitRouterRouteEntryName": "", "TransitRouterRouteEntryDescription": "",
        "TransitRouterRouteEntryDestinationCidrBlock": route.destination.to_string(),
        "TransitRouterRouteEntryStatus": status,
        "TransitRouterRouteEntryType": if is_static { "Static" } else { "Propagated" },
        "TransitRouterRouteEntryNextHopType": if route.hop.is_some() { "Attachment" } else { "BlackHole" },
        "TransitRouterRouteEntryNextHopId": route.hop, "TransitRouterRouteEntryNextHopResourceType": resource_type,
        "TransitRouterRouteEntryNextHopResourceId": resource,
        "TransitRouterRouteEntryOriginResourceType": origin_type,
        "TransitRouterRouteEntryOriginResourceId": origin, "OperationalMode": is_static,
        "PathAttributes": {
            "AsPaths": route.path, "Communities": [], "OriginInstanceId": origin, "OriginInstanceType": origin_type,
            "OriginRouteType": "System", "Preference": 0,
        },
        "PrefixListId": route.list.as_deref().unwrap_or_default(), "CreateTime": ctx.minute(route.since),
    })
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let table = own_table(ctx, &ctx.required("TransitRouterRouteTableId")?)?;
    let destination =
        range_of_any_family(&ctx.required("TransitRouterRouteEntryDestinationCidrBlock")?)
            .map_err(|_| {
                Failure::bad(
                    "IllegalParam.TransitRouterRouteEntryDestinationCidrBlock",
                    "The destination is not valid.",
                )
            })?;
    let hop = next_hop(ctx, &table.router)?;
    let cen = cen_of_table(ctx, &table.base.id);
    check_lock(ctx, &cen)?;
    check_ready(&table, ctx.now, "IncorrectStatus.AttachmentOrRouteTable")?;
    let same =
        |route: &&StaticRoute| route.table == table.base.id && route.destination == destination;
    match ctx.state.cbn.routes.iter().find(same) {
        Some(route) if route.life().gone_at().is_some() => {
            let code = "OperationFailed.CreateRouteEntryWithSameDestinationCidrBlock";
            return Err(Failure::bad(
                code,
                "A route to this destination is being deleted.",
            ));
        }
        Some(_) => {
            return Err(Failure::bad(
                ROUTER_ROUTE_EXISTS,
                "A static route to this destination exists.",
            ));
        }
        None => {}
    }
    let takes = ctx.setup.timings.transit_router_table;
    let base = ctx.base(
        "rte",
        &table.base.region,
        "TransitRouterRouteEntryName",
        takes,
    )?;
    ctx.born("transit-router-route-entry", &base);
    let answer = json!({"TransitRouterRouteEntryId": base.id});
    ctx.state.cbn.routes.insert(StaticRoute {
        base,
        table: table.base.id,
        destination,
        hop,
    });
    lock(ctx, &cen);
    Ok(answer)
}

fn next_hop(ctx: &Context<'_>, router: &str) -> Outcome<Option<String>> {
    match ctx.required("TransitRouterRouteEntryNextHopType")?.as_str() {
        "BlackHole" => Ok(None),
        "Attachment" => {
            let id = ctx.required("TransitRouterRouteEntryNextHopId")?;
            let attachment = own_attachment(ctx, &id, "InvalidAttachmentId.NotFound")?;
            if !attachment.is_on(router) {
                return Err(Failure::missing(
                    "InvalidAttachmentId.NotFound",
                    "The attachment is on another router.",
                ));
            }
            check_ready(
                &attachment,
                ctx.now,
                "IncorrectStatus.AttachmentOrRouteTable",
            )?;
            Ok(Some(id))
        }
        _ => Err(Failure::bad(
            "IllegalParam.TransitRouterRouteEntryNextHopType",
            "Attachment or BlackHole.",
        )),
    }
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let unknown = || {
        Failure::bad(
            "IllegalParam.TransitRouterRouteEntryId",
            "The route entry does not exist.",
        )
    };
    let route = match ctx.parameters.get("TransitRouterRouteEntryId") {
        Some(id) => ctx
            .state
            .cbn
            .routes
            .get(id)
            .filter(|route| ctx.is_own(*route))
            .cloned(),
        None => {
            let table = own_table(ctx, &ctx.required("TransitRouterRouteTableId")?)?;
            let destination = ctx.required("TransitRouterRouteEntryDestinationCidrBlock")?;
            let same = |route: &&StaticRoute| {
                route.table == table.base.id
                    && route.destination.to_string() == destination
                    && route.hop.as_deref().is_none_or(|hop| {
                        ctx.parameters
                            .matches("TransitRouterRouteEntryNextHopId", hop)
                    })
            };
            ctx.state.cbn.routes.iter().find(same).cloned()
        }
    };
    let route = route.ok_or_else(unknown)?;
    let cen = cen_of_table(ctx, &route.table);
    check_lock(ctx, &cen)?;
    check_ready(&route, ctx.now, "IncorrectStatus.Status")?;
    let gone = ctx.now + ctx.setup.timings.transit_router_table;
    if let Some(route) = ctx.state.cbn.routes.get_mut(&route.base.id) {
        route.base.life.leave(gone);
    }
    lock(ctx, &cen);
    Ok(json!({}))
}
