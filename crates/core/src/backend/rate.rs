//! An adaptive rate budget: a token bucket that halves its rate when the cloud throttles and recovers slowly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

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

/// The slowest rate: one call in a quarter of an hour. A budget never stands still.
const SLOWEST: f64 = 1.0 / 900.0;

impl RateLimits {
    /// The part of these limits that a worker has which shares them with others.
    ///
    /// One call may always be made after a quiet time, and the floor is never above the rate.
    #[must_use]
    pub fn share(&self, share: f64) -> Self {
        let share = if share.is_finite() { share } else { 1.0 };
        Self {
            per_second: self.per_second * share,
            burst: self.burst * share,
            floor: self.floor * share,
        }
        .sound()
    }

    // A rate of nothing, or one that is not a number, would be a wait without end.
    fn sound(mut self) -> Self {
        self.per_second = self.per_second.max(SLOWEST);
        self.burst = self.burst.max(1.0);
        self.floor = self.floor.max(SLOWEST).min(self.per_second);
        self
    }
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

/// What was asked of budgets since they were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateUsage {
    /// Calls that have taken their place, those that still wait for it included.
    pub calls: u64,
    /// Answers of the cloud that asked to slow down.
    pub throttled: u64,
}

/// The budgets of a provider: one for each account, region and `K`, the product or operation that the cloud counts.
#[derive(Debug)]
pub struct RateBudgets<K> {
    clock: Arc<dyn Clock>,
    state: Mutex<Kept<K>>,
}

#[derive(Debug)]
struct Kept<K> {
    budgets: BTreeMap<(AccountId, Region, K), (RateLimits, RateBudget)>,
    /// The part of each account's limits that may be used here, if not all of it.
    shares: BTreeMap<AccountId, f64>,
}

impl<K: Ord> RateBudgets<K> {
    /// No budgets yet; they are made as they are asked for.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let state = Kept {
            budgets: BTreeMap::new(),
            shares: BTreeMap::new(),
        };
        Self {
            clock,
            state: Mutex::new(state),
        }
    }

    /// The budget for `counted` in a place, the same one each time; a new one has the account's
    /// [share](Self::set_share) of these limits.
    pub fn budget(&self, place: &Place, counted: K, limits: &RateLimits) -> RateBudget {
        let mut kept = self.kept();
        let share = kept.shares.get(&place.account).copied();
        let key = (place.account.clone(), place.region.clone(), counted);
        let new = || {
            let own = share.map_or_else(|| limits.clone(), |share| limits.share(share));
            (limits.clone(), RateBudget::new(self.clock.clone(), own))
        };
        kept.budgets.entry(key).or_insert_with(new).1.clone()
    }

    /// Sets which part of an account's limits may be used here: of the budgets that there are, at once and for calls that
    /// wait, and of those to come. Default: all of them, which is 1.
    pub fn set_share(&self, account: &AccountId, share: f64) {
        let mut kept = self.kept();
        kept.shares.insert(account.clone(), share);
        for ((of, _, _), (limits, budget)) in &kept.budgets {
            if of == account {
                budget.set_limits(limits.share(share));
            }
        }
    }

    /// What was asked of all budgets of an account.
    pub fn usage(&self, account: &AccountId) -> RateUsage {
        let kept = self.kept();
        let budgets = kept.budgets.iter();
        let of_account = budgets.filter(|((of, _, _), _)| of == account);
        of_account.fold(RateUsage::default(), |sum, (_, (_, budget))| {
            let usage = budget.usage();
            RateUsage {
                calls: sum.calls + usage.calls,
                throttled: sum.throttled + usage.throttled,
            }
        })
    }

    /// How many calls were wanted of the busiest budget of an account since this was asked last, those included that waited then.
    pub fn demand(&self, account: &AccountId) -> u64 {
        let kept = self.kept();
        let budgets = kept.budgets.iter();
        let of_account = budgets.filter(|((of, _, _), _)| of == account);
        let demands = of_account.map(|(_, (_, budget))| budget.demand());
        demands.max().unwrap_or_default()
    }

    /// Forgets the budgets of an account that was removed, but for those that handles of others still use.
    pub fn forget(&self, account: &AccountId) {
        let mut kept = self.kept();
        kept.budgets
            .retain(|(of, _, _), (_, budget)| of != account || budget.is_shared());
    }

    fn kept(&self) -> MutexGuard<'_, Kept<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One budget for one (account, region, product), shared by every task that calls it.
