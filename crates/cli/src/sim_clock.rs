//! The time of a simulated cloud, for an engine that works on it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::{Clock, SystemClock};
use landbridge_sim::{Simulator, Speed};

/// A turn of the event loop, in which requests that are on their way get answered.
const TURN: Duration = Duration::from_millis(1);

/// [`Clock`] over a simulator in the same process.
///
/// Where simulated time follows real time, a sleep really lasts, just shorter. Where it stands still, sleepers move it:
/// when no task has gone to sleep or woken for a turn, time jumps to the first wake-up that is due.
#[derive(Clone)]
pub(crate) struct SimClock {
    simulator: Simulator,
    sleepers: Arc<Mutex<Sleepers>>,
    chance: SystemClock,
}

#[derive(Default)]
struct Sleepers {
    /// By the uptime at which they wake, then by the order in which they fell asleep.
    waking: BTreeMap<(Duration, u64), ()>,
    /// How often a task fell asleep or woke.
    changes: u64,
}

impl SimClock {
    pub(crate) fn new(simulator: Simulator) -> Self {
        Self {
            simulator,
            sleepers: Arc::default(),
            chance: SystemClock::new(),
        }
    }

    async fn sleep_really(&self, deadline: Duration, factor: f64) {
        loop {
            let left = deadline.saturating_sub(self.simulator.uptime());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.div_f64(factor).max(TURN)).await;
        }
    }

    async fn sleep_by_turns(&self, deadline: Duration) {
        let sleeper = Sleeper::new(&self.sleepers, deadline);
        let mut seen = None;
        while self.simulator.uptime() < deadline {
            tokio::time::sleep(TURN).await;
            let now = sleeper.quiet_if_first();
            if now.is_some() && now == seen {
                self.simulator.advance_to(deadline);
            }
            seen = now;
        }
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> SystemTime {
        self.simulator.now()
    }

    fn uptime(&self) -> Duration {
        self.simulator.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        let deadline = self.simulator.uptime().saturating_add(duration);
        match self.simulator.speed() {
            Speed::Manual => self.sleep_by_turns(deadline).await,
            Speed::Scaled(factor) => self.sleep_really(deadline, factor).await,
        }
    }

    fn chance(&self) -> f64 {
        self.chance.chance()
    }
}

impl fmt::Debug for SimClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimClock")
            .field("simulator", &self.simulator)
            .finish_non_exhaustive()
    }
}

/// One place in the queue of sleepers; dropping it, as a cancelled sleep does, leaves the queue.
struct Sleeper {
    sleepers: Arc<Mutex<Sleepers>>,
    place: (Duration, u64),
}

impl Sleeper {
    fn new(sleepers: &Arc<Mutex<Sleepers>>, deadline: Duration) -> Self {
        let mut queue = lock(sleepers);
        queue.changes += 1;
        let place = (deadline, queue.changes);
        queue.waking.insert(place, ());
        Self {
            sleepers: Arc::clone(sleepers),
            place,
        }
    }

    /// The number of changes so far, if no other sleeper wakes before this one.
    fn quiet_if_first(&self) -> Option<u64> {
        let queue = lock(&self.sleepers);
        let (first, ()) = queue.waking.first_key_value()?;
        (*first == self.place).then_some(queue.changes)
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut queue = lock(&self.sleepers);
        queue.changes += 1;
        queue.waking.remove(&self.place);
    }
}

fn lock(sleepers: &Mutex<Sleepers>) -> MutexGuard<'_, Sleepers> {
    sleepers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_deadlines_whoever_slept_first() {
        let simulator = Simulator::start().await.expect("a free port");
        let clock = SimClock::new(simulator);
        let woken = Mutex::new(Vec::new());
        let sleep = |seconds: u64| {
            let (clock, woken) = (&clock, &woken);
            async move {
                clock.sleep(Duration::from_secs(seconds)).await;
                woken
                    .lock()
                    .expect("not poisoned")
                    .push((seconds, clock.uptime().as_secs()));
            }
        };
        tokio::join!(sleep(900), sleep(3), sleep(60));
        let woken = woken.into_inner().expect("not poisoned");
        assert_eq!(woken, [(3, 3), (60, 60), (900, 900)]);
    }

    #[tokio::test]
    async fn a_cancelled_sleep_moves_no_time() {
        let simulator = Simulator::start().await.expect("a free port");
        let clock = SimClock::new(simulator);
        tokio::select! {
            biased;
            () = clock.sleep(Duration::from_secs(900)) => {}
            () = std::future::ready(()) => {}
        }
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(clock.uptime(), Duration::from_secs(1));
    }
}
