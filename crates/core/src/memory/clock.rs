use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::clock::Clock;

/// 2026-01-01T00:00:00Z, in seconds since the epoch.
const START: Duration = Duration::from_secs(1_767_225_600);

/// Virtual time that passes only when somebody sleeps or [advances](Self::advance) it.
///
/// It starts at 2026-01-01T00:00:00Z. `sleep` yields once and then moves the clock to the moment at which the sleeper
/// wanted to wake, unless it is later already: sleepers side by side do not add up. `chance` is always 0.5.
///
/// ```
/// use std::time::Duration;
///
/// use landbridge_core::Clock;
/// use landbridge_core::memory::ManualClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::new();
/// let minute = Duration::from_secs(60);
/// tokio::join!(clock.sleep(minute), clock.sleep(minute));
/// assert_eq!(clock.uptime(), minute);
/// assert_eq!(clock.delays(), [minute, minute]);
/// # }
/// ```
#[derive(Debug, Default)]
pub struct ManualClock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    uptime: Duration,
    delays: Vec<Duration>,
}

impl ManualClock {
    /// A clock with no uptime yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.lock();
        state.uptime = state.uptime.saturating_add(duration);
    }

    /// The delays asked for by `sleep`, in the order in which the sleeps began.
    pub fn delays(&self) -> Vec<Duration> {
        self.lock().delays.clone()
    }

    fn fall_asleep(&self, duration: Duration) -> Duration {
        let mut state = self.lock();
        state.delays.push(duration);
        state.uptime.saturating_add(duration)
    }

    fn wake_at(&self, moment: Duration) {
        let mut state = self.lock();
        state.uptime = state.uptime.max(moment);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + START + self.uptime()
    }

    fn uptime(&self) -> Duration {
        self.lock().uptime
    }

    async fn sleep(&self, duration: Duration) {
        let moment = self.fall_asleep(duration);
        tokio::task::yield_now().await;
        self.wake_at(moment);
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
