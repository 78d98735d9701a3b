//! Repeating a call, and waiting for a state: two policies, one place each.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// How delays grow between attempts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Backoff {
    /// The first delay. Default 1 s.
    pub initial: Duration,
    /// The longest delay. Default 15 s.
    pub max: Duration,
    /// By how much each delay exceeds the one before. Default 1.6.
    pub factor: f64,
    /// The share of each delay that chance may take away, `0.0..=1.0`. Default 0.3.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(1),
            max: Duration::from_secs(15),
            factor: 1.6,
            jitter: 0.3,
        }
    }
}

impl Backoff {
    /// Delays from `initial` to `max`.
    pub fn new(initial: Duration, max: Duration) -> Self {
        Self {
            initial,
            max,
            ..Self::default()
        }
    }

    /// The delay before attempt `attempt + 1`, the first attempt being 1.
    pub fn delay(&self, attempt: u32, chance: f64) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.initial.as_secs_f64() * self.factor.powi(exponent);
        let capped = grown.min(self.max.as_secs_f64());
        Duration::from_secs_f64(capped * (1.0 - self.jitter * chance))
    }
}

/// A bound on time and a reason to stop early, shared by everything done on behalf of one operation.
#[derive(Clone, Debug)]
pub struct Patience {
    clock: Arc<dyn Clock>,
    deadline: Duration,
    /// The deadline passes no later than this, however long was queued.
    latest: Duration,
    /// How long was [queued](Self::queue), in nanoseconds. Clones share it.
    queued: Arc<AtomicU64>,
    cancel: CancellationToken,
}

impl Patience {
    /// Patience for `limit` from now, or until `cancel`.
    pub fn new(clock: Arc<dyn Clock>, limit: Duration, cancel: CancellationToken) -> Self {
        let deadline = clock.uptime().saturating_add(limit);
        Self {
            clock,
            deadline,
            latest: deadline,
            queued: Arc::default(),
            cancel,
        }
    }

    /// The same, but for at most `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        Self {
            deadline: self.clock.uptime().saturating_add(limit),
            latest: self.deadline(),
            queued: Arc::default(),
            ..self.clone()
        }
    }

    /// The clock in use.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The token that ends the patience early.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancel
    }

    /// How long is left.
    pub fn left(&self) -> Duration {
        self.deadline().saturating_sub(self.clock.uptime())
    }

    fn deadline(&self) -> Duration {
        let queued = Duration::from_nanos(self.queued.load(Ordering::Relaxed));
        self.deadline.saturating_add(queued).min(self.latest)
    }

    /// Waits for `turn`, as long as others take, which does not use up this patience, but that which it was
    /// [made from](Self::at_most).
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`].
    pub(crate) async fn queue<F: Future>(&self, turn: F) -> Result<F::Output> {
        let started = self.clock.uptime();
        let outcome = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(cancelled()),
            outcome = turn => Ok(outcome),
        };
        let waited = self.clock.uptime().saturating_sub(started);
        let waited = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
        self.queued.fetch_add(waited, Ordering::Relaxed);
        outcome
    }

    /// Sleeps, unless that would pass the deadline or the caller cancels.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] when `duration` exceeds what is left; [`ErrorKind::Cancelled`].
    pub async fn sleep(&self, duration: Duration) -> Result<()> {
        if duration > self.left() {
            return Err(Error::new(ErrorKind::Timeout, "no time left to wait"));
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(cancelled()),
            () = self.clock.sleep(duration) => Ok(()),
        }
    }

    /// # Errors
    /// [`ErrorKind::Cancelled`] when the caller has cancelled.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        Ok(())
    }
}

pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled by the caller")
}

/// Repeats `call` while its error [is retryable](Error::is_retryable) and patience lasts; `on_retry` hears of each
/// failed attempt and the delay that follows. The cloud's own hint wins over the back-off.
///
/// # Errors
/// The last error, marked [exhausted](Error::exhausted) if it was time that ran out.
pub async fn retry<T, F, Fut>(
    patience: &Patience,
    backoff: &Backoff,
    mut on_retry: impl FnMut(&Error, Duration),
    mut call: F,
) -> Result<T>
where
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut attempt = 0;
    loop {
        attempt += 1;
        patience.check()?;
        let error = match call(attempt).await {
            Ok(value) => return Ok(value),
            Err(error) if !error.is_retryable() => return Err(error),
            Err(error) => error,
        };
        let delay = error
            .retry_after()
            .unwrap_or_else(|| backoff.delay(attempt, patience.clock.chance()));
        on_retry(&error, delay);
        match patience.sleep(delay).await {
            Ok(()) => {}
            Err(stop) if stop.kind() == ErrorKind::Cancelled => return Err(stop),
            Err(_) => return Err(error.exhausted()),
        }
    }
}

/// What one look at an object told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// It is as it should be.
    Ready(T),
    /// It is on its way; the text names its state.
    NotYet(String),
    /// It cannot become ready any more; the text names its state and the likely cause.
    Never(String),
}

/// Looks until [`Look::Ready`]; a temporary error while looking is not a failure of the thing looked at.
///
/// `on_wait` hears the state each time it is looked at and is not ready. `what` names the object in errors.
///
/// # Errors
/// [`ErrorKind::Failed`] on [`Look::Never`], [`ErrorKind::Timeout`] naming the last state seen,
/// [`ErrorKind::Cancelled`], or a lasting error of the look itself.
pub async fn wait_until<T, F, Fut>(
    what: &str,
    patience: &Patience,
    backoff: &Backoff,
    on_wait: impl FnMut(&str),
    look: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Look<T>>>,
{
    let mut looks = 0;
    let pause = || {
        looks += 1;
        backoff.delay(looks, patience.clock.chance())
    };
    look_until(what, patience, pause, on_wait, look).await
}

/// The same, with `pause` between two looks.
pub(crate) async fn look_until<T, F, Fut>(
    what: &str,
    patience: &Patience,
    mut pause: impl FnMut() -> Duration,
    mut on_wait: impl FnMut(&str),
    mut look: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Look<T>>>,
{
    loop {
        patience.check()?;
        let state = match look().await {
            Ok(Look::Ready(value)) => return Ok(value),
            Ok(Look::Never(state)) => {
                return Err(Error::new(ErrorKind::Failed, format!("{what}: {state}")));
            }
            Ok(Look::NotYet(state)) => state,
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown => {
                error.to_string()
            }
            Err(error) => return Err(error),
        };
        on_wait(&state);
        patience
            .sleep(pause())
            .await
            .map_err(|stop| match stop.kind() {
                ErrorKind::Timeout => Error::new(
                    ErrorKind::Timeout,
                    format!("{what} is still {state} at its deadline"),
                ),
                _ => stop,
            })?;
    }
}
