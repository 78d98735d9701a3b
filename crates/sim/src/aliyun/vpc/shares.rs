//! vSwitches that other accounts may use. The service that shares them is not modelled; the setup does it.

use std::collections::BTreeSet;

use super::{State, VSwitch, Vpc, no_such_vpc};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::table::{Object, Table};

/// Pairs of vSwitch and account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shares(BTreeSet<(String, String)>);

impl Shares {
    fn has(&self, vswitch: &str, account: &str) -> bool {
        let mut shares = self.0.iter();
        shares.any(|(shared, with)| shared == vswitch && with == account)
    }

    /// The vSwitches that others let an account use.
    fn with(&self, account: &str) -> impl Iterator<Item = &String> {
        let shares = self.0.iter();
        shares.filter_map(move |(vswitch, with)| (with == account).then_some(vswitch))
    }

    fn is_shared(&self, vswitch: &str) -> bool {
        self.0.iter().any(|(shared, _)| shared == vswitch)
    }
}

impl State {
    /// Lets an account use a vSwitch; says whether there is such a vSwitch.
    pub(crate) fn share(&mut self, vswitch: &str, account: &str) -> bool {
        let exists = self.vswitches.get(vswitch).is_some();
        if exists {
            let share = (vswitch.to_owned(), account.to_owned());
            self.shares.0.insert(share);
        }
        exists
    }
}

fn is_in_region(ctx: &Context<'_>, region: &str) -> bool {
    let wanted = ctx.parameters.get("RegionId");
    wanted.is_none_or(|wanted| wanted == region)
}

/// Whether another account lets the caller use the vSwitch.
pub(crate) fn is_shared_with_caller(ctx: &Context<'_>, vswitch: &VSwitch) -> bool {
    is_in_region(ctx, &vswitch.base.region)
        && ctx.state.vpc.shares.has(&vswitch.base.id, ctx.account())
}

/// Whether another account lets the caller use a vSwitch of the VPC.
pub(super) fn is_open_to_caller(ctx: &Context<'_>, vpc: &Vpc) -> bool {
    let mut shared = ctx.state.vpc.shares.with(ctx.account());
    is_in_region(ctx, &vpc.base.region)
        && shared.any(|id| {
            let vswitch = ctx.state.vpc.vswitches.get(id);
            vswitch.is_some_and(|vswitch| vswitch.vpc == vpc.base.id)
        })
}

/// The caller's VPC, or one of which a vSwitch is shared with the caller.
pub(crate) fn usable_vpc(ctx: &Context<'_>, id: &str) -> Outcome<Vpc> {
    let usable = |vpc: &&Vpc| ctx.can_see(*vpc) || is_open_to_caller(ctx, vpc);
    let vpc = ctx.state.vpc.vpcs.get(id).filter(usable);
    vpc.cloned().ok_or_else(|| no_such_vpc(id))
}

/// The rows that a list of the caller may show: its own, and all where something is shared with it.
pub(super) fn visible<'a, T: Object>(
    ctx: &'a Context<'_>,
    table: &'a Table<T>,
) -> Box<dyn Iterator<Item = &'a T> + 'a> {
    let is_alone = ctx.state.vpc.shares.with(ctx.account()).next().is_none();
    match is_alone {
        true => Box::new(table.owned_by(ctx.account())),
        false => Box::new(table.iter()),
    }
}

/// How a vSwitch is shared, as the caller sees it.
pub(super) fn share_type(ctx: &Context<'_>, vswitch: &VSwitch) -> &'static str {
    if !ctx.is_own(vswitch) {
        "Shared"
    } else if ctx.state.vpc.shares.is_shared(&vswitch.base.id) {
        "Sharing"
    } else {
        ""
    }
}
