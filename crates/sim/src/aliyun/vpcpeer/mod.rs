//! VpcPeer: connections between two VPCs, of one account or of two.

mod answers;
mod changes;
mod create;
mod limits;
mod tagging;
mod views;

use std::time::Duration;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use super::state::State as Everything;
use super::vpc::RouteTable;
use crate::table::{Base, Object, Phase, Table, Tags, objects};
use crate::throttle::Rate;

const RATE: Rate = Rate::per_minute(360);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateVpcPeerConnection", create::create)
        .token()
        .rate(RATE),
    Operation::write("AcceptVpcPeerConnection", answers::accept)
        .token()
        .rate(RATE),
    Operation::write("RejectVpcPeerConnection", answers::reject)
        .token()
        .rate(RATE),
    Operation::write("ModifyVpcPeerConnection", changes::modify)
        .token()
        .rate(RATE),
    Operation::write("DeleteVpcPeerConnection", changes::delete)
        .token()
        .rate(RATE),
    Operation::write("TagResources", tagging::tag).rate(RATE),
    Operation::write("UnTagResources", tagging::untag).rate(RATE),
    Operation::read("GetVpcPeerConnectionAttribute", views::get).rate(RATE),
    Operation::read("ListVpcPeerConnections", views::list).rate(RATE),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) peerings: Table<Peering>,
    /// Deleted ones, as long as they can still be looked at.
    remembered: Vec<Peering>,
}

/// A connection. Its base is the requester's.
#[derive(Debug, Clone)]
pub(crate) struct Peering {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) accepter: Accepter,
    /// Mbit/s; none within a region, where it is not limited.
    bandwidth: Option<u64>,
    link_type: String,
    stage: Stage,
    expires: Duration,
}

/// The other end.
#[derive(Debug, Clone)]
pub(crate) struct Accepter {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) vpc: String,
    tags: Tags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Waits for the accepter.
    Asked,
    Rejected,
    /// Wanted by both; works from then on.
    Agreed {
        from: Duration,
    },
}

objects!(Peering);

impl Peering {
    pub(crate) fn status(&self, now: Duration) -> &'static str {
        match (self.life().phase(now), self.stage) {
            (Phase::Gone, _) => "Deleted",
            (Phase::Leaving, _) => "Deleting",
            (Phase::Creating, _) => "Creating",
            (_, Stage::Rejected) => "Rejected",
            (_, Stage::Asked) if now >= self.expires => "Expired",
            (_, Stage::Asked) => "Accepting",
            (Phase::Modifying, Stage::Agreed { .. }) => "Updating",
            (Phase::Ready, Stage::Agreed { .. }) => "Activated",
        }
    }

    /// Traffic passes from the activation on, also while an attribute is being changed.
    pub(crate) fn carries(&self, now: Duration) -> bool {
        let is_agreed = matches!(self.stage, Stage::Agreed { from } if now >= from);
        is_agreed && matches!(self.life().phase(now), Phase::Ready | Phase::Modifying)
    }

    pub(crate) fn is_between_regions(&self) -> bool {
        self.base.region != self.accepter.region
    }

    fn joins(&self, vpc: &str) -> bool {
        self.vpc == vpc || self.accepter.vpc == vpc
    }

    /// The VPC at the other end.
    pub(crate) fn other_vpc(&self, vpc: &str) -> Option<&str> {
        if self.vpc == vpc {
            Some(&self.accepter.vpc)
        } else if self.accepter.vpc == vpc {
            Some(&self.vpc)
        } else {
            None
        }
    }

    fn is_of(&self, account: &str) -> bool {
        self.base.owner == account || self.accepter.account == account
    }

    /// Rejected and expired ones only wait for their deletion.
    fn is_living(&self, now: Duration) -> bool {
        !matches!(self.status(now), "Rejected" | "Expired" | "Deleted")
    }
}

/// Whether a connection keeps a VPC from being deleted.
pub(crate) fn has_living(state: &Everything, vpc: &str, now: Duration) -> bool {
    let mut peerings = state.vpcpeer.peerings.iter();
    peerings.any(|peering| peering.joins(vpc) && peering.is_living(now))
}

/// The connection that the call names, if the caller owns one of its ends.
fn own(ctx: &Context<'_>) -> Outcome<Peering> {
    let id = ctx.required("InstanceId")?;
    let peering = ctx.state.vpcpeer.peerings.get(&id);
    peering
        .filter(|peering| peering.is_of(ctx.account()))
        .cloned()
        .ok_or_else(|| not_found("InstanceId", &id))
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

/// Fails unless the connection is in one of the states.
fn check_status(ctx: &Context<'_>, peering: &Peering, allowed: &[&str]) -> Outcome<()> {
    let status = peering.status(ctx.now);
    if allowed.contains(&status) {
        return Ok(());
    }
    Err(Failure::bad(
        "IncorrectStatus.VpcPeer",
        format!("The connection is {status}, which does not allow this."),
    ))
}

/// Whether a route of a VPC may lead to a connection.
pub(crate) fn check_next_hop(ctx: &Context<'_>, table: &RouteTable, id: &str) -> Outcome<()> {
    let peering = ctx.state.vpcpeer.peerings.get(id);
    let peering = peering
        .filter(|peering| peering.joins(&table.vpc))
        .ok_or_else(|| not_found("VpcPeer", id))?;
    check_status(ctx, peering, &["Activated"])
}
