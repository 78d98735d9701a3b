//! Rate limits per account, region and operation.

use std::collections::HashMap;
use std::time::Duration;

/// A bucket of calls and how fast it refills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    burst: f64,
    per_second: f64,
}

impl Rate {
    pub(crate) const fn per_second(calls: u32) -> Self {
        Self::bucket(calls, calls as f64)
    }

    pub(crate) const fn per_minute(calls: u32) -> Self {
        Self::bucket(calls, calls as f64 / 60.0)
    }

    pub(crate) const fn bucket(burst: u32, per_second: f64) -> Self {
        Self {
            burst: burst as f64,
            per_second,
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
    /// Takes so many calls from the bucket, or says how long to wait before coming back.
    pub(crate) fn take(
        &mut self,
        place: (&str, &str, &'static str),
        rate: Rate,
        calls: u32,
        now: Duration,
    ) -> Result<(), Duration> {
        let (account, region, action) = place;
        let key = (account.to_owned(), region.to_owned(), action);
        let bucket = self.0.entry(key).or_insert(Bucket {
            level: rate.burst,
            at: now,
        });
        let passed = now.saturating_sub(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + passed * rate.per_second).min(rate.burst);
        bucket.at = now;
        let missing = f64::from(calls) - bucket.level;
        if missing > 0.0 {
            let wait = missing / rate.per_second;
            return Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX));
        }
        bucket.level -= f64::from(calls);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let mut throttle = Throttle::default();
        let mut take = |now| throttle.take(("1", "r", "A"), Rate::per_second(3), 1, now);
        for _ in 0..3 {
            assert!(take(Duration::ZERO).is_ok());
        }
        let wait = take(Duration::ZERO).expect_err("throttled");
        assert_eq!(wait.as_millis(), 333);
        assert!(take(Duration::from_millis(334)).is_ok());
    }

    #[test]
    fn a_burst_may_be_larger_than_the_refill() {
        let mut throttle = Throttle::default();
        let rate = Rate::bucket(50, 5.0);
        assert!(
            throttle
                .take(("1", "r", "A"), rate, 50, Duration::ZERO)
                .is_ok()
        );
        let later = Duration::from_secs(1);
        assert!(throttle.take(("1", "r", "A"), rate, 5, later).is_ok());
        assert!(throttle.take(("1", "r", "A"), rate, 1, later).is_err());
    }
}
