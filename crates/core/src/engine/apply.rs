use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::apply_error::ApplyError;
use super::contest::Contest;
use super::domain::Domains;
use super::gate::WriteGate;
use super::halt::Halt;
use super::schedule::Schedule;
use super::shared::Shared;
use super::site::Site;
use super::under_way::Ledger;
use crate::backend::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Events};
use crate::ids::Place;
use crate::journal::{Note, Scribe};
use crate::object::{Action, Seen};
use crate::plan::{Plan, Step, StepKey};
use crate::retry::{Backoff, Look, Patience, wait_until};
use crate::traits::{Cloud, IdentityKind};

/// How often a created object may turn out to be gone before we give up.
const MAX_VANISHED: u32 = 3;
/// How often an answer may be lost or make no sense before we give up.
const MAX_LOST: u32 = 8;

/// How many answers to one write may be unreadable before we stop sending it.
const MAX_UNREADABLE: u32 = 5;

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
    /// Before the first write every account of the plan is asked who its caller is; a root caller or one of another
    /// account ends the apply at once.
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
        self.events.emit(Event::ApplyStarted { steps: total });
        let outcome = take_steps(plan, &run, &self.cancel).await;
        let (done, failures) = outcome;
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
            Err(ApplyError::stopped(failures, done, total).with_under_way(run.ledger.all()))
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
        Run {
            patience: self.patience(self.options.total_limit),
            halt: Halt::new(self.halt.clone(), self.options.settle_limit),
            ledger: Ledger::default(),
            changes: AtomicU64::new(0),
            shared: Shared::new(
                plan.topology.clone(),
                clouds,
                Arc::clone(&self.clock),
                self.options.clone(),
                Arc::clone(&self.secrets),
            ),
            domains: Domains::of(plan),
            gate: WriteGate::new(),
            events: self.events.clone(),
            scribe: Scribe::new(
                Arc::clone(&self.journal),
                Arc::clone(&self.clock),
                self.run_id().clone(),
            ),
        }
    }
}

// One caller for each account; all its places share credentials.
async fn check_identities(clouds: &BTreeMap<Place, Arc<dyn Cloud>>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (place, cloud) in clouds {
        if !seen.insert((&place.cloud, &place.account)) {
            continue;
        }
        let identity = cloud.caller_identity().await?;
        identity
            .check_account(&place.account)
            .map_err(|error| error.with_place(place.clone()))?;
        if identity.kind == IdentityKind::Root {
            let message = format!("the caller is the account itself ({})", identity.arn);
            return Err(Error::new(ErrorKind::PermissionDenied, message)
                .with_place(place.clone())
                .with_remedy("use the keys of a user or a role"));
        }
    }
    Ok(())
}

type Outcome = (usize, Vec<(StepKey, Error)>);
// Starts steps as they become ready. The first failure closes the gate before it is told.
async fn take_steps(plan: &Plan, run: &Arc<Run>, cancel: &CancellationToken) -> Outcome {
    let (mut schedule, mut ready) = Schedule::of(plan);
    let mut tasks = JoinSet::new();
    let mut indices: HashMap<tokio::task::Id, usize> = HashMap::new();
    let mut done = 0;
    let mut failures: Vec<(StepKey, Error)> = Vec::new();
    loop {
        if failures.is_empty() && !cancel.is_cancelled() {
            for index in ready.drain(..) {
                let run = Arc::clone(run);
                let step = plan.steps[index].clone();
                let task = tasks.spawn(async move { run.step(&step).await });
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
                done += 1;
                run.shared.done(&step.key, &id);
                run.scribe.done(&step.key, &id).await;
                run.tell_done(step, &id, elapsed, (done, plan.steps.len()));
                ready.extend(schedule.done(index));
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => {}
            Err(error) => {
                run.stop().await;
                run.scribe.failed(&step.key, &error).await;
                run.events.emit(Event::StepFailed {
                    key: step.key.clone(),
                    error: error.to_string(),
                });
                failures.push((step.key.clone(), error));
            }
        }
    }
    (done, failures)
}

// A step that panicked is a defect of ours; it stops the run like any other failure.
fn ended_abnormally(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Failed, "the step ended abnormally").with_source(error)
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) shared: Shared,
    patience: Patience,
    domains: Domains,
    gate: WriteGate,
    halt: Halt,
    ledger: Ledger,
    /// How often a step was done or an object seen in another state.
    changes: AtomicU64,
    pub(super) events: Events,
    scribe: Scribe,
}

