use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::apply_error::ApplyError;
use super::domain::Domains;
use super::finished::Finished;
use super::gate::WriteGate;
use super::halt::Halt;
use super::left::Left;
use super::progress::Progress;
use super::schedule::Schedule;
use super::shared::Shared;
use super::under_way::Ledger;
use super::window::Windows;
use crate::backend::Latch;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Events};
use crate::ids::Place;
use crate::journal::Scribe;
use crate::plan::{Plan, Step, StepKey};
use crate::retry::{Backoff, Patience};
use crate::traits::{Cloud, IdentityKind};

/// What an apply or destroy has done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// How many steps were taken.
    pub steps: usize,
    /// How long it took.
    pub elapsed: Duration,
}

impl Engine {
    /// Takes the steps of a plan: each as soon as those it depends on are done, with at most
    /// [`parallel`](super::EngineOptions::parallel) calls under way and one writer in each conflict domain.
    ///
    /// Before the first write the caller of every account of the plan is known; a root caller or one of another account
    /// ends the apply at once. What an observation has asked with the same keys is not asked again.
    ///
    /// # Dropping the future
    /// A dropped apply takes no further step and tells no further event. Calls that were sent may still take effect; a
    /// step that runs on another thread at that moment may send one more. Nothing waits for their outcome.
    ///
    /// Applying again is safe: observe, plan, apply. What the earlier calls made is found by its tags and natural keys. A
    /// create whose object no list shows yet is sent again with the same token, where the cloud takes tokens.
    ///
    /// To stop with a report, cancel the [token](Engine::with_cancellation) instead: calls under way are waited for, at
    /// most for [`settle_limit`](super::EngineOptions::settle_limit), and the error tells what is
    /// [under way](ApplyError::under_way).
    ///
    /// # Errors
    /// [`ApplyError`]. After it is returned, and after [`Event::StepFailed`], nothing is written.
    pub async fn apply(&self, plan: &Plan) -> Result<Applied, ApplyError> {
        let started = self.clock.uptime();
        let total = plan.steps.len();
        let before = |error| ApplyError::refused(error, total);
        plan.check().map_err(before)?;
        let known = self.within_limits(async {
            let clouds = self.clouds_of(plan).await?;
            check_identities(&clouds).await?;
            Ok(clouds)
        });
        let clouds = known.await.map_err(before)?;
        let run = Arc::new(self.run_of(plan, clouds));
        run.scribe.begin(plan).await.map_err(before)?;
        let (finished, ended) = take_steps(plan, &run, &self.cancel).await;
        let done = finished.len();
        run.scribe.end(done, total).await;
        let elapsed = self.clock.uptime().saturating_sub(started);
        self.events.emit(Event::ApplyEnded {
            done,
            total,
            elapsed,
        });
        if done == total {
            Ok(Applied {
                steps: done,
                elapsed,
            })
        } else {
            Err(ApplyError::stopped(ended, finished, total).with_under_way(run.ledger.all()))
        }
    }

    async fn clouds_of(&self, plan: &Plan) -> Result<BTreeMap<Place, Arc<dyn Cloud>>> {
        let places: BTreeSet<&Place> = plan.steps.iter().map(|step| &step.place).collect();
        let mut clouds = BTreeMap::new();
        for place in places {
            clouds.insert(place.clone(), self.cloud(place).await?);
        }
        Ok(clouds)
    }

    fn run_of(&self, plan: &Plan, clouds: BTreeMap<Place, Arc<dyn Cloud>>) -> Run {
        let shared = Shared::new(
            plan,
            clouds,
            Arc::clone(&self.clock),
            self.options.clone(),
            Arc::clone(&self.secrets),
        )
        .with_place_reads(self.place_reads.clone());
        let domains = Domains::of(plan, |step| shared.writes_per_call(step));
        let windows = Windows::of(plan, |step| shared.outstanding_requests(step));
        Run {
            patience: self.patience(self.options.total_limit),
            halt: Halt::new(self.halt.clone(), self.options.settle_limit),
            ledger: Ledger::default(),
            changes: AtomicU64::new(0),
            shared,
            domains,
            windows,
            gate: WriteGate::new(Arc::new(Latch::new(self.guard.clone()))),
            events: self.events.clone(),
            scribe: Scribe::new(
                Arc::clone(&self.journal),
                Arc::clone(&self.clock),
                self.run_id().clone(),
            ),
        }
    }
}

// One caller for each account, all at once; all places of an account share credentials.
async fn check_identities(clouds: &BTreeMap<Place, Arc<dyn Cloud>>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let first = clouds
        .iter()
        .filter(|(place, _)| seen.insert((&place.cloud, &place.account)));
    try_join_all(first.map(|(place, cloud)| check_identity(place, cloud.as_ref()))).await?;
    Ok(())
}

