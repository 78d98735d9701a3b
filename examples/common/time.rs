//! The simulator's time as a clock.

use std::time::{Duration, SystemTime};

use landbridge::core::Clock;
use landbridge_sim::Simulator;

/// The simulator's time: sleeping moves it on instead of waiting.
#[derive(Debug)]
pub(crate) struct SimulatedTime(pub(crate) Simulator);

#[async_trait::async_trait]
impl Clock for SimulatedTime {
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