#[derive(Clone, Debug)]
pub struct RateBudget {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
    /// Calls pass in the order they came: the first of those that wait holds it. One that is dropped takes nothing.
    queue: Arc<tokio::sync::Mutex<()>>,
    /// Wakes the first of those that wait when the limits change.
    changed: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    limits: RateLimits,
    /// Calls that may be made at once.
    tokens: f64,
    rate: f64,
    filled_at: Duration,
    usage: RateUsage,
    waiting: u64,
    /// How many calls were wanted since the demand was asked for last, those included that waited then.
    wanted: u64,
}

/// What of a token may be missing: numbers are rounded.
const ROUNDING: f64 = 1e-6;

impl State {
    /// How long until so many calls may be made.
    fn wait_for(&self, calls: u64) -> Duration {
        let missing = calls as f64 - self.tokens;
        if missing <= ROUNDING {
            return Duration::ZERO;
        }
        let delay = Duration::try_from_secs_f64(missing / self.rate).unwrap_or(Duration::MAX);
        delay.max(Duration::from_nanos(1))
    }
}

/// A call that waits.
struct Waiting<'a>(&'a RateBudget);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.refill().waiting -= 1;
    }
}

impl RateBudget {
    /// A full budget.
    pub fn new(clock: Arc<dyn Clock>, limits: RateLimits) -> Self {
        let limits = limits.sound();
        let state = State {
            tokens: limits.burst,
            rate: limits.per_second,
            filled_at: clock.uptime(),
            usage: RateUsage::default(),
            waiting: 0,
            wanted: 0,
            limits,
        };
        Self {
            clock,
            state: Arc::new(Mutex::new(state)),
            queue: Arc::default(),
            changed: Arc::default(),
        }
    }

    /// Waits for the right to make one call.
    pub async fn acquire(&self) {
        // Without limits nothing ends the wait early.
        let _ = self.wait(None).await;
    }

    /// Changes the limits, also for calls that wait. A rate that the cloud has lowered stays lower by the same factor.
    pub fn set_limits(&self, limits: RateLimits) {
        let mut state = self.refill();
        let limits = limits.sound();
        let lowered = state.rate / state.limits.per_second;
        state.rate = (limits.per_second * lowered).clamp(limits.floor, limits.per_second);
        state.tokens = state.tokens.min(limits.burst);
        state.limits = limits;
        drop(state);
        self.changed.notify_waiters();
    }

    /// The present limits.
    pub fn limits(&self) -> RateLimits {
        self.refill().limits.clone()
    }

    /// The cloud throttled: halve the rate.
    pub fn on_throttled(&self) {
        let mut state = self.refill();
        state.rate = (state.rate / 2.0).max(state.limits.floor);
        state.tokens = state.tokens.min(0.0);
        state.usage.throttled += 1;
    }

    /// The cloud answered: recover a little.
    pub fn on_success(&self) {
        let mut state = self.refill();
        state.rate = (state.rate + state.limits.per_second / 50.0).min(state.limits.per_second);
    }

    /// The present rate in calls per second.
    pub fn rate(&self) -> f64 {
        self.refill().rate
    }

    /// What was asked of it.
    pub fn usage(&self) -> RateUsage {
        self.refill().usage
    }

    // A budget with a small rate lets few calls pass, however many are wanted: those that still wait count the next time too.
    fn demand(&self) -> u64 {
        let mut state = self.refill();
        let waiting = state.waiting;
        std::mem::replace(&mut state.wanted, waiting)
    }

    /// Likewise, unless the context of the call ends first.
    ///
    /// # Errors
    /// Those of [`Limits::sleep`].
    pub(super) async fn acquire_within(&self, limits: &Limits) -> Result<()> {
        self.wait(Some(limits)).await
    }

    async fn wait(&self, limits: Option<&Limits>) -> Result<()> {
        let (_waiting, due) = self.enter();
        if let Some(limits) = limits {
            limits.check_wait(due)?;
        }
        let _first = match limits {
            Some(limits) => limits.unless_stopped(self.queue.lock()).await?,
            None => self.queue.lock().await,
        };
        // A rate that fell meanwhile may have made it late: it then takes nothing from those behind it.
        if let Some(limits) = limits {
            limits.check()?;
        }
        loop {
            // Made before the look, so that no change is missed.
            let changed = self.changed.notified();
            let delay = self.take();
            if delay.is_zero() {
                return Ok(());
            }
            tokio::select! {
                biased;
                slept = self.sleep(limits, delay) => slept?,
                () = changed => {}
            }
        }
    }

    async fn sleep(&self, limits: Option<&Limits>, delay: Duration) -> Result<()> {
        match limits {
            Some(limits) => limits.sleep(self.clock.as_ref(), delay).await,
            None => {
                self.clock.sleep(delay).await;
                Ok(())
            }
        }
    }

