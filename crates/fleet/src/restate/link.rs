//! The object that keeps a topology's state. Its handlers are short, so that orders are taken at once.

use std::sync::Arc;

use landbridge_core::reconcile::{Goal, Outcome, Progress};
use landbridge_core::{Clock, Error};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use super::refusal::refusal;
use super::run::{RunClient, Wake};
use crate::fleet::not_deleted;
use crate::key::LinkKey;
use crate::lease::LeaseTerms;
use crate::orders::{Order, Status, Terms};
use crate::spec::Spec;
use crate::state::{LinkState, Look, NotTaken, Phase, Work, absent};
use crate::time::Moment;

/// The entry that holds the state without the text of the topology. The list of topologies reads it too.
pub(super) const STATE: &str = "state";
/// The entry that holds the text, which is long and seldom needed.
const TOPOLOGY: &str = "topology";

/// An order on terms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Given {
    pub(super) order: Order,
    #[serde(default)]
    pub(super) terms: Terms,
}

/// A worker asks for the run that is due.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Take {
    pub(super) worker: String,
    /// The message for which it asks.
    pub(super) wake: Wake,
    /// Those of the worker: its guard counts by them.
    pub(super) lease: LeaseTerms,
    /// The worker's clock, before it asked.
    pub(super) now: Moment,
}

/// What it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "taken", rename_all = "kebab-case")]
pub(super) enum Taken {
    Work { work: Work },
    Not { why: NotTaken },
}

/// How far a worker's run has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Looked {
    pub(super) worker: String,
    pub(super) generation: u64,
    pub(super) progress: Progress,
    pub(super) lease: LeaseTerms,
    pub(super) now: Moment,
}

/// How a worker's run has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Settled {
    pub(super) worker: String,
    pub(super) generation: u64,
    pub(super) goal: Goal,
    pub(super) outcome: Outcome,
    pub(super) now: Moment,
}

/// `TENANT_NAME`: keeps a topology's state.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) clock: Arc<dyn Clock>,
}

#[restate_sdk::object(
    name = "Link",
    client_visibility = "pub(crate)",
    inactivity_timeout = "2m",
    abort_timeout = "1m",
    journal_retention = "0s",
    idempotency_retention = "0s",
    invocation_retry_policy(
        initial_interval = "500ms",
        factor = 2.0,
        max_interval = "60s",
        max_attempts = 20,
        on_max_attempts = "pause",
    )
)]
impl Link {
    #[handler]
    async fn give(
        &self,
        ctx: ObjectContext<'_>,
        Json(given): Json<Given>,
    ) -> HandlerResult<Json<Status>> {
        let key = key_of(ctx.key())?;
        let clock = Arc::clone(&self.clock);
        let now = ctx.run(move || async move { Ok(Json(Moment::of(clock.now()))) });
        let Json(now) = now.name("now").await?;
        let known = match known(&ctx).await? {
            Some(mut known) => {
                known.spec.topology = topology(&ctx).await?;
                Some(known)
            }
            None => None,
        };
        let before = known.as_ref().map(|known| (known.generation, known.due));
        let text = known.as_ref().map(|known| known.spec.topology.clone());
        let mut state = LinkState::give(known, &key, given.order, &given.terms, now)
            .map_err(|error| refusal(&error))?;
        let status = Status::of(&key, &state);
        let is_changed = before != Some((state.generation, state.due));
        // A run that was killed at the server has sent no message for the next one.
        let is_left = state.lease.as_ref().is_none_or(|lease| lease.until < now)
            && state.due.is_some_and(|due| due < now);
        if is_changed || is_left {
            wake(&ctx, &state, now);
        }
        let asked = std::mem::take(&mut state.spec.topology);
        if text.as_ref() != Some(&asked) {
            ctx.set(TOPOLOGY, asked);
        }
        ctx.set(STATE, Json(state));
        Ok(Json(status))
    }

