//! A clock on which sleepers stay asleep until the test lets their time pass.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;
use tokio::sync::oneshot;

/// 2026-01-01T00:00:00Z.
pub(crate) const START: u64 = 1_767_225_600;

#[derive(Debug, Default)]
pub(crate) struct StepClock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_hasty: bool,
    uptime: Duration,
    asleep: Vec<Sleeper>,
}

#[derive(Debug)]
struct Sleeper {
    until: Duration,
    length: Duration,
    wake: oneshot::Sender<()>,
}

impl StepClock {
    /// Lets short sleeps take no time: those between looks, but not the deadlines of requests.
    pub(crate) fn hasten(&self) {
        self.state().is_hasty = true;
    }

    pub(crate) fn advance(&self, time: Duration) {
        let mut state = self.state();
        state.uptime += time;
        let now = state.uptime;
        let (due, asleep) = state.asleep.drain(..).partition(|one| one.until <= now);
        state.asleep = asleep;
        let due: Vec<Sleeper> = due;
        for one in due {
            // One that is gone sleeps no more.
            let _ = one.wake.send(());
        }
    }

    /// Waits until somebody sleeps for so long.
    pub(crate) async fn until_asleep(&self, length: Duration) {
        let is_asleep = || {
            let state = self.state();
            let mut asleep = state.asleep.iter();
            asleep.any(|one| one.length == length && !one.wake.is_closed())
        };
        let wait = async {
            while !is_asleep() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let wait = tokio::time::timeout(Duration::from_secs(30), wait).await;
        wait.unwrap_or_else(|_| panic!("no sleep of {length:?}: {:?}", self.state()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for StepClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(START) + self.uptime()
    }

    fn uptime(&self) -> Duration {
        self.state().uptime
    }

    async fn sleep(&self, length: Duration) {
        if self.state().is_hasty && length <= Duration::from_secs(5) {
            tokio::task::yield_now().await;
            return self.advance(length);
        }
        let (wake, woken) = oneshot::channel();
        {
            let mut state = self.state();
            let until = state.uptime + length;
            state.asleep.push(Sleeper {
                until,
                length,
                wake,
            });
        }
        let _ = woken.await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