impl Run {
    // Calls under way make no further attempt, so that the gate is not held for long.
    async fn stop(&self) {
        self.patience.cancellation().cancel();
        self.gate.close().await;
    }

    fn tell_done(&self, step: &Step, id: &str, elapsed: Duration, (done, total): (usize, usize)) {
        self.changed();
        let has_id = *step.key.object() != id;
        self.events.emit(Event::StepDone {
            key: step.key.clone(),
            id: has_id.then(|| id.to_owned()),
            elapsed,
            done,
            total,
        });
    }

    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff::new(self.shared.options.poll, self.shared.options.poll_max)
    }

    async fn step(&self, step: &Step) -> Result<(String, Duration)> {
        let patience = self.patience.at_most(self.shared.options.step_limit);
        let mut progress = Progress {
            run: self,
            step,
            patience,
            epoch: 0,
            writes: 0,
            lost: 0,
            held: None,
            started: None,
        };
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

fn never_understood(error: Error, answers: u32) -> Error {
    let message = format!(
        "{answers} answers to the request could not be read, and its object is not listed; the last one: {}",
        error.message()
    );
    error
        .with_kind(ErrorKind::OutcomeUnknown)
        .with_message(message)
        .with_remedy(
            "check which proxy or gateway answers instead of the cloud, then run again: \
             Landbridge looks for the object before it sends the request",
        )
}

/// One step under way.
pub(super) struct Progress<'a> {
    pub(super) run: &'a Run,
    pub(super) step: &'a Step,
    pub(super) patience: Patience,
    epoch: u32,
    /// How often a write was begun.
    writes: u32,
    /// How often the outcome of a call was not known.
    lost: u32,
    /// Since when the object is in use while nothing changes: the number of changes, and the uptime.
    held: Option<(u64, Duration)>,
    started: Option<Duration>,
}

