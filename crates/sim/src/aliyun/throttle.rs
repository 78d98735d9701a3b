//! Rate limits per account, region and operation.

use std::collections::HashMap;
use std::time::Duration;

use super::failure::{Failure, Outcome};

/// So many calls per period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) calls: u32,
    pub(crate) period: Duration,
}

impl Rate {
    pub(crate) const fn per_second(calls: u32) -> Self {
        Self {
            calls,
            period: Duration::from_secs(1),
        }
    }

    pub(crate) const fn per_minute(calls: u32) -> Self {
        Self {
            calls,
            period: Duration::from_secs(60),
        }
    }
}

/// For operations without a published limit; meant not to be met.
pub(crate) const GENEROUS: Rate = Rate::per_second(1000);

#[derive(Debug, Clone)]
struct Bucket {
    level: f64,
    at: Duration,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Throttle(HashMap<(String, String, &'static str), Bucket>);

impl Throttle {
    /// Takes one call from the bucket, or says when to come back.
    pub(crate) fn take(
        &mut self,
        account: &str,
        region: &str,
        action: &'static str,
        rate: Rate,
        now: Duration,
    ) -> Outcome<()> {
        let full = f64::from(rate.calls);
        let per_second = full / rate.period.as_secs_f64();
        let key = (account.to_owned(), region.to_owned(), action);
        let bucket = self.0.entry(key).or_insert(Bucket {
            level: full,
            at: now,
        });
        let passed = now.saturating_sub(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + passed * per_second).min(full);
        bucket.at = now;
        if bucket.level < 1.0 {
            let wait = (1.0 - bucket.level) / per_second;
            return Err(Failure::throttled((wait * 1000.0).ceil() as u64));
        }
        bucket.level -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let mut throttle = Throttle::default();
        let mut take = |now| throttle.take("1", "r", "A", Rate::per_second(3), now);
        for _ in 0..3 {
            assert!(take(Duration::ZERO).is_ok());
        }
        let refused = take(Duration::ZERO).expect_err("throttled");
        assert_eq!(
            (refused.code.as_str(), refused.retry_after),
            ("Throttling.User", Some(334))
        );
        assert!(take(Duration::from_millis(334)).is_ok());
    }
}
