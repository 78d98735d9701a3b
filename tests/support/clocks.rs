//! Clocks that are off, and sources of keys that are rotated.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;

/// A clock whose date is off by so many seconds; its uptime is right.
#[derive(Debug)]
pub(crate) struct Off<C>(pub(crate) C, pub(crate) i64);

#[async_trait]
impl<C: Clock> Clock for Off<C> {
    fn now(&self) -> SystemTime {
        let by = Duration::from_secs(self.1.unsigned_abs());
        match self.1 < 0 {
            true => self.0.now() - by,
            false => self.0.now() + by,
        }
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        self.0.chance()
    }
}

const MINUTE: i64 = 60;

/// By how many seconds clocks are off in the tests.
pub(crate) const OFFSETS: [i64; 10] = [
    1,
    -1,
    5 * MINUTE,
    -5 * MINUTE,
    14 * MINUTE,
    -14 * MINUTE,
    15 * MINUTE,
    -15 * MINUTE,
    40 * MINUTE,
    -40 * MINUTE,
];
