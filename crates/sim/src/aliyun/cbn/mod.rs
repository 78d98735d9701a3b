//! CBN: CEN instances, transit routers, attachments, route tables, grants.

mod attachments;
mod bindings;
mod cens;
mod grants;
mod peers;
mod prefix_lists;
mod route_entries;
mod route_tables;
mod routers;
mod routing;
mod services;
mod tagging;
mod vpc_attachments;
mod zones;

use std::collections::HashMap;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::Value;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use crate::table::{Base, Object, Phase, Table, objects};
use crate::throttle::Rate;

pub(crate) use attachments::rename;
pub(crate) use grants::let_grants_go;
use prefix_lists::ListRoute;
pub(crate) use routing::{Standing, associated_table, lookup, published_to_vpc};
pub(crate) use tagging::merge as merge_tags;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateCen", cens::create)
        .token()
        .rate(Rate::per_minute(300)),
    Operation::read("DescribeCens", cens::describe).rate(Rate::per_minute(300)),
    Operation::write("DeleteCen", cens::delete),
    Operation::read("CheckTransitRouterService", services::check),
    Operation::write("OpenTransitRouterService", services::open).token(),
    Operation::read(
        "ListTransitRouterAvailableResource",
        services::available_zones,
    ),
    Operation::read("DescribeChildInstanceRegions", services::regions),
    Operation::write("CreateTransitRouter", routers::create)
        .token()
        .rate(Rate::per_second(3)),
    Operation::read("ListTransitRouters", routers::list).rate(Rate::per_minute(500)),
    Operation::write("DeleteTransitRouter", routers::delete)
        .token()
        .rate(Rate::per_second(3)),
    Operation::write("CreateTransitRouterVpcAttachment", vpc_attachments::create).token(),
    Operation::read("ListTransitRouterVpcAttachments", vpc_attachments::list),
    Operation::write(
        "UpdateTransitRouterVpcAttachmentAttribute",
        vpc_attachments::update,
    )
    .token(),
    Operation::write("UpdateTransitRouterVpcAttachmentZones", zones::update).token(),
    Operation::write("DeleteTransitRouterVpcAttachment", attachments::delete_vpc).token(),
    Operation::write("CreateTransitRouterPeerAttachment", peers::create).token(),
    Operation::read("ListTransitRouterPeerAttachments", peers::list),
    Operation::write("UpdateTransitRouterPeerAttachmentAttribute", peers::update).token(),
    Operation::write(
        "DeleteTransitRouterPeerAttachment",
        attachments::delete_peer,
    )
    .token(),
    Operation::read("ListTransitRouterRouteTables", route_tables::list),
    Operation::write("CreateTransitRouterRouteTable", route_tables::create).token(),
    Operation::write("DeleteTransitRouterRouteTable", route_tables::delete).token(),
    Operation::write(
        "AssociateTransitRouterAttachmentWithRouteTable",
        bindings::associate,
    )
    .token(),
    Operation::write(
        "DissociateTransitRouterAttachmentFromRouteTable",
        bindings::dissociate,
    )
    .token(),
    Operation::read(
        "ListTransitRouterRouteTableAssociations",
        bindings::list_associations,
    ),
    Operation::write("EnableTransitRouterRouteTablePropagation", bindings::enable).token(),
    Operation::write(
        "DisableTransitRouterRouteTablePropagation",
        bindings::disable,
    )
    .token(),
    Operation::read(
        "ListTransitRouterRouteTablePropagations",
        bindings::list_propagations,
    ),
    Operation::read("ListTransitRouterRouteEntries", route_entries::list),
    Operation::write("CreateTransitRouterRouteEntry", route_entries::create).token(),
    Operation::write("DeleteTransitRouterRouteEntry", route_entries::delete).token(),
    Operation::write(
        "CreateTransitRouterPrefixListAssociation",
        prefix_lists::create,
    )
    .token(),
    Operation::write(
        "DeleteTransitRouterPrefixListAssociation",
        prefix_lists::delete,
    )
    .token(),
    Operation::read(
        "ListTransitRouterPrefixListAssociation",
        prefix_lists::describe,
    ),
    Operation::write("GrantInstanceToTransitRouter", grants::grant),
    Operation::write("RevokeInstanceFromTransitRouter", grants::revoke),
    Operation::write("ModifyGrantInstanceToTransitRouter", grants::modify).token(),
    Operation::read("DescribeGrantRulesToResource", grants::to_resource),
    Operation::read("DescribeGrantRulesToCen", grants::to_cen),
    Operation::read("ListGrantVSwitchesToCen", grants::vswitches),
    Operation::write("TagResources", tagging::tag),
    Operation::write("UntagResources", tagging::untag),
    Operation::read("ListTagResources", tagging::list),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) cens: Table<Cen>,
    pub(crate) routers: Table<Router>,
    pub(crate) attachments: Table<Attachment>,
    pub(crate) tables: Table<RouterTable>,
    pub(crate) associations: Table<Binding>,
    pub(crate) propagations: Table<Binding>,
    pub(crate) routes: Table<StaticRoute>,
    pub(crate) list_routes: Table<ListRoute>,
    pub(crate) grants: Table<Grant>,
    /// Until when a CEN refuses further writes.
    locks: HashMap<String, Duration>,
}

