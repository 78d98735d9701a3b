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

    /// Whether another worker may take it: `grace` after its end, because clocks of machines differ.
    pub(crate) fn is_free_at(&self, now: Moment, grace: Duration) -> bool {
        now > self.until.after(grace)
    }
}

/// What the engine asks before each write: whether the lease is still held, by the clock of this worker that never goes back.
#[derive(Debug)]
pub struct LeaseGuard {
    clock: Arc<dyn Clock>,
    /// In milliseconds of the clock's uptime.
    until: AtomicU64,
}

impl LeaseGuard {
    /// A lease that is held until `until`, in the clock's uptime.
    pub fn new(clock: Arc<dyn Clock>, until: Duration) -> Self {
        Self {
            clock,
            until: AtomicU64::new(millis(until)),
        }
    }

    /// The lease was renewed, counted from a moment before the renewal was asked for.
    pub fn renew(&self, until: Duration) {
        self.until.fetch_max(millis(until), Ordering::AcqRel);
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
        guard.renew(Duration::from_secs(89));
        clock.advance(Duration::from_secs(44));
        assert!(guard.may_write());
        clock.advance(Duration::from_secs(1));
        assert!(!guard.may_write());
        guard.renew(Duration::from_secs(134));
        assert!(guard.may_write());
        guard.close();
        assert!(!guard.may_write());
    }

    #[test]
    fn another_worker_waits_for_the_grace() {
        let now = Moment::default();
        let lease = Lease::new("w1", now.after(Duration::from_secs(45)));
        let grace = Duration::from_secs(15);
        assert!(!lease.is_free_at(now.after(Duration::from_secs(60)), grace));
        assert!(lease.is_free_at(now.after(Duration::from_secs(61)), grace));
    }
}
