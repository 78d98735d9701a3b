//! The object that makes a topology's runs, one after the other.
//!
//! A run is a task of the worker; the journal keeps looks at it. Whatever differs between workers, or from attempt to attempt,
//! comes out of a `ctx.run`: the journal is read again by other workers, which must come by the same way.

use std::sync::Arc;

use std::time::Duration;

use landbridge_core::reconcile::{Goal, Outcome, Progress};
use landbridge_core::{Error, ErrorKind};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, EndWithHandler, Hand, PLANS, Seen, Step, Then};
use super::link::{LinkClient, Looked, Settled, Take, Taken, key_of};
use super::refusal::refusal;
use crate::lease::LeaseTerms;
use crate::orders::Planned;
use crate::spec::Spec;
use crate::state::{Look, NotTaken, Work};
use crate::time::Moment;

/// The largest plan that is sent. The server refuses results over 32 MiB, and then tries for ever.
const LARGEST: usize = 8 << 20;
/// So many entries of a journal for each look that a run may have: one that waits goes on in another invocation then.
const ENTRIES: u32 = 4;

/// A run is due at this moment.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Wake {
    pub(super) due: Moment,
}

/// `TENANT_NAME`: makes a topology's runs.
#[derive(Debug)]
pub(super) struct Run(pub(super) Arc<Hand>);

#[restate_sdk::object(
    name = "Run",
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
impl Run {
    #[handler(ingress_private, journal_retention = "10m")]
    async fn work(&self, ctx: ObjectContext<'_>, Json(wake): Json<Wake>) -> HandlerResult<()> {
        let key = key_of(ctx.key())?;
        let attempt = Attempt::new(Arc::clone(&self.0), key);
        let _end = EndWithHandler(Arc::clone(&attempt));
        let mut course = Course {
            ctx: &ctx,
            attempt,
            wake,
            step: Step::default(),
            under_way: None,
            seen: None,
        };
        for _ in 0..self.0.options.looks.saturating_mul(ENTRIES) {
            if course.go_on(self.0.options.looks).await? {
                return Ok(());
            }
        }
        let _ = ctx
            .object_client::<RunClient<'_>>(ctx.key())
            .work(Json(wake))
            .send();
        Ok(())
    }

    // Its caller waits ten minutes at most, so none is kept for later.
    #[handler(
        inactivity_timeout = "10m",
        invocation_retry_policy(max_attempts = 5, on_max_attempts = "kill")
    )]
    async fn plan(
        &self,
        ctx: SharedObjectContext<'_>,
        Json(spec): Json<Spec>,
    ) -> HandlerResult<Json<Planned>> {
        let key = key_of(ctx.key())?;
        let hand = Arc::clone(&self.0);
        let planned = ctx.run(move || async move {
            let room = hand.plans.try_acquire();
            let _room = room.map_err(|_| refusal(&no_room_for_plans()))?;
            let planned = hand.carrier.plan(&key, &spec).await;
            let planned = planned.map_err(|error| refusal(&error))?;
            let size = serde_json::to_vec(&planned)?.len();
            match size {
                0..=LARGEST => Ok(Json(planned)),
                _ => Err(refusal(&too_large(size)).into()),
            }
        });
        Ok(planned.name("plan").await?)
    }
}

fn no_room_for_plans() -> Error {
    let message = format!("the worker makes {PLANS} plans already, the most it makes at once");
    Error::new(ErrorKind::Busy, message).with_remedy("ask again in a minute")
}

fn too_large(size: usize) -> Error {
    let message = format!("the plan has {size} bytes: expected {LARGEST} at most");
    Error::new(ErrorKind::Unsupported, message)
        .with_remedy("plan it with `landbridge plan`, or divide the topology")
}

/// The course of an invocation.
struct Course<'a, 'ctx> {
    ctx: &'a ObjectContext<'ctx>,
    attempt: Arc<Attempt>,
    wake: Wake,
    step: Step,
    under_way: Option<UnderWay>,
    /// What was seen already: a run is looked at when it begins, without another entry in the journal.
    seen: Option<Seen>,
}

/// The run that was begun.
struct UnderWay {
    worker: String,
    generation: u64,
    goal: Goal,
}

