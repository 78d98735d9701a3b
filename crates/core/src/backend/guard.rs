//! The right to write that a run holds from outside, such as a lease.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// Says whether a run may still write, such as a lease that one of several workers has.
///
/// It is asked when a write passes the gate, and again before each attempt to send it: between the two lie a journal, a rate
/// budget and pauses, and the worker may have been frozen there. Once it has said no, the run writes nothing any more, also
/// if it would say yes later, and ends as [`LeaseLost`](crate::ErrorKind::LeaseLost). What was sent before is waited for as in
/// a run that is [stopped](crate::engine::Engine::with_cancellation).
///
/// - It answers at once, from what it knows: a lease knows until when it is held.
/// - When in doubt, it says no.
pub trait WriteGuard: Debug + Send + Sync + 'static {
    /// Whether a write may begin now.
    fn may_write(&self) -> bool;
}

/// The guard of one run. Its first no is its last word.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    guard: Option<Arc<dyn WriteGuard>>,
    closed: AtomicBool,
}

impl Latch {
    pub(crate) fn new(guard: Option<Arc<dyn WriteGuard>>) -> Self {
        Self {
            guard,
            closed: AtomicBool::new(false),
        }
    }

    /// # Errors
    /// [`LeaseLost`](ErrorKind::LeaseLost) once the guard has said no.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(guard) = &self.guard else {
            return Ok(());
        };
        if self.closed.load(Ordering::Acquire) || !guard.may_write() {
            self.closed.store(true, Ordering::Release);
            return Err(lost());
        }
        // Another write may have been refused meanwhile.
        match self.closed.load(Ordering::Acquire) {
            true => Err(lost()),
            false => Ok(()),
        }
    }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::LeaseLost,
        "the lease of this run has ended; nothing more is written",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Flickering(AtomicBool);

    impl WriteGuard for Flickering {
        fn may_write(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn the_first_no_is_the_last_word() {
        let guard = Arc::new(Flickering(AtomicBool::new(true)));
        let latch = Latch::new(Some(guard.clone()));
        assert!(latch.check().is_ok());
        guard.0.store(false, Ordering::Relaxed);
        assert!(latch.check().is_err());
        guard.0.store(true, Ordering::Relaxed);
        let error = latch.check().expect_err("closed for good");
        assert_eq!(error.kind(), ErrorKind::LeaseLost);
        assert!(!error.is_retryable());
    }

    #[test]
    fn without_a_guard_everything_may_be_written() {
        assert!(Latch::default().check().is_ok());
    }
}
