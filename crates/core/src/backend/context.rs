//! What the calls of one operation have in common, known to every call without being handed down to it.

use std::fmt::{self, Debug};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::place_reads::SharedLook;
use super::{Intent, Latch};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::retry::Patience;

tokio::task_local! {
    static CURRENT: CallContext;
}

/// Lets only so many calls be under way at once.
#[async_trait]
pub(crate) trait Turns: Debug + Send + Sync {
    /// Waits for a turn, which lasts until what it gives is dropped.
    async fn turn(&self, intent: Intent) -> Box<dyn Send>;
}

/// A stop, a deadline and a place for what the cloud answered, for all calls that are made inside of a
/// [scope](Self::scope).
///
/// The engine sets one around everything that it does, and [`Call::run`](super::Call::run) heeds it:
///
/// - once the patience is cancelled, no attempt of a write is begun any more, neither a first nor a further one, and
///   reads end at once. An attempt of a write that is under way is waited for;
/// - no pause passes the deadline, be it a back-off, a place in a rate budget, or what the cloud asked for. The call then
///   ends with its last error, which says that time ran out;
/// - once the [guard](crate::engine::WriteGuard) of the run has said no, no attempt of a write is begun any more;
/// - of all calls of an apply, only [so many](crate::engine::EngineOptions::parallel) are under way at once. A call that waits
///   for its place in a rate budget is not under way.
///
/// It holds for the task in which it was set, not for tasks that are spawned there. Calls outside of any scope have
/// neither stop nor deadline.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use landbridge_core::SystemClock;
/// use landbridge_core::backend::CallContext;
/// use landbridge_core::retry::Patience;
/// use tokio_util::sync::CancellationToken;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = Arc::new(SystemClock::new());
/// let patience = Patience::new(clock, Duration::from_secs(60), CancellationToken::new());
/// let context = CallContext::new(patience);
/// context
///     .scope(async { CallContext::note_request_id("R-1") })
///     .await;
/// assert_eq!(context.request_id().as_deref(), Some("R-1"));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CallContext {
    patience: Patience,
    turns: Option<Arc<dyn Turns>>,
    guard: Arc<Latch>,
    look: Option<Arc<SharedLook>>,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Debug, Default)]
struct Heard {
    request_id: Option<String>,
    writes: u32,
}

impl CallContext {
    /// A context that ends with `patience`.
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            turns: None,
            guard: Arc::default(),
            look: None,
            heard: Arc::default(),
        }
    }

    /// Calls take turns.
    pub(crate) fn with_turns(self, turns: Arc<dyn Turns>) -> Self {
        Self {
            turns: Some(turns),
            ..self
        }
    }

    /// No attempt of a write begins once the guard has said no.
    pub(crate) fn with_guard(self, guard: Arc<Latch>) -> Self {
        Self { guard, ..self }
    }

    /// Lists of whole places are shared with other runs.
    pub(crate) fn with_look(self, look: Arc<SharedLook>) -> Self {
        Self {
            look: Some(look),
            ..self
        }
    }

    pub(super) fn into_look(self) -> Option<Arc<SharedLook>> {
        self.look
    }

    /// Does `work` in this context. A context that was set around it does not count meanwhile.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// The context of the present task.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Waits until the present context lets one more call be under way, which it is until what this gives is dropped.
    /// [`Call::run`](super::Call::run) does so for each attempt; a backend that makes its calls in another way does so too.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled) and [`Timeout`](ErrorKind::Timeout) where the call may not begin any more.
    pub async fn turn(intent: Intent) -> Result<CallTurn> {
        let limits = Limits::of_current();
        let turn = limits.turn(intent).await?;
        limits.check_attempt(intent)?;
        Ok(turn)
    }

    /// Notes the request id of an answer, good or bad, in the present context. A backend calls it for every answer.
    pub fn note_request_id(id: &str) {
        Self::note(|heard| heard.request_id = Some(id.to_owned()));
    }

    /// The request id of the last answer: of the last one that came, where calls are made side by side.
    pub fn request_id(&self) -> Option<String> {
        self.heard().request_id.clone()
    }

    /// How many calls that write have succeeded.
    pub fn writes(&self) -> u32 {
        self.heard().writes
    }

    pub(super) fn note_write() {
        Self::note(|heard| heard.writes += 1);
    }

    fn note(change: impl FnOnce(&mut Heard)) {
        // Outside of any context nobody asks.
        let _ = CURRENT.try_with(|context| change(&mut context.heard()));
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is under way, one of those that may be at the same time.
#[must_use = "the call is under way until this is dropped"]
pub struct CallTurn {
    _turn: Option<Box<dyn Send>>,
}

impl Debug for CallTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallTurn").finish_non_exhaustive()
    }
}

