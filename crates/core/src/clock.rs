//! Time, sleep and chance come from outside, so that nothing in a test waits for real.

use std::collections::hash_map::RandomState;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;

/// Where a component gets its time from.
///
/// Implementations keep `uptime` and `sleep` consistent: after `sleep(d)` at least `d` of `uptime` has passed.
#[async_trait]
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall clock, for signatures, expiry dates and stamps.
    fn now(&self) -> SystemTime;

    /// A clock that never goes back, for deadlines and intervals. Its zero has no meaning.
    fn uptime(&self) -> Duration;

    /// Returns after `duration`. Dropping the future cancels the sleep.
    async fn sleep(&self, duration: Duration);

    /// A number in `0.0..1.0` for jitter.
    fn chance(&self) -> f64;
}

/// The machine's own time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose uptime starts now.
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn uptime(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        // Every `RandomState` has fresh keys; jitter needs no better source and no further dependency.
        let bits = RandomState::new().build_hasher().finish() >> 11;
        bits as f64 / (1u64 << 53) as f64
    }
}
