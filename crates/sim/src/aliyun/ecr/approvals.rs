//! What the account manager does: sharing border routers between two accounts is off until then.

use super::State;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};

impl State {
    /// Lets routers of one account take border routers of another.
    pub(crate) fn approve(&mut self, member: &str, router_owner: &str) {
        self.approvals
            .insert((member.to_owned(), router_owner.to_owned()));
    }
}

/// Fails unless the account manager has approved the pair.
pub(super) fn check(ctx: &Context<'_>, member: &str, router_owner: &str) -> Outcome<()> {
    let pair = (member.to_owned(), router_owner.to_owned());
    if member == router_owner || ctx.state.ecr.approvals.contains(&pair) {
        return Ok(());
    }
    Err(Failure::forbidden(
        "Forbbiden.AttachChildInstanceAcrossBid",
        "Border routers are not shared between these accounts; ask the account manager.",
    ))
}