/// What the context allows to one call.
#[derive(Debug)]
pub(super) struct Limits {
    patience: Option<Patience>,
    turns: Option<Arc<dyn Turns>>,
    guard: Option<Arc<Latch>>,
}

impl Limits {
    pub(super) fn of_current() -> Self {
        let of = |context: &CallContext| Self {
            patience: Some(context.patience.clone()),
            turns: context.turns.clone(),
            guard: Some(Arc::clone(&context.guard)),
        };
        CURRENT.try_with(of).unwrap_or(Self {
            patience: None,
            turns: None,
            guard: None,
        })
    }

    /// Waits until the call may be under way, which it is until what this gives is dropped.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled).
    pub(super) async fn turn(&self, intent: Intent) -> Result<CallTurn> {
        let Some(turns) = &self.turns else {
            return Ok(CallTurn { _turn: None });
        };
        let turn = self.unless_stopped(turns.turn(intent)).await?;
        Ok(CallTurn { _turn: Some(turn) })
    }

    /// Whether an attempt may begin.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), [`Timeout`](ErrorKind::Timeout).
    pub(super) fn check(&self) -> Result<()> {
        let Some(patience) = &self.patience else {
            return Ok(());
        };
        patience.check()?;
        if patience.left().is_zero() {
            return Err(Error::new(
                ErrorKind::Timeout,
                "no time is left to send the request",
            ));
        }
        Ok(())
    }

    /// Whether an attempt with this intent may begin: to be asked last, when nothing but the attempt itself is left to wait for.
    ///
    /// # Errors
    /// As [`check`](Self::check), and [`LeaseLost`](ErrorKind::LeaseLost) for a write.
    pub(super) fn check_attempt(&self, intent: Intent) -> Result<()> {
        self.check()?;
        match (&self.guard, intent) {
            (Some(guard), Intent::Repeatable | Intent::Once) => guard.check(),
            _ => Ok(()),
        }
    }

    /// The outcome of `work`, unless the stop comes first.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled).
    pub(super) async fn unless_stopped<F: Future>(&self, work: F) -> Result<F::Output> {
        let Some(patience) = &self.patience else {
            return Ok(work.await);
        };
        tokio::select! {
            biased;
            outcome = work => Ok(outcome),
            () = patience.cancellation().cancelled() => Err(crate::retry::cancelled()),
        }
    }

    /// Sleeps by `clock`, unless that would pass the deadline or the stop comes first.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), [`Timeout`](ErrorKind::Timeout).
    pub(super) async fn sleep(&self, clock: &dyn Clock, duration: Duration) -> Result<()> {
        self.check_wait(duration)?;
        self.unless_stopped(clock.sleep(duration)).await
    }

    /// Whether there is time to wait so long.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), [`Timeout`](ErrorKind::Timeout).
    pub(super) fn check_wait(&self, duration: Duration) -> Result<()> {
        let Some(patience) = &self.patience else {
            return Ok(());
        };
        patience.check()?;
        if duration > patience.left() {
            let message = format!(
                "out of time: the next attempt would be due in {:.1} s",
                duration.as_secs_f64()
            );
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        Ok(())
    }
}
