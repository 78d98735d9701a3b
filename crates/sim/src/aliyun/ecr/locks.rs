//! One write at a time per router, and none while anything on it is on its way.

use std::time::Duration;

use super::{Router, State};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::table::{Object, Phase};

/// Fails unless the router takes a write now.
pub(super) fn check(ctx: &Context<'_>, router: &Router) -> Outcome<()> {
    check_staying(ctx, router)?;
    if ctx.setup.conflict_locks && is_busy(&ctx.state.ecr, router, ctx.now) {
        return Err(Failure::bad(
            "Conflict.Lock",
            "The ECR is locked by another operation.",
        ));
    }
    if router.life().is_ready(ctx.now) {
        return Ok(());
    }
    Err(incorrect())
}

fn check_staying(ctx: &Context<'_>, router: &Router) -> Outcome<()> {
    match router.life().phase(ctx.now) {
        Phase::Leaving | Phase::Gone if router.is_reclaimed => Err(Failure::bad(
            "OperationDenied.ForceDeleting",
            "The ECR is being deleted with everything on it.",
        )),
        Phase::Leaving | Phase::Gone => Err(incorrect()),
        _ => Ok(()),
    }
}

pub(super) fn incorrect() -> Failure {
    Failure::bad(
        "IncorrectStatus.Ecr",
        "The status of the ECR does not allow this.",
    )
}

fn is_busy(state: &State, router: &Router, now: Duration) -> bool {
    let id = &router.base.id;
    let is_locked = state.locks.get(id).is_some_and(|until| now < *until);
    is_locked
        || !router.life().is_ready(now)
        || state
            .associations_of(id)
            .any(|association| !association.life().is_ready(now))
        || state
            .children_of(id)
            .any(|child| !child.life().is_ready(now))
}

/// A write on the router succeeded: the next ones wait.
pub(super) fn take(ctx: &mut Context<'_>, router: &str) {
    let until = ctx.now + ctx.setup.timings.ecr_lock;
    ctx.state.ecr.locks.insert(router.to_owned(), until);
}
