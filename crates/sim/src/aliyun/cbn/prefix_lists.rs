//! Prefix lists of the VPC product as routes of transit routers: each entry is one.

use serde_json::{Value, json};

use super::{Link, check_lock, check_ready, lock, own_attachment, own_router, own_table};
use crate::aliyun::choices::ROUTER_LIST_ASSOCIATED;
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::vpc::own_list;
use crate::table::{Base, Object, objects};

/// A prefix list in a route table of a transit router.
#[derive(Debug, Clone)]
pub(crate) struct ListRoute {
    pub(crate) base: Base,
    pub(crate) router: String,
    pub(crate) table: String,
    pub(crate) list: String,
    /// An attachment, or a black hole.
    pub(crate) hop: Option<String>,
}

objects!(ListRoute);

/// How calls write the hop of a black hole.
const BLACK_HOLE: &str = "BlackHole";

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let router = own_router(ctx, &ctx.required("TransitRouterId")?)?;
    let table = own_table(ctx, &ctx.required("TransitRouterTableId")?)?;
    let list = own_list(ctx, &ctx.required("PrefixListId")?)?;
    let hop = hop(ctx, &router.base.id)?;
    check_lock(ctx, &router.cen)?;
    check_ready(&table, ctx.now, "IncorrectStatus.AttachmentOrRouteTable")?;
    if find(ctx, &table.base.id, &list.base.id).is_some() {
        return Err(Failure::bad(
            ROUTER_LIST_ASSOCIATED,
            "The prefix list is associated with the route table.",
        ));
    }
    let takes = ctx.setup.timings.transit_router_table;
    let base = ctx.base("trpl", &region, "TransitRouterPrefixListName", takes)?;
    ctx.born("transit-router-prefix-list", &base);
    ctx.state.cbn.list_routes.insert(ListRoute {
        base,
        router: router.base.id,
        table: table.base.id,
        list: list.base.id,
        hop,
    });
    lock(ctx, &router.cen);
    Ok(json!({}))
}

fn find(ctx: &Context<'_>, table: &str, list: &str) -> Option<ListRoute> {
    let mut known = ctx.state.cbn.list_routes.iter();
    let found = known.find(|known| known.table == table && known.list == list);
    found.cloned()
}

fn hop(ctx: &Context<'_>, router: &str) -> Outcome<Option<String>> {
    let id = ctx.required("NextHop")?;
    if id == BLACK_HOLE {
        return Ok(None);
    }
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

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let router = own_router(ctx, &ctx.required("TransitRouterId")?)?;
    let (table, list) = (
        ctx.required("TransitRouterTableId")?,
        ctx.required("PrefixListId")?,
    );
    let missing = || {
        Failure::missing(
            "InvalidPrefixListId.NotFound",
            "The prefix list is not associated with the route table.",
        )
    };
    let found = find(ctx, &table, &list).filter(|route| route.router == router.base.id);
    let route = found.ok_or_else(missing)?;
    check_lock(ctx, &router.cen)?;
    check_ready(&route, ctx.now, "IncorrectStatus.Status")?;
    let gone = ctx.now + ctx.setup.timings.transit_router_table;
    if let Some(route) = ctx.state.cbn.list_routes.get_mut(&route.base.id) {
        route.base.life.leave(gone);
    }
    lock(ctx, &router.cen);
    Ok(json!({}))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let router = own_router(ctx, &ctx.required("TransitRouterId")?)?;
    let parameters = &ctx.parameters;
    let shown = |route: &&ListRoute| {
        route.router == router.base.id
            && parameters.matches("TransitRouterTableId", &route.table)
            && parameters.matches("PrefixListId", &route.list)
            && parameters.matches("NextHop", route.hop.as_deref().unwrap_or(BLACK_HOLE))
    };
    let routes = ctx.state.cbn.list_routes.iter().filter(shown);
    let rows = routes.map(|route| view(ctx, route)).collect();
    let page = numbered(parameters, rows, 50)?;
    Ok(json!({
        "PrefixLists": page.items, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

fn view(ctx: &Context<'_>, route: &ListRoute) -> Value {
    let hop = route.hop.as_ref();
    let attachment = hop.and_then(|hop| ctx.state.cbn.attachments.get(hop));
    let (kind, instance) = match attachment.map(|attachment| &attachment.link) {
        Some(Link::Vpc { vpc, .. }) => ("VPC", vpc.as_str()),
        Some(Link::Peer { router, .. }) => ("TR", router.as_str()),
        None => (BLACK_HOLE, ""),
    };
    let status = if route.life().is_ready(ctx.now) {
        "Active"
    } else {
        "Updating"
    };
    json!({
        "PrefixListId": route.list, "TransitRouterId": route.router, "TransitRouterTableId": route.table,
        "NextHop": route.hop.as_deref().unwrap_or(BLACK_HOLE), "NextHopType": kind, "NextHopInstanceId": instance,
        "OwnerUid": uid(&route.base.owner), "Status": status,
    })
}

impl super::State {
    /// Whether a route table has a prefix list.
    pub(crate) fn uses_list(&self, list: &str) -> bool {
        self.list_routes.iter().any(|route| route.list == list)
    }
}
