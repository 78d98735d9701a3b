//! The rules by which workers divide the call budgets of an account, without a clock and without a store, and who keeps them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, FormatVersion, Result};
use serde::{Deserialize, Serialize};

use crate::store::{Kind, Store};
use crate::time::Moment;

/// How often a worker asks for its share of an account.
pub(crate) const EVERY: Duration = Duration::from_secs(10);
/// A worker that waits for what another has too much of asks again so long after that one was to ask: it may be a little late.
const AFTER_ANOTHER: Duration = Duration::from_millis(500);
/// What a worker is content with, in parts of what is fair.
const ENOUGH: f64 = 0.9;
/// How long a share is good.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// The smallest share of a worker that asks for nothing much, in parts of an equal one.
const LEAST: f64 = 0.1;
/// All workers together use no less of the limits than this, however often the cloud throttles.
const LOWEST: f64 = 0.1;
/// What of the limits comes back each time that a worker asks and no worker was throttled.
const RECOVERY: f64 = 0.05;
/// How often a change is tried anew that another worker's came before.
const TRIES: u32 = 20;

/// What a worker says when it asks for its share of an account.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// Calls that it wanted since it asked last, those included that waited then.
    pub calls: u64,
    /// Whether the cloud has throttled any of them.
    pub throttled: bool,
}

impl Claim {
    /// So many calls, of which some were throttled or none.
    pub fn new(calls: u64, throttled: bool) -> Self {
        Self { calls, throttled }
    }
}

/// The part of an account's limits that a worker may use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// The part: 1 is all of it.
    pub part: f64,
    /// Until when. After that half of it is safe, because others may have divided it.
    pub until: Moment,
    /// When to ask again: early if another worker is to leave some of its share by then.
    #[serde(default)]
    pub again: Moment,
}

/// How the limits of one account are divided among workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountShares {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// The part of the limits that all workers together use: less than 1 after the cloud has throttled.
    #[serde(default = "all")]
    pub factor: f64,
    /// What each worker asked for.
    #[serde(default)]
    pub workers: BTreeMap<String, Asked>,
}

/// What a worker asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asked {
    /// Its calls.
    pub calls: u64,
    /// Its part.
    pub part: f64,
    /// Until when it counts.
    pub until: Moment,
    /// When it asks again.
    #[serde(default)]
    pub again: Moment,
}

fn all() -> f64 {
    1.0
}

impl Default for AccountShares {
    fn default() -> Self {
        Self {
            v: FormatVersion,
            factor: all(),
            workers: BTreeMap::new(),
        }
    }
}

impl AccountShares {
    /// A worker asks for its share. What all workers have together is never more than [`factor`](Self::factor), unless that has
    /// just been halved: the others then halve theirs when they ask again.
    pub fn claim(&mut self, worker: &str, claim: Claim, now: Moment) -> Share {
        self.workers.retain(|_, asked| asked.until > now);
        self.factor = match claim.throttled {
            true => (self.factor / 2.0).max(LOWEST),
            false => (self.factor + RECOVERY).min(all()),
        };
        let until = now.after(GOOD_FOR);
        let mut asked = Asked {
            calls: claim.calls,
            part: 0.0,
            until,
            again: now.after(EVERY),
        };
        self.workers.insert(worker.to_owned(), asked);
        let fair = self.fair(claim.calls);
        // What others were told holds until they ask again.
        let others = self.workers.iter().filter(|(name, _)| *name != worker);
        let given: f64 = others.map(|(_, asked)| asked.part).sum();
        // So little that all newcomers together take less than one has at least.
        let least = LEAST * self.factor / (self.workers.len() as f64).powi(2);
        asked.part = fair.min(self.factor - given).max(least);
        if asked.part < ENOUGH * fair {
            asked.again = self.leaving(now).fold(asked.again, Moment::min);
        }
        self.workers.insert(worker.to_owned(), asked);
        Share {
            part: asked.part,
            until,
            again: asked.again,
        }
    }

    /// When the workers that have more than is fair leave some of it: when they ask again, or at the end if they do not.
    fn leaving(&self, now: Moment) -> impl Iterator<Item = Moment> {
        let workers = self.workers.values();
        let with_more = workers.filter(|asked| asked.part > self.fair(asked.calls));
        with_more.map(move |asked| match asked.again > now {
            true => asked.again.after(AFTER_ANOTHER),
            false => asked.until,
        })
    }

    /// A worker has ended: others may have its share at once.
    pub fn give_back(&mut self, worker: &str) {
        self.workers.remove(worker);
    }

    // By demand, and to each a little.
    fn fair(&self, calls: u64) -> f64 {
        let count = self.workers.len() as f64;
        let wanted: u64 = self.workers.values().map(|asked| asked.calls).sum();
        let by_demand = match wanted {
            0 => 1.0 / count,
            wanted => calls as f64 / wanted as f64,
        };
        self.factor * (LEAST / count + (1.0 - LEAST) * by_demand)
    }
}

/// Where workers ask for their shares.
#[async_trait]
pub trait Shares: Debug + Send + Sync + 'static {
    /// Asks for a worker's share of an account: `CLOUD.ID`.
    ///
    /// # Errors
    /// What keeps it from being given. The worker then does with less.
    async fn claim(&self, account: &str, worker: &str, claim: Claim, now: Moment) -> Result<Share>;

    /// Gives a worker's share back before its end.
    ///
    /// # Errors
    /// What keeps it from being given back. It then ends by itself.
    async fn give_back(&self, account: &str, worker: &str) -> Result<()>;
}

/// The shares that a store keeps.
#[derive(Clone, Debug)]
pub(crate) struct StoreShares(pub(crate) Arc<dyn Store>);

