//! One step under way: it writes until the cloud accepts the call, looks for the effect of calls whose answer was lost, and
//! waits until the object is ready, or gone if the step deletes it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::apply::Run;
use super::batch::Member;
use super::contest::Contest;
use super::pace::Estimates;
use super::queue::Turn;
use super::site::Site;
use crate::backend::{CallContext, Turns};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::journal::Note;
use crate::object::{Action, Seen};
use crate::plan::Step;
use crate::retry::{Look, Patience, look_until};

/// How often a created object may turn out to be gone before we give up.
const MAX_VANISHED: u32 = 3;
/// How often an answer may be lost or make no sense before we give up.
const MAX_LOST: u32 = 8;
/// How often the effect of a call is looked for whose answer was lost.
const READ_BACKS: u32 = 6;
/// The pause before a write is sent again that came while its hub was resting.
const NUDGE: Duration = Duration::from_millis(500);
/// How many answers to one write may be unreadable before we stop sending it.
const MAX_UNREADABLE: u32 = 5;

/// One step under way.
pub(super) struct Progress<'a> {
    pub(super) run: &'a Run,
    pub(super) step: &'a Step,
    /// How long the step and what comes after it take.
    urgency: u64,
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

impl<'a> Progress<'a> {
    pub(super) fn new(run: &'a Run, step: &'a Step, urgency: u64, patience: Patience) -> Self {
        Self {
            run,
            step,
            urgency,
            patience,
            epoch: 0,
            writes: 0,
            lost: 0,
            held: None,
            started: None,
        }
    }

    pub(super) async fn take(&mut self) -> Result<String> {
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
                turn,
                made,
            } = accepted;
            self.run.windows.accepted(self.step);
            if self.run.shared.is_synchronous(self.step) {
                return Ok(own);
            }
            self.run.ledger.accepted(self.step, &own);
            let since = self.patience.clock().uptime();
            let settled = self.settle(&own, since).await?;
            drop(turn);
            let contest = match settled {
                Settled::Ready if made => self.contest(&own, since).await?,
                Settled::Ready => Contest::Own,
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
        self.await_drain().await?;
        let window = self.run.windows.enter(self.step, self.urgency);
        self.patience.queue(window).await?;
        let mut kept: Option<Turn> = None;
        loop {
            attempt += 1;
            let mut turn = match kept.take() {
                Some(turn) => Some(turn),
                None => self.turn().await?,
            };
            let member = turn.as_mut().and_then(|turn| turn.member.take());
            let answer = self.write_once(member).await;
            let error = match answer {
                Ok(id) => {
                    self.tell_domain();
                    let hold = self.action().holds_domain();
                    return Ok(Accepted {
                        id,
                        turn: turn.filter(|_| hold),
                        made: true,
                    });
                }
                Err(error) => error,
            };
            if turn.is_some() && self.is_resting(&error) {
                // The turn stays: who came first is served first, and nobody is refused meanwhile.
                self.wait_again(error, NUDGE).await?;
                kept = turn;
                continue;
            }
            drop(turn);
            let was_held = self.held.take();
            if error.kind() == ErrorKind::InUse {
                let now = self.patience.clock().uptime();
                self.estimates().still_drains(self.step, now);
            }
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
            self.wait_again(error, delay).await?;
        }
    }

    async fn wait_again(&self, error: Error, delay: Duration) -> Result<()> {
        self.run.events.emit(Event::StepRetrying {
            key: self.step.key.clone(),
            reason: error.to_string(),
            delay,
        });
        let slept = self.patience.sleep(delay).await;
        slept.map_err(|stop| match stop.kind() {
            ErrorKind::Cancelled => stop,
            _ => error.exhausted(),
        })
    }

    // The step's turn in its conflict domain, once the cloud is likely to take another write there.
    async fn turn(&self) -> Result<Option<Turn>> {
        let Some(domain) = self.run.domains.of_step(self.step) else {
            return Ok(None);
        };
        let turn = async {
            let turn = domain.turn(self.step, self.urgency).await;
            let clock = self.patience.clock();
            let usual = self.estimates().rest(&self.step.place.cloud);
            let pause = domain.pause(clock.uptime(), usual);
            if !pause.is_zero() {
                clock.sleep(pause).await;
            }
            turn
        };
        self.patience.queue(turn).await.map(Some)
    }