async fn check_identity(place: &Place, cloud: &dyn Cloud) -> Result<()> {
    let identity = cloud.known_identity().await?;
    identity
        .check_account(&place.account)
        .map_err(|error| error.with_place(place.clone()))?;
    if identity.kind == IdentityKind::Root {
        let message = format!("the caller is the account itself ({})", identity.arn);
        return Err(Error::new(ErrorKind::PermissionDenied, message)
            .with_place(place.clone())
            .with_remedy("use the keys of a user or a role"));
    }
    Ok(())
}

/// Why no further step was begun.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) failures: Vec<(StepKey, Error)>,
    /// Whether the right to write was lost.
    pub(super) lost_lease: bool,
}

impl Ended {
    fn is_going_on(&self) -> bool {
        self.failures.is_empty() && !self.lost_lease
    }
}

// Starts steps as they become ready. The first failure closes the gate before it is told.
async fn take_steps(
    plan: &Plan,
    run: &Arc<Run>,
    cancel: &CancellationToken,
) -> (Vec<Finished>, Ended) {
    let (mut schedule, mut ready) = Schedule::of(plan);
    let urgency = schedule.urgency(plan, |step| run.weight(step));
    let mut tasks = JoinSet::new();
    let mut indices: HashMap<tokio::task::Id, usize> = HashMap::new();
    let mut left = Left::of(&urgency);
    let mut finished = Vec::new();
    run.events.emit(Event::ApplyStarted {
        steps: plan.steps.len(),
        remaining: left.longest(),
    });
    let mut ended = Ended::default();
    loop {
        if ended.is_going_on() && !cancel.is_cancelled() {
            for index in ready.drain(..) {
                let run = Arc::clone(run);
                let step = plan.steps[index].clone();
                let urgency = urgency[index];
                let task = tasks.spawn(async move { run.step(&step, urgency).await });
                indices.insert(task.id(), index);
            }
        }
        let Some(joined) = tasks.join_next_with_id().await else {
            break;
        };
        let (task, result) = match joined {
            Ok(outcome) => outcome,
            Err(error) => (error.id(), Err(ended_abnormally(error))),
        };
        let Some(index) = indices.remove(&task) else {
            continue;
        };
        let step = &plan.steps[index];
        match result {
            Ok((id, elapsed)) => {
                let one = Finished::new(step, &id);
                left.done(index);
                run.shared.done(&step.key, &id);
                run.scribe.done(&step.key, &id).await;
                run.changed();
                run.events.emit(Event::StepDone {
                    key: one.key.clone(),
                    id: one.id.clone(),
                    elapsed,
                    done: finished.len() + 1,
                    total: plan.steps.len(),
                    remaining: left.longest(),
                });
                finished.push(one);
                ready.extend(schedule.done(index));
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => {}
            Err(error) if error.kind() == ErrorKind::LeaseLost => {
                run.stop().await;
                ended.lost_lease = true;
            }
            Err(error) => {
                run.stop().await;
                run.scribe.failed(&step.key, &error).await;
                run.events.emit(Event::StepFailed {
                    key: step.key.clone(),
                    error: error.to_string(),
                });
                ended.failures.push((step.key.clone(), error));
            }
        }
    }
    (finished, ended)
}

// A step that panicked is a defect of ours; it stops the run like any other failure.
fn ended_abnormally(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Failed, "the step ended abnormally").with_source(error)
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) shared: Shared,
    pub(super) patience: Patience,
    pub(super) domains: Domains,
    pub(super) windows: Windows,
    pub(super) gate: WriteGate,
    pub(super) halt: Halt,
    pub(super) ledger: Ledger,
    /// How often a step was done or an object seen in another state.
    pub(super) changes: AtomicU64,
    pub(super) events: Events,
    pub(super) scribe: Scribe,
}

impl Run {
    // Calls under way make no further attempt, so that the gate is not held for long.
    async fn stop(&self) {
        self.patience.cancellation().cancel();
        self.gate.close().await;
    }

    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff::new(self.shared.options.poll, self.shared.options.poll_max)
    }

    // One more than it takes, so that of two ways that take nothing the longer one comes first.
    fn weight(&self, step: &Step) -> u64 {
        let usual = self.shared.estimates.settling(step).as_millis();
        u64::try_from(usual)
            .unwrap_or(u64::MAX / 2)
            .saturating_add(1)
    }

    async fn step(&self, step: &Step, urgency: u64) -> Result<(String, Duration)> {
        let patience = self.patience.at_most(self.shared.options.step_limit);
        let mut progress = Progress::new(self, step, urgency, patience);
        match progress.take().await {
            Ok(id) => {
                self.ledger.settled(step);
                Ok((id, progress.elapsed()))
            }
            Err(error) if error.place().is_some() => Err(error),
            Err(error) => Err(error.with_place(step.place.clone())),
        }
    }
}
