//! The time of a simulated cloud, for an engine that works on it.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;
use landbridge_sim::Simulator;

/// [`Clock`] over a simulator in the same process. Its jitter comes from the simulator's seed.
#[derive(Clone, Debug)]
pub(crate) struct SimClock(pub(crate) Simulator);

#[async_trait]
impl Clock for SimClock {
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
        self.0.chance()
    }
}
