//! The simulator's time as the engine's clock.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;
use landbridge_sim::Simulator;

/// The simulator's virtual time, without jitter.
#[derive(Debug)]
pub(crate) struct VirtualTime(pub(crate) Simulator);

#[async_trait]
impl Clock for VirtualTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// The same time as a machine tells it whose clock is wrong by so many seconds.
#[derive(Debug)]
#[allow(
    dead_code,
    reason = "some of the binaries that share this file have one machine"
)]
pub(crate) struct Skewed {
    pub(crate) time: VirtualTime,
    pub(crate) seconds: i64,
}

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> SystemTime {
        let by = Duration::from_secs(self.seconds.unsigned_abs());
        match self.seconds < 0 {
            true => self.time.now() - by,
            false => self.time.now() + by,
        }
    }

    fn uptime(&self) -> Duration {
        self.time.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        self.time.sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        self.time.chance()
    }
}
