//! A worker's side of the shares of accounts: it asks now and then, and does with less where it gets no answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use landbridge_core::engine::Engine;
use landbridge_core::topology::{Account, Holder, Topology};

use crate::shares::{Claim, EVERY, Share, Shares};
use crate::time::Moment;

/// What a worker uses at least, however long it gets no answer.
const FLOOR: f64 = 0.02;

/// The shares of one worker.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    accounts: Mutex<BTreeMap<String, Arc<AccountShare>>>,
}

/// What is held of an account. Runs that ask for the same share wait for one answer.
type AccountShare = tokio::sync::Mutex<Option<Held>>;

#[derive(Clone, Copy, Debug)]
struct Held {
    share: Share,
    /// How many throttled calls were told.
    throttled: u64,
    wanted: Wanted,
}

/// Calls that were wanted in about [`EVERY`]: workers are compared by them.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    calls: u64,
    counted: Moment,
}

impl Wanted {
    fn of(before: Option<Self>, now: Moment, count: impl FnOnce() -> u64) -> Self {
        match before.filter(|before| now < before.again()) {
            // Who asks early says the same again.
            Some(before) => before,
            None => Self {
                calls: count(),
                counted: now,
            },
        }
    }

    /// When they are counted again.
    fn again(&self) -> Moment {
        self.counted.after(EVERY)
    }
}

impl Budgets {
    /// Asks for the shares of a topology's accounts that are due, and lets the engine keep to them.
    pub(crate) async fn refresh(
        &self,
        shares: &dyn Shares,
        worker: &str,
        (engine, topology): (&Engine, &Topology),
        now: Moment,
    ) {
        let accounts = topology.accounts.iter();
        let ours = accounts.filter(|account| account.held_by == Holder::Us);
        let asked = ours.map(|account| async move {
            let share = self.share(shares, worker, (engine, account), now).await;
            engine.set_rate_share(&account.cloud, &account.id, share.part);
        });
        join_all(asked).await;
    }

    async fn share(
        &self,
        shares: &dyn Shares,
        worker: &str,
        (engine, account): (&Engine, &Account),
        now: Moment,
    ) -> Share {
        let key = format!("{}.{}", account.cloud, account.id);
        let held = self.account(&key);
        let mut held = held.lock().await;
        let before = *held;
        if let Some(before) = before.filter(|before| now < before.share.again) {
            return before.share;
        }
        let usage = engine.rate_usage(&account.cloud, &account.id);
        let told = before.map_or(0, |before| before.throttled);
        let wanted = Wanted::of(before.map(|before| before.wanted), now, || {
            engine.rate_demand(&account.cloud, &account.id)
        });
        let claim = Claim::new(wanted.calls, usage.throttled > told);
        let (share, throttled) = match shares.claim(&key, worker, claim, now).await {
            Ok(share) => {
                let (part, wanted) = (share.part, wanted.calls);
                tracing::debug!(account = key, part, wanted, "a share was given");
                (share, usage.throttled)
            }
            Err(error) => {
                tracing::warn!(%error, account = key, "no share was given; less is used");
                (unanswered(before.map(|before| before.share), now), told)
            }
        };
        let again = share.again.min(wanted.again());
        let share = Share { again, ..share };
        *held = Some(Held {
            share,
            throttled,
            wanted,
        });
        share
    }

    fn account(&self, key: &str) -> Arc<AccountShare> {
        let mut accounts = self.accounts();
        Arc::clone(accounts.entry(key.to_owned()).or_default())
    }

    /// Gives all shares back, so that others have them at once.
    pub(crate) async fn give_back(&self, shares: &dyn Shares, worker: &str) {
        let accounts = std::mem::take(&mut *self.accounts());
        let given = accounts.keys().map(|account| async move {
            if let Err(error) = shares.give_back(account, worker).await {
                tracing::debug!(%error, account, "a share was not given back; it ends by itself");
            }
        });
        join_all(given).await;
    }

    fn accounts(&self) -> MutexGuard<'_, BTreeMap<String, Arc<AccountShare>>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// The last share while it is good, then half of it each time, down to the floor.
fn unanswered(last: Option<Share>, now: Moment) -> Share {
    let again = now.after(EVERY);
    let (part, until) = match last {
        Some(share) if share.until > now => (share.part, share.until),
        Some(share) => ((share.part / 2.0).max(FLOOR), share.until),
        None => (FLOOR, now),
    };
    Share { part, until, again }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_asks_early_says_the_same_again() {
        let at = |seconds| Moment::default().after(Duration::from_secs(seconds));
        let first = Wanted::of(None, at(5), || 8);
        let early = Wanted::of(Some(first), at(14), || panic!("counted already"));
        assert_eq!((early.calls, early.again()), (8, at(15)));
        assert_eq!(Wanted::of(Some(early), at(15), || 31).calls, 31);
    }

    #[test]
    fn without_an_answer_a_worker_does_with_less_and_less() {
        let now = Moment::default();
        let good = Share {
            part: 0.4,
            until: now.after(EVERY),
            again: now,
        };
        assert_eq!(unanswered(Some(good), now).part, good.part);
        let later = now.after(EVERY);
        let mut share = unanswered(Some(good), later);
        assert_eq!(share.part, 0.2);
        for _ in 0..10 {
            share = unanswered(Some(share), later);
        }
        assert_eq!(share.part, FLOOR);
        assert_eq!(unanswered(None, now).part, FLOOR);
    }
}
