//! An adaptive rate budget: a token bucket that halves its rate when the cloud throttles and recovers slowly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::context::Limits;
use crate::clock::Clock;
use crate::error::Result;
use crate::ids::{AccountId, Place, Region};

/// Limits of a [`RateBudget`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Calls per second at full rate. Default 20.
    pub per_second: f64,
    /// Calls that may be made at once after a quiet time. Default 10.
    pub burst: f64,
    /// The rate never falls below this, in calls per second. Default 0.5.
    pub floor: f64,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            per_second: 20.0,
            burst: 10.0,
            floor: 0.5,
        }
    }
}

/// The budgets of a provider: one for each account, region and `K`, the product or operation that the cloud counts.
#[derive(Debug)]
pub struct RateBudgets<K> {
    clock: Arc<dyn Clock>,
    budgets: Mutex<BTreeMap<(AccountId, Region, K), RateBudget>>,
}

impl<K: Ord> RateBudgets<K> {
    /// No budgets yet; they are made as they are asked for.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            budgets: Mutex::default(),
        }
    }

    /// The budget for `counted` in a place, the same one each time; a new one has these limits.
    pub fn budget(&self, place: &Place, counted: K, limits: &RateLimits) -> RateBudget {
        let key = (place.account.clone(), place.region.clone(), counted);
        let new = || RateBudget::new(self.clock.clone(), limits.clone());
        self.budgets().entry(key).or_insert_with(new).clone()
    }

    /// Forgets the budgets of an account that was removed.
    pub fn forget(&self, account: &AccountId) {
        self.budgets().retain(|(of, _, _), _| of != account);
    }

    fn budgets(&self) -> MutexGuard<'_, BTreeMap<(AccountId, Region, K), RateBudget>> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One budget for one (account, region, product), shared by every task that calls it.
#[derive(Clone, Debug)]
pub struct RateBudget {
    clock: Arc<dyn Clock>,
    limits: RateLimits,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    rate: f64,
    filled_at: Duration,
}

impl RateBudget {
    /// A full budget.
    pub fn new(clock: Arc<dyn Clock>, limits: RateLimits) -> Self {
        let state = State {
            tokens: limits.burst,
            rate: limits.per_second,
            filled_at: clock.uptime(),
        };
        Self {
            clock,
            limits,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Waits for the right to make one call.
    pub async fn acquire(&self) {
        let delay = self.reserve();
        if !delay.is_zero() {
            self.clock.sleep(delay).await;
        }
    }

    /// The cloud throttled: halve the rate.
    pub fn on_throttled(&self) {
        let mut state = self.refill();
        state.rate = (state.rate / 2.0).max(self.limits.floor);
        state.tokens = state.tokens.min(0.0);
    }

    /// The cloud answered: recover a little.
    pub fn on_success(&self) {
        let mut state = self.refill();
        state.rate = (state.rate + self.limits.per_second / 50.0).min(self.limits.per_second);
    }

    /// The present rate in calls per second.
    pub fn rate(&self) -> f64 {
        self.refill().rate
    }

    /// Likewise, unless the context of the call ends first.
    ///
    /// # Errors
    /// Those of [`Limits::sleep`].
    pub(super) async fn acquire_within(&self, limits: &Limits) -> Result<()> {
        let delay = self.reserve();
        if delay.is_zero() {
            return Ok(());
        }
        limits.sleep(self.clock.as_ref(), delay).await
    }

    // A token is taken at once, even below zero, and paid for by sleeping: tasks are served in the order they came.
    fn reserve(&self) -> Duration {
        let mut state = self.refill();
        state.tokens -= 1.0;
        if state.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(-state.tokens / state.rate)
    }

    fn refill(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.uptime();
        let passed = now.saturating_sub(state.filled_at).as_secs_f64();
        state.tokens = (state.tokens + passed * state.rate).min(self.limits.burst);
        state.filled_at = now;
        state
    }
}
