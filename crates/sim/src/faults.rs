//! Faults injected by rule and by seed.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::random::Dice;
use crate::wire::{Delivery, Reply};

/// Names a rule, to remove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultId(pub u64);

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultEffect {
    /// The call is refused and has no effect.
    ErrorBefore {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
    /// The call has its effect, but an error is answered.
    ErrorAfter {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
    /// The connection ends; the call has no effect.
    DropBefore,
    /// The call has its effect, then the connection ends without an answer.
    DropAfter,
    /// The body of the answer follows its head by this much real time.
    SlowBody {
        /// Milliseconds of real time.
        milliseconds: u64,
    },
    /// The answer's body ends early.
    TruncatedBody {
        /// How many bytes still arrive.
        keep: usize,
    },
    /// The call is throttled and has no effect.
    Throttle {
        /// Hint for the caller, if any.
        retry_after_milliseconds: Option<u64>,
    },
    /// The caller's session ends before the call.
    ExpireSession,
    /// The caller's access key is deleted before the call, as at the end of a rotation.
    RevokeKey,
    /// The server's clock is off by so many seconds while it checks the call.
    ClockSkew {
        /// Positive: the server is ahead.
        seconds: i64,
    },
    /// The answer's date is off by so many seconds; the call is checked with the right time.
    WrongDate {
        /// Positive: the date is in the future.
        seconds: i64,
    },
    /// The call has its effect, and its answer has this body and status 200 instead of its own.
    OtherBody {
        /// The body.
        body: String,
    },
}

/// When something goes wrong. Conditions that are not set match everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultRule {
    /// What happens.
    pub effect: FaultEffect,
    /// Only calls of this product, for example `cbn`.
    #[serde(default)]
    pub product: Option<String>,
    /// Only this operation.
    #[serde(default)]
    pub action: Option<String>,
    /// Only calls by this account.
    #[serde(default)]
    pub account: Option<String>,
    /// Only calls for this region.
    #[serde(default)]
    pub region: Option<String>,
    /// Only calls that change something (`true`) or that do not (`false`).
    #[serde(default)]
    pub write: Option<bool>,
    /// Only the n-th call (from 1) that matches the conditions above, and later ones up to `times`.
    #[serde(default)]
    pub nth: Option<u64>,
    /// Only with this probability, rolled from the simulator's seed.
    #[serde(default)]
    pub probability: Option<f64>,
    /// How often at most. Default: once if `nth` is set, else without limit.
    #[serde(default)]
    pub times: Option<u64>,
}

impl FaultRule {
    /// A rule that hits every call.
    pub fn new(effect: FaultEffect) -> Self {
        Self {
            effect,
            product: None,
            action: None,
            account: None,
            region: None,
            write: None,
            nth: None,
            probability: None,
            times: None,
        }
    }

    /// Only calls of this product.
    #[must_use]
    pub fn product(mut self, product: impl Into<String>) -> Self {
        self.product = Some(product.into());
        self
    }

    /// Only this operation.
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Only calls by this account.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Only calls for this region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Only calls that change something, or only those that do not.
    #[must_use]
    pub fn write(mut self, write: bool) -> Self {
        self.write = Some(write);
        self
    }

    /// From the n-th matching call (from 1); once unless `times` is set too.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// With this probability.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// At most so often.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    fn limit(&self) -> u64 {
        self.times
            .unwrap_or(if self.nth.is_some() { 1 } else { u64::MAX })
    }

    fn matches(&self, subject: &Subject<'_>) -> bool {
        let same = |wanted: &Option<String>, actual: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == actual)
        };
        same(&self.product, subject.product)
            && same(&self.action, subject.action)
            && same(&self.account, subject.account)
            && same(&self.region, subject.region)
            && self.write.is_none_or(|write| write == subject.write)
    }
}

/// The call that a rule is compared with.
pub(crate) struct Subject<'a> {
    pub(crate) product: &'a str,
    pub(crate) action: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) write: bool,
}

