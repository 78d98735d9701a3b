use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// What the engine asks before each write: whether the lease is still held, by the clock of this worker that never goes back.
#[derive(Debug)]
pub struct LeaseGuard {
    clock: Arc<dyn Clock>,
    /// In milliseconds of the clock's uptime, like the next one; 0 once it was lost.
    until: AtomicU64,
    /// When it was taken or renewed last.
    renewed: AtomicU64,
}

impl LeaseGuard {
    /// A lease that is held until `until`, in the clock's uptime.
    pub fn new(clock: Arc<dyn Clock>, until: Duration) -> Self {
        Self {
            renewed: AtomicU64::new(millis(clock.uptime())),
            clock,
            until: AtomicU64::new(millis(until)),
        }
    }

    /// The lease was renewed, counted from a moment before the renewal was asked for.
    pub fn renew(&self, until: Duration) {
        self.renewed
            .store(millis(self.clock.uptime()), Ordering::Release);
        self.until.fetch_max(millis(until), Ordering::AcqRel);
    }

    /// How long ago it was taken or renewed. One that grows past the time between two looks is about to be lost.
    pub fn age(&self) -> Duration {
        let renewed = Duration::from_millis(self.renewed.load(Ordering::Acquire));
        self.clock.uptime().saturating_sub(renewed)
    }

    /// The lease was lost.
    pub fn close(&self) {
        self.until.store(0, Ordering::Release);
    }
}

impl WriteGuard for LeaseGuard {
    fn may_write(&self) -> bool {
        millis(self.clock.uptime()) < self.until.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::memory::ManualClock;

    #[test]
    fn a_guard_closes_by_itself_and_for_good() {
        let clock = Arc::new(ManualClock::new());
        let guard = LeaseGuard::new(clock.clone(), Duration::from_secs(45));
        clock.advance(Duration::from_secs(44));
        assert!(guard.may_write());
        assert_eq!(guard.age(), Duration::from_secs(44));
        guard.renew(Duration::from_secs(89));
        assert_eq!(guard.age(), Duration::ZERO);
        clock.advance(Duration::from_secs(44));
        assert!(guard.may_write());
        clock.advance(Duration::from_secs(1));
        assert!(!guard.may_write());
        guard.renew(Duration::from_secs(134));
        assert!(guard.may_write());
        guard.close();
        assert!(!guard.may_write());
    }
}