    #[handler(ingress_private)]
    async fn take(
        &self,
        ctx: ObjectContext<'_>,
        Json(take): Json<Take>,
    ) -> HandlerResult<Json<Taken>> {
        let idle = Taken::Not {
            why: NotTaken::Idle,
        };
        let Some(mut state) = known(&ctx).await? else {
            return Ok(Json(idle));
        };
        // The server's clock may be ahead of the worker's: what it says is due, is.
        let now = match state.due {
            Some(due) if due == take.wake.due => take.now.max(due),
            _ => take.now,
        };
        let taken = match state.take(&take.worker, &take.lease, now) {
            Ok(mut work) => {
                work.spec.topology = topology(&ctx).await?;
                Taken::Work { work }
            }
            Err(why) => return Ok(Json(Taken::Not { why })),
        };
        ctx.set(STATE, Json(state));
        Ok(Json(taken))
    }

    #[handler(ingress_private)]
    async fn look(
        &self,
        ctx: ObjectContext<'_>,
        Json(looked): Json<Looked>,
    ) -> HandlerResult<Json<Look>> {
        let Some(mut state) = known(&ctx).await? else {
            return Ok(Json(Look::Lost));
        };
        let (worker, now) = (&looked.worker, looked.now);
        let look = state.look(
            worker,
            looked.generation,
            looked.progress,
            &looked.lease,
            now,
        );
        if look != Look::Lost {
            ctx.set(STATE, Json(state));
        }
        Ok(Json(look))
    }

    // Tells whether the worker had the lease.
    #[handler(ingress_private)]
    async fn settle(
        &self,
        ctx: ObjectContext<'_>,
        Json(settled): Json<Settled>,
    ) -> HandlerResult<bool> {
        let key = key_of(ctx.key())?;
        let Some(mut state) = known(&ctx).await? else {
            return Ok(false);
        };
        let of = (settled.generation, settled.goal);
        if !state.settle(&settled.worker, of, settled.outcome, &key, settled.now) {
            return Ok(false);
        }
        wake(&ctx, &state, settled.now);
        ctx.set(STATE, Json(state));
        Ok(true)
    }

    #[handler]
    async fn forget(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let key = key_of(ctx.key())?;
        match known(&ctx).await? {
            None => {}
            Some(state) if state.phase == Phase::Deleted => ctx.clear_all(),
            Some(_) => return Err(refusal(&not_deleted(&key)).into()),
        }
        Ok(())
    }

    #[handler(invocation_retry_policy(max_attempts = 5, on_max_attempts = "kill"))]
    async fn status(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Status>> {
        let key = key_of(ctx.key())?;
        let state = ctx.get::<Json<LinkState>>(STATE).await?;
        let Json(state) = state.ok_or_else(|| refusal(&absent(&key)))?;
        Ok(Json(Status::of(&key, &state)))
    }

    #[handler(invocation_retry_policy(max_attempts = 5, on_max_attempts = "kill"))]
    async fn spec(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Spec>> {
        let key = key_of(ctx.key())?;
        let state = ctx.get::<Json<LinkState>>(STATE).await?;
        let Json(mut state) = state.ok_or_else(|| refusal(&absent(&key)))?;
        state.spec.topology = ctx.get::<String>(TOPOLOGY).await?.unwrap_or_default();
        Ok(Json(state.spec))
    }
}

async fn known(ctx: &ObjectContext<'_>) -> Result<Option<LinkState>, TerminalError> {
    let state = ctx.get::<Json<LinkState>>(STATE).await?;
    Ok(state.map(Json::into_inner))
}

async fn topology(ctx: &ObjectContext<'_>) -> Result<String, TerminalError> {
    Ok(ctx.get::<String>(TOPOLOGY).await?.unwrap_or_default())
}

// A message whose run is no longer due ends silently, so none is ever called back.
fn wake(ctx: &ObjectContext<'_>, state: &LinkState, now: Moment) {
    if let Some(due) = state.due {
        let run = ctx.object_client::<RunClient<'_>>(ctx.key());
        let request = run.work(Json(Wake { due }));
        let _ = match due.since(now) {
            delay if delay.is_zero() => request.send(),
            delay => request.send_after(delay),
        };
    }
}

pub(super) fn key_of(text: &str) -> Result<LinkKey, TerminalError> {
    text.parse().map_err(|error: Error| refusal(&error))
}