impl Course<'_, '_> {
    /// Makes a look and does what follows. Tells whether the invocation has ended.
    async fn go_on(&mut self, most: u32) -> Result<bool, HandlerError> {
        let seen = match self.seen.take() {
            Some(seen) => seen,
            None => self.look().await?,
        };
        self.see(seen, most).await
    }

    async fn look(&self) -> Result<Seen, HandlerError> {
        let (attempt, step) = (Arc::clone(&self.attempt), self.step);
        let look = self
            .ctx
            .run(move || async move { attempt.look(step).await });
        let Json(seen) = look.name("look").await?;
        Ok(seen)
    }

    async fn see(&mut self, seen: Seen, most: u32) -> Result<bool, HandlerError> {
        match seen {
            Seen::Absent { worker, lease, now } => self.take(worker, lease, now).await,
            Seen::Not { outcome, now } => self.settle(outcome, now).await,
            Seen::Full => Ok(false),
            Seen::Run {
                progress,
                lease,
                now,
            } => {
                if let Some(outcome) = progress.outcome.clone() {
                    return self.settle(outcome, now).await;
                }
                let look = self.keep(progress, lease, now).await?;
                self.step.then = match look {
                    Look::Lost => Then::Leave,
                    Look::Superseded => Then::Stop,
                    Look::On if self.step.index >= most => Then::Stop,
                    Look::On => Then::On,
                };
                self.step.renewed = (look != Look::Lost).then_some(self.step.index);
                self.step.index += 1;
                Ok(false)
            }
        }
    }

    /// Takes the lease and begins the run.
    async fn take(
        &mut self,
        worker: String,
        lease: LeaseTerms,
        now: Moment,
    ) -> Result<bool, HandlerError> {
        let take = Take {
            worker: worker.clone(),
            wake: self.wake,
            lease,
            now,
        };
        let Json(taken) = self.link().take(Json(take)).call().await?;
        match taken {
            Taken::Not {
                why: NotTaken::Idle,
            } => Ok(true),
            // The worker may be frozen only: its lease must end first.
            Taken::Not {
                why: NotTaken::Elsewhere { until },
            } => {
                self.attempt.leave_room();
                let pause = until.since(now).saturating_add(Duration::from_millis(1));
                self.ctx.sleep(pause).await?;
                Ok(false)
            }
            Taken::Work { work } => {
                self.seen = Some(self.begin(worker, work).await?);
                Ok(false)
            }
        }
    }

    async fn begin(&mut self, worker: String, work: Work) -> Result<Seen, HandlerError> {
        self.step = Step::default();
        self.under_way = Some(UnderWay {
            worker: worker.clone(),
            generation: work.generation,
            goal: work.goal,
        });
        let attempt = Arc::clone(&self.attempt);
        let begin = self
            .ctx
            .run(move || async move { attempt.begin(worker, work).await });
        let Json(seen) = begin.name("begin").await?;
        Ok(seen)
    }

    async fn keep(
        &self,
        progress: Progress,
        lease: LeaseTerms,
        now: Moment,
    ) -> Result<Look, HandlerError> {
        let Some(of) = &self.under_way else {
            return Ok(Look::Lost);
        };
        let looked = Looked {
            worker: of.worker.clone(),
            generation: of.generation,
            progress,
            lease,
            now,
        };
        let Json(look) = self.link().look(Json(looked)).call().await?;
        Ok(look)
    }

    /// Keeps how the run has ended. Where its lease was lost, what is due is taken anew.
    async fn settle(&mut self, outcome: Outcome, now: Moment) -> Result<bool, HandlerError> {
        let Some(of) = self.under_way.take() else {
            self.step.then = Then::Leave;
            return Ok(false);
        };
        let settled = Settled {
            worker: of.worker,
            generation: of.generation,
            goal: of.goal,
            outcome,
            now,
        };
        let kept = self.link().settle(Json(settled)).call().await?;
        self.step.then = Then::Leave;
        Ok(kept)
    }

    fn link(&self) -> LinkClient<'_> {
        self.ctx.object_client::<LinkClient<'_>>(self.ctx.key())
    }
}
