//! ExpressConnectRouter: routers that join border routers and VPCs, of one account or of several.

mod approvals;
mod associations;
mod children;
mod grants;
mod locks;
mod reply;
mod routers;
mod routing;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use ipnet::Ipv4Net;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use super::paging::TokenStyle;
use crate::table::{Base, Object, Phase, Table, objects};

pub(crate) use associations::check_next_hop;
pub(crate) use grants::{granted_by, let_grants_go};
pub(crate) use reply::{envelop, failure_body};
pub(crate) use routing::{Exit, exit};

/// Tokens are taken by reads too, and mean nothing there.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateExpressConnectRouter", routers::create).token(),
    Operation::read("DescribeExpressConnectRouter", routers::describe),
    Operation::write("ModifyExpressConnectRouter", routers::modify).token(),
    Operation::write("DeleteExpressConnectRouter", routers::delete).token(),
    Operation::write("ForceDeleteExpressConnectRouter", routers::force_delete).token(),
    Operation::write("GrantInstanceToExpressConnectRouter", grants::grant).token(),
    Operation::write("RevokeInstanceFromExpressConnectRouter", grants::revoke).token(),
    Operation::read(
        "DescribeInstanceGrantedToExpressConnectRouter",
        grants::describe,
    ),
    Operation::write("AttachExpressConnectRouterChildInstance", children::attach).token(),
    Operation::read(
        "DescribeExpressConnectRouterChildInstance",
        children::describe,
    ),
    Operation::write("DetachExpressConnectRouterChildInstance", children::detach).token(),
    Operation::write(
        "CreateExpressConnectRouterAssociation",
        associations::create,
    )
    .token(),
    Operation::read(
        "DescribeExpressConnectRouterAssociation",
        associations::describe,
    ),
    Operation::write(
        "DeleteExpressConnectRouterAssociation",
        associations::delete,
    )
    .token(),
];

/// Pages of all lists of this product.
const PAGES: TokenStyle = TokenStyle::new(20, 2_147_483_647);

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) routers: Table<Router>,
    pub(crate) associations: Table<Association>,
    pub(crate) children: Table<Child>,
    pub(crate) grants: Table<Grant>,
    /// Pairs of accounts (member, router owner) between which border routers may be shared.
    approvals: BTreeSet<(String, String)>,
    /// Until when a router refuses further writes.
    locks: HashMap<String, Duration>,
}

#[derive(Debug, Clone)]
pub(crate) struct Router {
    pub(crate) base: Base,
    asn: u64,
    /// It is being deleted with everything on it.
    is_reclaimed: bool,
    modified: Duration,
}

/// A VPC on a router.
#[derive(Debug, Clone)]
pub(crate) struct Association {
    pub(crate) base: Base,
    pub(crate) router: String,
    pub(crate) vpc: String,
    vpc_owner: String,
    /// What the router knows of the VPC; if empty, the VPC's own ranges.
    allowed: Vec<Ipv4Net>,
    mode: String,
}

/// A border router on a router.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    pub(crate) base: Base,
    pub(crate) router: String,
    pub(crate) instance: String,
    instance_owner: String,
}

/// An instance's owner lets another account's router take it.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) base: Base,
    pub(crate) router: String,
    pub(crate) router_owner: String,
    pub(crate) instance: String,
    pub(crate) kind: Kind,
}

/// What can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Vpc,
    BorderRouter,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vpc => "VPC",
            Self::BorderRouter => "VBR",
        }
    }
}

objects!(Router, Association, Child, Grant);

impl State {
    fn associations_of<'a>(&'a self, router: &'a str) -> impl Iterator<Item = &'a Association> {
        self.associations
            .iter()
            .filter(move |association| association.router == router)
    }

    fn children_of<'a>(&'a self, router: &'a str) -> impl Iterator<Item = &'a Child> {
        self.children
            .iter()
            .filter(move |child| child.router == router)
    }
}

/// The associations of a VPC, leaving ones included.
pub(crate) fn associations_of_vpc<'a>(
    state: &'a State,
    vpc: &'a str,
) -> impl Iterator<Item = &'a Association> {
    state
        .associations
        .iter()
        .filter(move |association| association.vpc == vpc)
}

/// The status of an association or of a child instance.
fn status(object: &impl Object, now: Duration) -> &'static str {
    match object.life().phase(now) {
        Phase::Creating => "ASSOCIATING",
        Phase::Ready => "ACTIVE",
        Phase::Modifying => "UPDATING",
        Phase::Leaving | Phase::Gone => "DISSOCIATING",
    }
}

fn own_router(ctx: &Context<'_>, id: &str) -> Outcome<Router> {
    let router = ctx.state.ecr.routers.get(id);
    router
        .filter(|router| ctx.is_own(*router))
        .cloned()
        .ok_or_else(|| not_found("EcrId", id))
}

fn not_found(what: &str, id: &str) -> Failure {
    Failure::missing(
        format!("ResourceNotFound.{what}"),
        format!("The resource {id} does not exist."),
    )
}

fn illegal(name: &str) -> Failure {
    Failure::bad(
        format!("IllegalParam.{name}"),
        format!("The parameter {name} is not valid."),
    )
}

/// A region named by the call; it must exist.
fn region(ctx: &Context<'_>, name: &str) -> Outcome<String> {
    let region = ctx.required(name)?;
    if ctx.setup.regions.get(&region).is_some() {
        return Ok(region);
    }
    Err(Failure::bad(
        "UnsupportedRegion",
        format!("The region {region} is not supported."),
    ))
}