    fn tell_domain(&self) {
        if let Some(domain) = self.run.domains.of_step(self.step) {
            domain.took(self.patience.clock().uptime());
        }
    }

    // Whether a write was refused because its hub still rests from the one before.
    fn is_resting(&self, error: &Error) -> bool {
        let domain = self.run.domains.of_step(self.step);
        let now = self.patience.clock().uptime();
        error.kind() == ErrorKind::Busy
            && domain.is_some_and(|domain| domain.still_rests(now, NUDGE))
    }

    // What an attachment used is free some time after the attachment is gone.
    async fn await_drain(&self) -> Result<()> {
        let free = self.estimates().free_at(self.step);
        let pause = free.map(|free| free.saturating_sub(self.patience.clock().uptime()));
        match pause.filter(|pause| !pause.is_zero()) {
            Some(pause) => self.patience.sleep(pause).await,
            None => Ok(()),
        }
    }

    fn estimates(&self) -> &Estimates {
        &self.run.shared.estimates
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
        let pause = (options.read_back / READ_BACKS).max(options.poll);
        let looks = options.read_back.as_millis() / pause.as_millis().max(1);
        for _ in 0..looks {
            self.patience.check()?;
            if let Some(id) = self.find().await? {
                return Ok(Some(id));
            }
            self.patience.sleep(pause).await?;
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
        let context = self.context_within(patience);
        match context.scope(finding).await {
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown => {
                Ok(None)
            }
            found => found,
        }
    }

    // A call that was sent is waited for until the run stops waiting.
    async fn write_once(&mut self, member: Option<Member>) -> Result<String> {
        self.tell_started();
        self.writes += 1;
        let context = self.context();
        let answer = {
            let site = self.site(Duration::ZERO).sharing(member);
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
        self.context_within(self.patience.clone())
    }

    fn context_within(&self, patience: Patience) -> CallContext {
        CallContext::new(patience)
            .with_turns(self.calls())
            .with_guard(self.run.gate.guard())
    }

    fn calls(&self) -> Arc<dyn Turns> {
        self.run.shared.calls(self.urgency)
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
            elapsed: self.elapsed(),
            not_before,
            urgency: self.urgency,
            member: Mutex::default(),
        }
    }

    // Waits until the object is ready, or gone where the step deletes.
    async fn settle(&self, id: &str, accepted: Duration) -> Result<Settled> {
        let options = &self.run.shared.options;
        let clock = self.patience.clock();
        let delete = self.step.op.is_delete();
        let mut last = String::new();
        let looks = &self.estimates().looks(self.step, options);
        let passed = &|| clock.uptime().saturating_sub(accepted);
        let pause = || looks.next(passed());
        let look = || async move {
            let recent = clock.uptime().saturating_sub(looks.shared_age(passed()));
            let site = self.site(recent);
            let looking = self.action().look(&site, id);
            let seen = self.context().scope(looking).await?;
            // The list may be that old. How long it then took to come says nothing of the object.
            let young = recent.saturating_sub(accepted) < options.visibility;
            Ok(match seen {
                Seen::Absent if delete => Look::Ready(Settled::Ready),
                Seen::Absent if young => Look::NotYet("not visible yet".to_owned()),
                Seen::Absent => Look::Ready(Settled::Vanished),
                Seen::Now(Look::Ready(())) if delete => Look::NotYet("there".to_owned()),
                Seen::Now(Look::Ready(())) => Look::Ready(Settled::Ready),
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
        let what = self.step.key.object().to_string();
        let settled = look_until(&what, &self.patience, pause, on_wait, look).await?;
        if self.step.existing.is_none() {
            let now = clock.uptime();
            let waited = !last.is_empty();
            let took = waited.then(|| now.saturating_sub(accepted));
            self.estimates().settled(self.step, took, now);
        }
        Ok(settled)
    }
}

/// The object that a step goes on with.
#[derive(Debug)]
struct Accepted {
    id: String,
    /// The conflict domain, while it stays locked.
    turn: Option<Turn>,
    /// Whether this very step has made it; else it was found.
    made: bool,
}

impl Accepted {
    fn found(id: String) -> Self {
        Self {
            id,
            turn: None,
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
    /// The object is ready, or gone if the step deletes it.
    Ready,
    /// The object was accepted and is not there any more.
    Vanished,
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