#[derive(Debug, Clone)]
struct Armed {
    id: FaultId,
    rule: FaultRule,
    seen: u64,
    hits: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    next: u64,
    dice: Dice,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            armed: Vec::new(),
            next: 1,
            dice: Dice::new(seed),
        }
    }

    pub(crate) fn add(&mut self, rule: FaultRule) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        self.armed.push(Armed {
            id,
            rule,
            seen: 0,
            hits: 0,
        });
        id
    }

    pub(crate) fn remove(&mut self, id: FaultId) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn hits(&self, id: FaultId) -> u64 {
        let armed = self.armed.iter().find(|armed| armed.id == id);
        armed.map_or(0, |armed| armed.hits)
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = (FaultId, &FaultRule, u64)> {
        self.armed
            .iter()
            .map(|armed| (armed.id, &armed.rule, armed.hits))
    }

    /// The effect of the first rule that hits this call.
    pub(crate) fn hit(&mut self, subject: &Subject<'_>) -> Option<FaultEffect> {
        let mut effect = None;
        for armed in &mut self.armed {
            if !armed.rule.matches(subject) {
                continue;
            }
            armed.seen += 1;
            let due = armed.hits < armed.rule.limit()
                && armed.rule.nth.is_none_or(|nth| armed.seen >= nth);
            if effect.is_none()
                && due
                && armed.rule.probability.is_none_or(|p| self.dice.roll() < p)
            {
                armed.hits += 1;
                effect = Some(armed.rule.effect.clone());
            }
        }
        effect
    }
}

/// The message of every injected error.
pub(crate) const INJECTED: &str = "Injected by a fault rule.";

impl FaultEffect {
    /// The refusal that keeps the call from having its effect; `throttled` is the cloud's word for too many calls.
    pub(crate) fn refusal(
        &self,
        throttled: impl FnOnce(Option<u64>) -> Failure,
    ) -> Option<Failure> {
        match self {
            Self::ErrorBefore { status, code } => {
                Some(Failure::new(*status, code.clone(), INJECTED))
            }
            Self::Throttle {
                retry_after_milliseconds,
            } => Some(throttled(*retry_after_milliseconds)),
            Self::DropBefore => Some(Failure::new(0, "ConnectionDropped", INJECTED)),
            _ => None,
        }
    }

    /// The error that is answered instead of a success.
    pub(crate) fn afterthought(&self) -> Option<Failure> {
        match self {
            Self::ErrorAfter { status, code } => {
                Some(Failure::new(*status, code.clone(), INJECTED))
            }
            _ => None,
        }
    }

    /// The date that the answer bears under this effect.
    pub(crate) fn shown(effect: Option<&Self>, date: SystemTime) -> SystemTime {
        match effect {
            Some(Self::WrongDate { seconds }) => {
                Self::skewed(Some(&Self::ClockSkew { seconds: *seconds }), date)
            }
            _ => Self::skewed(effect, date),
        }
    }

    /// Gives the answer another body, if that is the effect.
    pub(crate) fn dress(effect: Option<&Self>, reply: &mut Reply) {
        if let Some(Self::OtherBody { body }) = effect {
            reply.status = 200;
            reply.body = body.clone().into_bytes();
        }
    }

    /// The server's date under this effect.
    pub(crate) fn skewed(effect: Option<&Self>, date: SystemTime) -> SystemTime {
        let Some(Self::ClockSkew { seconds }) = effect else {
            return date;
        };
        let by = Duration::from_secs(seconds.unsigned_abs());
        let shifted = if *seconds < 0 {
            date.checked_sub(by)
        } else {
            date.checked_add(by)
        };
        shifted.unwrap_or(date)
    }

    /// How the reply leaves under this effect.
    pub(crate) fn delivery(effect: Option<&Self>) -> Delivery {
        match effect {
            Some(Self::DropBefore | Self::DropAfter) => Delivery::Dropped,
            Some(Self::SlowBody { milliseconds }) => {
                Delivery::Slow(Duration::from_millis(*(milliseconds.min(&600_000))))
            }
            Some(Self::TruncatedBody { keep }) => Delivery::Truncated(*keep),
            _ => Delivery::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(action: &str) -> Subject<'_> {
        Subject {
            product: "vpc",
            action,
            account: "1",
            region: "",
            write: true,
        }
    }

    #[test]
    fn nth_counts_only_matching_calls_and_hits_once() {
        let mut faults = Faults::new(1);
        faults.add(
            FaultRule::new(FaultEffect::DropBefore)
                .action("CreateVpc")
                .nth(2),
        );
        let hits: Vec<bool> = ["CreateVpc", "DeleteVpc", "CreateVpc", "CreateVpc"]
            .into_iter()
            .map(|action| faults.hit(&subject(action)).is_some())
            .collect();
        assert_eq!(hits, [false, false, true, false]);
    }

    #[test]
    fn probability_repeats_with_the_seed() {
        let run = || {
            let mut faults = Faults::new(9);
            faults.add(FaultRule::new(FaultEffect::DropAfter).probability(0.5));
            (0..20)
                .map(|_| faults.hit(&subject("X")).is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(run().contains(&true) && run().contains(&false));
    }
}