    // And how long it will probably wait.
    fn enter(&self) -> (Waiting<'_>, Duration) {
        let mut state = self.refill();
        state.usage.calls += 1;
        state.wanted += 1;
        state.waiting += 1;
        (Waiting(self), state.wait_for(state.waiting))
    }

    // Takes a token, or tells when there will be one.
    fn take(&self) -> Duration {
        let mut state = self.refill();
        let delay = state.wait_for(1);
        if delay.is_zero() {
            state.tokens -= 1.0;
        }
        delay
    }

    // Beside the map that keeps it.
    fn is_shared(&self) -> bool {
        Arc::strong_count(&self.state) > 1
    }

    fn refill(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.uptime();
        let passed = now.saturating_sub(state.filled_at).as_secs_f64();
        state.tokens = (state.tokens + passed * state.rate).min(state.limits.burst);
        state.filled_at = now;
        state
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use futures_util::FutureExt;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::backend::CallContext;
    use crate::error::ErrorKind;
    use crate::ids::CloudName;
    use crate::memory::ManualClock;
    use crate::retry::Patience;

    fn limits(per_second: f64) -> RateLimits {
        RateLimits {
            per_second,
            burst: 1.0,
            floor: 0.5,
        }
    }

    fn place(account: &str) -> Place {
        Place::new(CloudName::from_static("x"), account, "r")
    }

    /// Makes so many calls side by side, and gives the moments at which they were let through.
    async fn moments(budgets: &[RateBudget], calls: usize, clock: &ManualClock) -> Vec<f64> {
        let mut moments = Vec::new();
        for n in 0..calls {
            budgets[n % budgets.len()].acquire().await;
            moments.push(clock.uptime().as_secs_f64());
        }
        moments
    }

    #[tokio::test]
    async fn the_rate_follows_the_limits_while_calls_are_made() {
        let clock = Arc::new(ManualClock::new());
        let budget = RateBudget::new(clock.clone(), limits(10.0));
        let first = moments(slice::from_ref(&budget), 101, &clock).await;
        assert!((first[100] - 10.0).abs() < 0.01, "{}", first[100]);
        budget.set_limits(limits(2.0));
        let second = moments(slice::from_ref(&budget), 20, &clock).await;
        let took = second[19] - first[100];
        assert!((took - 10.0).abs() < 0.01, "{took}");
        budget.set_limits(limits(40.0));
        let third = moments(&[budget], 40, &clock).await;
        let took = third[39] - second[19];
        assert!((took - 1.0).abs() < 0.01, "{took}");
    }

    #[tokio::test]
    async fn calls_that_wait_already_follow_a_change() {
        for (rate, last) in [(1.0, 3.0), (100.0, 0.03)] {
            let clock = Arc::new(ManualClock::new());
            let budget = RateBudget::new(clock.clone(), limits(10.0));
            budget.acquire().await;
            let waiting: Vec<_> = (0..3)
                .map(|_| {
                    let (budget, clock) = (budget.clone(), Arc::clone(&clock));
                    tokio::spawn(async move {
                        budget.acquire().await;
                        clock.uptime().as_secs_f64()
                    })
                })
                .collect();
            // They have taken their places, and no time has passed.
            while budget.usage().calls < 4 {
                tokio::task::yield_now().await;
            }
            budget.set_limits(limits(rate));
            let mut ended = 0.0_f64;
            for task in waiting {
                ended = ended.max(task.await.expect("it ends"));
            }
            // Up to 0.3 s had passed by the old rate: sleeps of the manual clock end at their next turn.
            assert!((ended - last).abs() <= 0.3, "{rate}: {ended}");
        }
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_takes_no_token() {
        let clock = Arc::new(ManualClock::new());
        let budget = RateBudget::new(clock.clone(), limits(10.0));
        budget.acquire().await;
        for _ in 0..5 {
            let waits = budget.acquire();
            assert!(waits.now_or_never().is_none(), "there is no token");
        }
        assert_eq!(budget.refill().waiting, 0);
        let begun = clock.uptime();
        budget.acquire().await;
        let took = (clock.uptime() - begun).as_secs_f64();
        assert!(took < 0.11, "{took}");
    }

    #[tokio::test]
    async fn the_demand_is_that_of_the_busiest_budget_and_counts_what_waits_again() {
        let budgets = RateBudgets::new(Arc::new(ManualClock::new()));
        let account = AccountId::from("1");
        let of = |product| budgets.budget(&place("1"), product, &limits(1.0));
        let (busy, quiet) = (of("vpc"), of("cbn"));
        assert_eq!(budgets.demand(&account), 0);
        quiet.acquire().await;
        busy.acquire().await;
        let mut waits = Box::pin(async {
            tokio::join!(busy.acquire(), busy.acquire(), busy.acquire());
        });
        assert!(futures_util::poll!(&mut waits).is_pending());
        assert_eq!(budgets.demand(&account), 4);
        assert_eq!(budgets.demand(&account), 3, "three wait");
        drop(waits);
        assert_eq!(budgets.demand(&account), 3);
        assert_eq!(budgets.demand(&account), 0);
    }

    #[tokio::test]
    async fn a_call_whose_time_has_passed_in_the_queue_takes_no_token() {
        let clock = Arc::new(ManualClock::new());
        let budget = RateBudget::new(clock.clone(), limits(1.0));
        budget.acquire().await;
        let second = Duration::from_secs(1);
        let patience = Patience::new(clock.clone(), 3 * second, CancellationToken::new());
        let mut first = Box::pin(budget.acquire());
        assert!(futures_util::poll!(&mut first).is_pending());
        let context = CallContext::new(patience);
        let call = async { budget.acquire_within(&Limits::of_current()).await };
        let mut late = Box::pin(context.scope(call));
        assert!(futures_util::poll!(&mut late).is_pending(), "it is second");
        clock.advance(10 * second);
        drop(first);
        let error = late.await.expect_err("its time has passed");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(budget.refill().tokens >= 1.0, "it is left to others");
    }

    #[test]
    fn a_lowered_rate_stays_lower_by_the_same_factor() {
        let budget = RateBudget::new(Arc::new(ManualClock::new()), limits(20.0));
        budget.on_throttled();
        budget.set_limits(limits(10.0));
        assert!((budget.rate() - 5.0).abs() < 1e-9);
        assert_eq!(budget.usage().throttled, 1);
        for _ in 0..100 {
            budget.on_success();
        }
        assert!((budget.rate() - 10.0).abs() < 1e-9);
    }

    #[tokio::test]
    async fn shares_of_two_workers_add_up_to_the_limit() {
        let clock = Arc::new(ManualClock::new());
        let workers = [
            RateBudgets::new(clock.clone()),
            RateBudgets::new(clock.clone()),
        ];
        let account = AccountId::from("1");
        let of = |worker: &RateBudgets<&str>| worker.budget(&place("1"), "vpc", &limits(10.0));
        let budgets: Vec<RateBudget> = workers.iter().map(of).collect();
        // A share counts for budgets that there are and for those to come; other accounts are not touched.
        for (worker, share) in workers.iter().zip([0.8, 0.2]) {
            worker.set_share(&account, share);
        }
        assert_eq!(budgets[0].limits().per_second, 8.0);
        let later = workers[1].budget(&place("1"), "cbn", &limits(10.0));
        assert_eq!(later.limits().per_second, 2.0);
        let other = workers[1].budget(&place("2"), "vpc", &limits(10.0));
        assert_eq!(other.limits().per_second, 10.0);

        // 8 and 2 calls a second, for ten seconds.
        let started = clock.uptime().as_secs_f64();
        let one = async {
            for _ in 0..81 {
                budgets[0].acquire().await;
            }
            clock.uptime().as_secs_f64() - started
        };
        let took = one.await;
        assert!((took - 10.0).abs() < 0.01, "{took}");
        let state = budgets[1].refill();
        assert!(state.tokens <= 1.0, "nothing is saved up beyond the burst");
        drop(state);
        assert_eq!(workers[0].usage(&account).calls, 81);
    }

    #[test]
    fn no_limit_stops_a_budget() {
        for per_second in [0.0, -1.0, f64::NAN] {
            let limits = RateLimits {
                per_second,
                burst: per_second,
                floor: per_second,
            };
            let budget = RateBudget::new(Arc::new(ManualClock::new()), limits);
            assert!(budget.rate() > 0.0 && budget.limits().burst >= 1.0);
            budget.set_limits(RateLimits::default().share(f64::INFINITY));
            assert_eq!(budget.limits(), RateLimits::default());
        }
    }

    #[test]
    fn budgets_that_others_use_outlive_the_removal_of_an_account() {
        let budgets = RateBudgets::new(Arc::new(ManualClock::new()));
        let used = budgets.budget(&place("1"), "vpc", &limits(10.0));
        used.enter();
        budgets.forget(&"1".into());
        assert_eq!(budgets.usage(&"1".into()).calls, 1);
        drop(used);
        budgets.forget(&"1".into());
        assert_eq!(budgets.usage(&"1".into()).calls, 0);
    }
}