#[derive(Debug, Clone)]
pub(crate) struct Cen {
    pub(crate) base: Base,
}

#[derive(Debug, Clone)]
pub(crate) struct Router {
    pub(crate) base: Base,
    pub(crate) cen: String,
    multicast: bool,
    cidrs: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) base: Base,
    pub(crate) cen: String,
    pub(crate) router: String,
    pub(crate) auto_publish: bool,
    pub(crate) link: Link,
}

/// What an attachment joins to its router.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    Vpc {
        vpc: String,
        owner: String,
        zones: Vec<ZoneMapping>,
        payer: String,
        /// Whether it carries IPv6 too; without, the router learns none of the VPC's IPv6 ranges.
        ipv6: bool,
    },
    Peer {
        router: String,
        region: String,
        bandwidth: u64,
        link_type: String,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct ZoneMapping {
    zone: String,
    vswitch: String,
    interface: String,
}

#[derive(Debug, Clone)]
pub(crate) struct RouterTable {
    pub(crate) base: Base,
    pub(crate) router: String,
    pub(crate) is_custom: bool,
}

/// An association or a propagation.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) base: Base,
    pub(crate) attachment: String,
    pub(crate) table: String,
}

#[derive(Debug, Clone)]
pub(crate) struct StaticRoute {
    pub(crate) base: Base,
    pub(crate) table: String,
    pub(crate) destination: IpNet,
    /// An attachment, or a black hole.
    pub(crate) hop: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) base: Base,
    pub(crate) cen: String,
    pub(crate) cen_owner: String,
    pub(crate) instance: String,
    kind: grants::Kind,
    /// The payer; empty if the call named none.
    pub(crate) payer: String,
}

objects!(
    Cen,
    Router,
    Attachment,
    RouterTable,
    Binding,
    StaticRoute,
    Grant
);

impl Attachment {
    /// The routers it is visible on: one, or both of a peering.
    pub(crate) fn is_on(&self, router: &str) -> bool {
        self.router == router
            || matches!(&self.link, Link::Peer { router: peer, .. } if peer == router)
    }

    /// The other router of a peering.
    pub(crate) fn other_router(&self, router: &str) -> Option<&str> {
        match &self.link {
            Link::Peer { router: peer, .. } if peer == router => Some(&self.router),
            Link::Peer { router: peer, .. } => Some(peer),
            Link::Vpc { .. } => None,
        }
    }

    /// Traffic passes while it is attached, also while an attribute is being changed.
    pub(crate) fn carries(&self, now: Duration) -> bool {
        matches!(self.life().phase(now), Phase::Ready | Phase::Modifying)
    }

    fn status(&self, now: Duration) -> &'static str {
        match self.life().phase(now) {
            Phase::Creating => "Attaching",
            Phase::Ready => "Attached",
            Phase::Modifying => "Modifying",
            Phase::Leaving | Phase::Gone => "Detaching",
        }
    }
}