impl Progress<'_> {
    async fn take(&mut self) -> Result<String> {
        let mut id = self.step.existing.clone();
        if id.is_some() {
            self.tell_started();
        }
        let mut vanished = 0;
        while vanished < MAX_VANISHED {
            let accepted = match id.take() {
                Some(id) => Accepted::found(id),
                None => self.write().await?,
            };
            let Accepted {
                id: own,
                guard,
                made,
            } = accepted;
            if self.run.shared.is_synchronous(self.step) {
                return Ok(own);
            }
            self.run.ledger.accepted(self.step, &own);
            let since = self.patience.clock().uptime();
            let settled = self.settle(&own, since).await?;
            drop(guard);
            let contest = match settled {
                Settled::AsWanted if made => self.contest(&own, since).await?,
                Settled::AsWanted => Contest::Own,
                // An old token may name an object that was deleted since; a new epoch makes a new one.
                Settled::Vanished => Contest::Neither,
            };
            match contest {
                Contest::Own => return Ok(own),
                Contest::Other(other) => id = Some(other),
                Contest::Neither => {
                    vanished += 1;
                    self.run.ledger.settled(self.step);
                    self.epoch += 1;
                }
            }
        }
        Err(Error::new(
            ErrorKind::Failed,
            format!("{} was created and is gone again", self.step.key.object()),
        )
        .with_remedy("find out which program or person deletes it, then run again"))
    }

    fn tell_started(&mut self) {
        if self.started.is_none() {
            self.started = Some(self.patience.clock().uptime());
            self.run.events.emit(Event::StepStarted {
                key: self.step.key.clone(),
                place: self.step.place.clone(),
                what: self.step.op.to_string(),
            });
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        let now = self.patience.clock().uptime();
        now.saturating_sub(self.started.unwrap_or(now))
    }

    // Repeats the call until it is accepted. A lost answer is settled by a read-back before anything is sent again.
    async fn write(&mut self) -> Result<Accepted> {
        let backoff = self.run.backoff();
        let mut attempt = 0;
        let mut unreadable = 0;
        loop {
            attempt += 1;
            let turn = self.run.domains.lock(self.step);
            let domain = self.patience.queue(turn).await?;
            let answer = self.write_once().await;
            let error = match answer {
                Ok(id) => {
                    let hold = self.action().holds_domain();
                    return Ok(Accepted {
                        id,
                        guard: domain.filter(|_| hold),
                        made: true,
                    });
                }
                Err(error) => error,
            };
            drop(domain);
            let was_held = self.held.take();
            match error.kind() {
                ErrorKind::AlreadyExists => {
                    // A run that was killed may have made it so lately that no list shows it.
                    let found = self.read_back().await?;
                    return found.map(Accepted::found).ok_or(error);
                }
                // An answer that makes no sense says as little of the outcome as one that was lost.
                ErrorKind::OutcomeUnknown | ErrorKind::Malformed => {
                    if let Some(id) = self.read_back().await? {
                        return Ok(Accepted::found(id));
                    }
                    unreadable += error.unreadable_answers();
                    if unreadable >= MAX_UNREADABLE {
                        return Err(never_understood(error, unreadable));
                    }
                    self.lost += 1;
                    if self.lost >= MAX_LOST {
                        return Err(error.exhausted());
                    }
                }
                ErrorKind::InUse if self.step.alone => return Err(error),
                ErrorKind::InUse if self.is_held(was_held) => return Err(self.blocked(error)),
                _ if !error.is_retryable() => return Err(error),
                // The token stays: an earlier call with it, of this run or of one that was killed, may have made the object.
                _ => {}
            }
            let delay = error
                .retry_after()
                .unwrap_or_else(|| backoff.delay(attempt, self.patience.clock().chance()));
            self.run.events.emit(Event::StepRetrying {
                key: self.step.key.clone(),
                reason: error.to_string(),
                delay,
            });
            if let Err(stop) = self.patience.sleep(delay).await {
                return Err(if stop.kind() == ErrorKind::Cancelled {
                    stop
                } else {
                    error.exhausted()
                });
            }
        }
    }

    // Whether the object has been in use for the whole limit while nothing in the run changed.
    fn is_held(&mut self, before: Option<(u64, Duration)>) -> bool {
        let now = (
            self.run.changes.load(Ordering::Relaxed),
            self.patience.clock().uptime(),
        );
        let since = before.filter(|(changes, _)| *changes == now.0);
        let (_, since) = *self.held.insert(since.unwrap_or(now));
        now.1.saturating_sub(since) >= self.run.shared.options.held_limit
    }

    fn blocked(&self, error: Error) -> Error {
        let minutes = self.run.shared.options.held_limit.as_secs_f64() / 60.0;
        let message = format!(
            "{}; nothing has changed for {minutes:.0} minutes, so what uses it is not part of this plan",
            error.message()
        );
        error
            .with_message(message)
            .with_remedy("remove or detach what uses it, then run again")
            .lasting()
    }

    // What a lost call made may become visible late, and not every cloud knows a token again. A run that stops takes one
    // last look.
    async fn read_back(&self) -> Result<Option<String>> {
        match self.look_for_a_while().await {
            Err(stop) if stop.kind() == ErrorKind::Cancelled => match self.last_look().await? {
                Some(id) => Ok(Some(id)),
                None => Err(stop),
            },
            found => found,
        }
    }

    async fn look_for_a_while(&self) -> Result<Option<String>> {
        let options = &self.run.shared.options;
        let looks = options.read_back.as_millis() / options.poll.as_millis().max(1);
        for _ in 0..looks {
            self.patience.check()?;
            if let Some(id) = self.find().await? {
                return Ok(Some(id));
            }
            self.patience.sleep(options.poll).await?;
        }
        self.find().await
    }

    async fn last_look(&self) -> Result<Option<String>> {
        let (clock, limit) = (self.patience.clock(), self.run.shared.options.settle_limit);
        let patience = Patience::new(Arc::clone(clock), limit, CancellationToken::new());
        tokio::select! {
            biased;
            found = self.find_within(patience) => found,
            () = self.run.halt.reached(&self.run.patience) => Ok(None),
        }
    }

    async fn find(&self) -> Result<Option<String>> {
        self.find_within(self.patience.clone()).await
    }

    // A look that fails for now has seen nothing.
    async fn find_within(&self, patience: Patience) -> Result<Option<String>> {
        let site = self.site(self.patience.clock().uptime());
        let finding = self.action().find(&site);
        match CallContext::new(patience).scope(finding).await {
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown => {
                Ok(None)
            }
            found => found,
        }
    }

    // A call that was sent is waited for until the run stops waiting.
    async fn write_once(&mut self) -> Result<String> {
        self.tell_started();
        self.writes += 1;
        let context = self.context();
        let answer = {
            let site = self.site(Duration::ZERO);
            let answer = tokio::select! {
                biased;
                answer = context.scope(self.action().write(&site)) => answer,
                () = self.run.halt.reached(&self.run.patience) => Err(unheard()),
            };
            let heard = (context.request_id(), context.writes());
            site.note.outcome(&self.step.key, &answer, heard).await;
            answer
        };
        let unsettled =
            |error: &Error| error.kind() == ErrorKind::OutcomeUnknown || context.writes() > 0;
        match answer {
            Ok(id) => Ok(id.unwrap_or_else(|| self.step.key.object().to_string())),
            Err(error) => {
                if unsettled(&error) {
                    self.run.ledger.unsettled(self.step, context.request_id());
                }
                Err(error)
            }
        }
    }

    // No call of the step outlasts its patience.
    pub(super) fn context(&self) -> CallContext {
        CallContext::new(self.patience.clone())
    }

    pub(super) fn action(&self) -> &dyn Action {
        self.step.op.action()
    }

    pub(super) fn site(&self, not_before: Duration) -> Site<'_> {
        Site {
            shared: &self.run.shared,
            gate: &self.run.gate,
            patience: &self.patience,
            step: self.step,
            epoch: self.epoch,
            note: Note::new(&self.run.scribe, self.writes),
            not_before,
        }
    }

    // Waits until the object is ready, or gone where the step deletes.
    async fn settle(&self, id: &str, accepted: Duration) -> Result<Settled> {
        let options = &self.run.shared.options;
        let clock = self.patience.clock();
        let delete = self.step.op.is_delete();
        let mut last = String::new();
        if self.step.existing.is_none() {
            let pause = options.poll * self.action().first_look();
            self.patience.sleep(pause).await?;
        }
        let look = || async move {
            let recent = clock.uptime().saturating_sub(options.poll / 2);
            let site = self.site(recent.max(accepted));
            let looking = self.action().look(&site, id);
            let seen = self.context().scope(looking).await?;
            let young = clock.uptime().saturating_sub(accepted) < options.visibility;
            Ok(match seen {
                Seen::Absent if delete => Look::Ready(Settled::AsWanted),
                Seen::Absent if young => Look::NotYet("not visible yet".to_owned()),
                Seen::Absent => Look::Ready(Settled::Vanished),
                Seen::Now(Look::Ready(())) if delete => Look::NotYet("there".to_owned()),
                Seen::Now(Look::Ready(())) => Look::Ready(Settled::AsWanted),
                Seen::Now(Look::NotYet(state)) => Look::NotYet(state),
                Seen::Now(Look::Never(state)) => Look::Never(state),
            })
        };
        let on_wait = |state: &str| {
            if state != last {
                last = state.to_owned();
                self.run.changed();
                self.run.ledger.seen(self.step, state);
                self.run.events.emit(Event::StepWaiting {
                    key: self.step.key.clone(),
                    state: state.to_owned(),
                    elapsed: self.elapsed(),
                });
            }
        };
        wait_until(
            &self.step.key.object().to_string(),
            &self.patience,
            &self.run.backoff(),
            on_wait,
            look,
        )
        .await
    }
}

/// The object that a step goes on with.
#[derive(Debug)]
struct Accepted {
    id: String,
    /// The conflict domain, while it stays locked.
    guard: Option<tokio::sync::OwnedMutexGuard<()>>,
    /// Whether this very step has made it; else it was found.
    made: bool,
}

impl Accepted {
    fn found(id: String) -> Self {
        Self {
            id,
            guard: None,
            made: false,
        }
    }
}

fn unheard() -> Error {
    Error::new(
        ErrorKind::OutcomeUnknown,
        "the request was sent, and its answer is not waited for any longer",
    )
}

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    AsWanted,
    Vanished,
}