impl StoreShares {
    async fn change<T>(
        &self,
        account: &str,
        mut change: impl FnMut(&mut AccountShares) -> T + Send,
    ) -> Result<T> {
        let failed = |error: serde_json::Error| {
            let message = format!("cannot read the shares of account `{account}`: {error}");
            Error::new(ErrorKind::Malformed, message)
        };
        for _ in 0..TRIES {
            let document = self.0.load(Kind::Account, account).await?;
            let mut shares: AccountShares = match &document {
                Some(document) => serde_json::from_str(&document.text).map_err(failed)?,
                None => AccountShares::default(),
            };
            let told = change(&mut shares);
            let text = serde_json::to_string(&shares).map_err(failed)?;
            let expected = document.map(|document| document.revision);
            if self.0.save(Kind::Account, account, &text, expected).await? {
                return Ok(told);
            }
        }
        let message =
            format!("the shares of account `{account}` were changed {TRIES} times in a row");
        Err(Error::new(ErrorKind::Busy, message))
    }
}

#[async_trait]
impl Shares for StoreShares {
    async fn claim(&self, account: &str, worker: &str, claim: Claim, now: Moment) -> Result<Share> {
        self.change(account, |shares| shares.claim(worker, claim, now))
            .await
    }

    async fn give_back(&self, account: &str, worker: &str) -> Result<()> {
        self.change(account, |shares| shares.give_back(worker))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::default().after(Duration::from_secs(seconds))
    }

    /// What all workers have after each has asked a few times.
    fn settled(shares: &mut AccountShares, demand: &[(&str, u64)], throttled: bool) -> Vec<f64> {
        let mut parts = Vec::new();
        for round in 0..5 {
            parts = demand
                .iter()
                .map(|(worker, calls)| {
                    let claim = Claim::new(*calls, throttled && round == 4);
                    shares.claim(worker, claim, at(round * 10)).part
                })
                .collect();
        }
        parts
    }

    #[test]
    fn shares_follow_demand_and_never_exceed_the_limits() {
        let mut shares = AccountShares::default();
        assert_eq!(shares.claim("w1", Claim::new(9, false), at(0)).part, 1.0);
        let parts = settled(&mut shares, &[("w1", 300), ("w2", 100)], false);
        assert!((parts[0] - 0.725).abs() < 0.01, "{parts:?}");
        assert!((parts[1] - 0.275).abs() < 0.01, "{parts:?}");
        let parts = settled(&mut shares, &[("w1", 0), ("w2", 100), ("w3", 0)], false);
        assert!(parts.iter().sum::<f64>() <= 1.0 + 1e-9, "{parts:?}");
        assert!(parts.iter().all(|part| *part > 0.0));
    }

    #[test]
    fn at_no_moment_do_shares_add_up_to_more_than_the_limits_but_for_the_least_of_newcomers() {
        let mut shares = AccountShares::default();
        for round in 0..50_u64 {
            let worker = ["w1", "w2", "w3", "w4"][(round * 7 % 4) as usize];
            let calls = round * 31 % 97;
            shares.claim(worker, Claim::new(calls, false), at(round));
            let sum: f64 = shares.workers.values().map(|asked| asked.part).sum();
            assert!(sum <= 1.0 + LEAST, "{round}: {sum}");
        }
    }

    #[test]
    fn a_throttled_account_is_slowed_down_and_recovers() {
        let mut shares = AccountShares::default();
        let parts = settled(&mut shares, &[("w1", 100), ("w2", 100)], true);
        // Each has told that it was throttled.
        assert!((shares.factor - 0.25).abs() < 1e-9);
        assert!(parts.iter().all(|part| *part <= 0.25), "{parts:?}");
        for round in 10..40 {
            shares.claim("w1", Claim::new(100, false), at(round * 10));
        }
        assert_eq!(shares.factor, 1.0);
    }

    #[test]
    fn who_waits_for_what_another_has_too_much_of_asks_as_soon_as_that_one_has() {
        let mut shares = AccountShares::default();
        let all = shares.claim("w1", Claim::new(90, false), at(0));
        assert_eq!(all.again, at(10));
        let little = shares.claim("w2", Claim::new(90, false), at(9));
        assert_eq!(little.again, all.again.after(AFTER_ANOTHER));
        let half = shares.claim("w1", Claim::new(90, false), at(10)).part;
        let rest = shares.claim("w2", Claim::new(90, false), little.again);
        assert!(
            (half - 0.5).abs() < 1e-9 && (rest.part - 0.5).abs() < 1e-9,
            "{half} and {rest:?}"
        );
        assert_eq!(rest.again, little.again.after(EVERY));
        // One that does not ask, since it has no runs, leaves its share when that ends.
        let waits = shares.claim("w3", Claim::new(90, false), at(25));
        assert_eq!(waits.again, at(35));
        let waits = shares.claim("w3", Claim::new(90, false), at(35));
        assert_eq!(waits.again, at(40));
    }

    #[test]
    fn the_share_of_a_worker_that_ended_is_free_at_once() {
        let mut shares = AccountShares::default();
        assert_eq!(shares.claim("w1", Claim::new(9, false), at(0)).part, 1.0);
        assert!(shares.claim("w2", Claim::new(9, false), at(1)).part < 0.1);
        shares.give_back("w1");
        assert_eq!(shares.claim("w2", Claim::new(9, false), at(2)).part, 1.0);
    }

    #[test]
    fn the_share_of_a_worker_that_died_is_free_again() {
        let mut shares = AccountShares::default();
        settled(&mut shares, &[("w1", 100), ("w2", 100)], false);
        let later = shares.claim("w2", Claim::new(100, false), at(1000));
        assert_eq!(later.part, 1.0);
        assert_eq!(shares.workers.len(), 1);
    }
}
