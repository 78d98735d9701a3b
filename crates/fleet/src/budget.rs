//! A worker's side of the shares of accounts: it asks now and then, and does with less where it gets no answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use landbridge_core::engine::Engine;
use landbridge_core::topology::{Account, Holder, Topology};

use crate::shares::{Claim, Share, Shares};
use crate::time::Moment;

/// How often a worker asks for its share of an account.
const EVERY: Duration = Duration::from_secs(10);
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
    asked: Moment,
    share: Share,
    throttled: u64,
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
        if let Some(before) = before.filter(|before| now.since(before.asked) < EVERY) {
            return before.share;
        }
        let usage = engine.rate_usage(&account.cloud, &account.id);
        let throttled = before.map_or(0, |before| before.throttled);
        let wanted = engine.rate_demand(&account.cloud, &account.id);
        let claim = Claim::new(wanted, usage.throttled > throttled);
        let share = match shares.claim(&key, worker, claim, now).await {
            Ok(share) => {
                tracing::debug!(
                    account = key,
                    part = share.part,
                    wanted,
                    "a share was given"
                );
                share
            }
            Err(error) => {
                tracing::warn!(%error, account = key, "no share was given; less is used");
                unanswered(before.map(|before| before.share), now)
            }
        };
        *held = Some(Held {
            asked: now,
            share,
            throttled: usage.throttled,
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
    match last {
        Some(share) if share.until > now => share,
        Some(share) => Share {
            part: (share.part / 2.0).max(FLOOR),
            ..share
        },
        None => Share {
            part: FLOOR,
            until: now,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_answer_a_worker_does_with_less_and_less() {
        let now = Moment::default();
        let good = Share {
            part: 0.4,
            until: now.after(EVERY),
        };
        assert_eq!(unanswered(Some(good), now), good);
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
