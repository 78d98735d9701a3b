use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use landbridge_core::Clock;
use landbridge_core::engine::WriteGuard;
use serde::{Deserialize, Serialize};

use crate::time::{Moment, millis};

/// Who owns a topology, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// The worker.
    pub holder: String,
    /// It may write until then.
    pub until: Moment,
}

impl Lease {
    pub(crate) fn new(holder: &str, until: Moment) -> Self {
        Self {
            holder: holder.to_owned(),
            until,
        }
    }
}

/// How long leases last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeaseTerms {
    /// How long a lease is held without a renewal. Default 45 s.
    pub length: Duration,
    /// How long after its end another worker takes it, because clocks of machines differ. Default 15 s.
    pub grace: Duration,
}

impl Default for LeaseTerms {
    fn default() -> Self {
        Self {
            length: Duration::from_secs(45),
            grace: Duration::from_secs(15),
        }
    }
}

impl LeaseTerms {
    /// Leases of this length, and this pause before another worker takes one.
    pub fn new(length: Duration, grace: Duration) -> Self {
        Self { length, grace }
    }
}

/// A moment by both clocks of a worker: one stands still while the machine is suspended, the other may jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// By the clock's uptime.
    pub uptime: Duration,
    /// By the wall clock.
    pub wall: Moment,
}

impl Reading {
    /// The present moment.
    pub fn of(clock: &dyn Clock) -> Self {
        // In this order: a process that freezes in between must not take itself for the holder longer than others do.
        let uptime = clock.uptime();
        Self {
            uptime,
            wall: Moment::of(clock.now()),
        }
    }
}

/// What the engine asks before each write: whether the lease is still held. It is not, once it has ended by either clock of this
/// worker.
#[derive(Debug)]
pub struct LeaseGuard {
    clock: Arc<dyn Clock>,
    /// In milliseconds of the clock's uptime, like the next but one.
    until: AtomicU64,
    until_wall: AtomicU64,
    /// When it was taken or renewed last.
    renewed: AtomicU64,
    is_lost: AtomicBool,
}

impl LeaseGuard {
    /// A lease of this length, counted from a moment before it was asked for.
    pub fn new(clock: Arc<dyn Clock>, asked: Reading, length: Duration) -> Self {
        let guard = Self {
            clock,
            until: AtomicU64::new(0),
            until_wall: AtomicU64::new(0),
            renewed: AtomicU64::new(0),
            is_lost: AtomicBool::new(false),
        };
        guard.renew(asked, length);
        guard
    }

    /// The lease was renewed, counted from a moment before the renewal was asked for.
    pub fn renew(&self, asked: Reading, length: Duration) {
        let until = asked.uptime.saturating_add(length);
        self.renewed
            .store(millis(self.clock.uptime()), Ordering::Release);
        self.until.fetch_max(millis(until), Ordering::AcqRel);
        self.until_wall
            .fetch_max(asked.wall.after(length).millis(), Ordering::AcqRel);
    }

    /// How long ago it was taken or renewed. One that grows past the time between two looks is about to be lost.
    pub fn age(&self) -> Duration {
        let renewed = Duration::from_millis(self.renewed.load(Ordering::Acquire));
        self.clock.uptime().saturating_sub(renewed)
    }

    /// The lease was lost, for good.
    pub fn close(&self) {
        self.is_lost.store(true, Ordering::Release);
    }
}

impl WriteGuard for LeaseGuard {
    fn may_write(&self) -> bool {
        let now = Reading::of(self.clock.as_ref());
        !self.is_lost.load(Ordering::Acquire)
            && millis(now.uptime) < self.until.load(Ordering::Acquire)
            && now.wall.millis() < self.until_wall.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::memory::ManualClock;

    const LENGTH: Duration = Duration::from_secs(45);

    #[test]
    fn a_guard_closes_by_itself_and_for_good() {
        let clock = Arc::new(ManualClock::new());
        let start = Reading::of(clock.as_ref());
        let guard = LeaseGuard::new(clock.clone(), start, LENGTH);
        clock.advance(Duration::from_secs(44));
        assert!(guard.may_write());
        assert_eq!(guard.age(), Duration::from_secs(44));
        guard.renew(Reading::of(clock.as_ref()), LENGTH);
        assert_eq!(guard.age(), Duration::ZERO);
        clock.advance(Duration::from_secs(44));
        assert!(guard.may_write());
        clock.advance(Duration::from_secs(1));
        assert!(!guard.may_write());
        guard.renew(Reading::of(clock.as_ref()), LENGTH);
        assert!(guard.may_write());
        guard.close();
        guard.renew(Reading::of(clock.as_ref()), LENGTH);
        assert!(!guard.may_write());
    }

    #[test]
    fn a_machine_that_was_suspended_writes_nothing_when_it_wakes_up() {
        let clock = Arc::new(Suspended::default());
        let guard = LeaseGuard::new(clock.clone(), Reading::of(clock.as_ref()), LENGTH);
        assert!(guard.may_write());
        clock.0.store(600, Ordering::Relaxed);
        assert!(!guard.may_write());
    }

    /// Its uptime stands still while the wall clock goes on.
    #[derive(Debug, Default)]
    struct Suspended(AtomicU64);

    #[async_trait::async_trait]
    impl Clock for Suspended {
        fn now(&self) -> std::time::SystemTime {
            let passed = Duration::from_secs(self.0.load(Ordering::Relaxed));
            std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000) + passed
        }

        fn uptime(&self) -> Duration {
            Duration::from_secs(1)
        }

        async fn sleep(&self, _: Duration) {}

        fn chance(&self) -> f64 {
            0.5
        }
    }
}