/// The VPC that an attachment joins, if it joins one.
pub(crate) fn vpc_of(attachment: &Attachment) -> Option<&str> {
    match &attachment.link {
        Link::Vpc { vpc, .. } => Some(vpc),
        Link::Peer { .. } => None,
    }
}

/// The attachments of a VPC, leaving ones included.
pub(crate) fn attachments_of_vpc<'a>(
    state: &'a State,
    vpc: &'a str,
) -> impl Iterator<Item = &'a Attachment> {
    state
        .attachments
        .iter()
        .filter(move |attachment| vpc_of(attachment) == Some(vpc))
}

/// The CEN instances that a VPC is attached to.
pub(crate) fn cens_of_vpc<'a>(state: &'a State, vpc: &'a str) -> impl Iterator<Item = &'a Cen> {
    attachments_of_vpc(state, vpc).filter_map(|attachment| state.cens.get(&attachment.cen))
}

fn own_cen(ctx: &Context<'_>, id: &str) -> Outcome<Cen> {
    let cen = ctx.state.cbn.cens.get(id).filter(|cen| ctx.is_own(*cen));
    cen.cloned().ok_or_else(|| {
        Failure::bad(
            "ParameterCenInstanceId",
            format!("The CEN instance {id} does not exist."),
        )
    })
}

fn own_router(ctx: &Context<'_>, id: &str) -> Outcome<Router> {
    let router = ctx
        .state
        .cbn
        .routers
        .get(id)
        .filter(|router| ctx.is_own(*router));
    let missing = || {
        Failure::missing(
            "InvalidTransitRouterId.NotFound",
            format!("The transit router {id} does not exist."),
        )
    };
    router.cloned().ok_or_else(missing)
}

fn own_table(ctx: &Context<'_>, id: &str) -> Outcome<RouterTable> {
    let table = ctx
        .state
        .cbn
        .tables
        .get(id)
        .filter(|table| ctx.is_own(*table));
    let missing = || {
        Failure::missing(
            "InvalidRouteTableId.NotFound",
            format!("The route table {id} does not exist."),
        )
    };
    table.cloned().ok_or_else(missing)
}

/// The caller's attachment; operations differ in the code for a missing one.
fn own_attachment(ctx: &Context<'_>, id: &str, code: &str) -> Outcome<Attachment> {
    let attachment = ctx
        .state
        .cbn
        .attachments
        .get(id)
        .filter(|attachment| ctx.is_own(*attachment));
    attachment
        .cloned()
        .ok_or_else(|| Failure::missing(code, format!("The attachment {id} does not exist.")))
}

/// CEN serialises its writes: another one a moment ago refuses this one.
fn check_lock(ctx: &Context<'_>, cen: &str) -> Outcome<()> {
    let until = ctx.state.cbn.locks.get(cen).copied().unwrap_or_default();
    if ctx.setup.conflict_locks && ctx.now < until {
        return Err(Failure::bad(
            "Operation.Blocking",
            "The operation is blocked by another one on the CEN instance.",
        ));
    }
    Ok(())
}

/// A write on the CEN succeeded: the next ones wait.
fn lock(ctx: &mut Context<'_>, cen: &str) {
    ctx.state
        .cbn
        .locks
        .insert(cen.to_owned(), ctx.now + ctx.setup.timings.cen_lock);
}

/// Fails with the code unless the object is settled.
fn check_ready(object: &impl Object, now: Duration, code: &str) -> Outcome<()> {
    if object.life().is_ready(now) {
        return Ok(());
    }
    Err(Failure::bad(
        code,
        format!("The status of {} does not allow this.", object.id()),
    ))
}

/// The same for the CEN of an object.
fn check_cen_ready(ctx: &Context<'_>, cen: &str) -> Outcome<()> {
    match ctx.state.cbn.cens.get(cen) {
        Some(cen) => check_ready(cen, ctx.now, "InvalidOperation.CenInstanceStatus"),
        None => Ok(()),
    }
}
