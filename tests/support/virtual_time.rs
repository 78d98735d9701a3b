//! The simulator's time as the engine's clock.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;
use landbridge_sim::Simulator;

/// The simulator's virtual time: sleeping moves it on, so nothing waits for real.
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
        let until = self.0.uptime() + duration;
        // Calls that are under way get their answers before time moves on.
        for _ in 0..256 {
            tokio::task::yield_now().await;
        }
        self.0.advance_to(until);
        tokio::task::yield_now().await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
