//! What to do after a failed attempt. Pure.

use std::time::Duration;

use landbridge_core::retry::Backoff;
use landbridge_core::{Error, ErrorKind};

use super::fault::{Effect, Fault};
use super::operation::Intent;

const MOST_ATTEMPTS: u32 = 3;

/// The course of one call over its attempts.
#[derive(Debug)]
pub(super) struct Course {
    intent: Intent,
    backoff: Backoff,
    attempt: u32,
    /// Whether some attempt may have taken effect.
    lost: bool,
    renewed: bool,
}

/// The next thing to do.
#[derive(Debug)]
pub(super) enum Next {
    /// Report the error.
    Give(Error),
    /// Wait, then send again.
    Wait(Duration),
    /// Fetch other keys, then send again.
    Renew,
}

impl Course {
    pub(super) fn new(intent: Intent) -> Self {
        Self {
            intent,
            backoff: Backoff::default(),
            attempt: 0,
            lost: false,
            renewed: false,
        }
    }

    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    pub(super) fn next(&mut self, fault: Fault, chance: f64) -> Next {
        self.attempt += 1;
        self.lost |= fault.effect == Effect::Unknown;
        let kind = fault.error.kind();
        if kind == ErrorKind::SessionExpired && !self.renewed {
            self.renewed = true;
            return Next::Renew;
        }
        if self.attempt < MOST_ATTEMPTS && self.may_repeat(kind, fault.effect) {
            return Next::Wait(self.backoff.delay(self.attempt, chance));
        }
        Next::Give(self.settle(fault.error))
    }

    fn may_repeat(&self, kind: ErrorKind, effect: Effect) -> bool {
        match kind {
            ErrorKind::Throttled => true,
            ErrorKind::Unavailable => effect == Effect::None || self.intent != Intent::Once,
            _ => false,
        }
    }

    fn settle(&self, error: Error) -> Error {
        let unsettled = matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::Malformed | ErrorKind::Throttled
        );
        if self.lost && unsettled && self.intent != Intent::Read {
            return error
                .with_kind(ErrorKind::OutcomeUnknown)
                .with_remedy("read back what became of it before sending it again");
        }
        match error.kind() {
            ErrorKind::SessionExpired => error.exhausted(),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: ErrorKind, effect: Effect) -> Fault {
        Fault {
            error: Error::new(kind, "x"),
            effect,
        }
    }

    fn lost() -> Fault {
        fault(ErrorKind::Unavailable, Effect::Unknown)
    }

    fn given(next: Next) -> ErrorKind {
        match next {
            Next::Give(error) => error.kind(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_lost_create_is_never_repeated() {
        let mut course = Course::new(Intent::Once);
        assert_eq!(given(course.next(lost(), 0.0)), ErrorKind::OutcomeUnknown);
    }

    #[test]
    fn a_create_that_never_left_or_was_throttled_is_repeated() {
        for kind in [ErrorKind::Unavailable, ErrorKind::Throttled] {
            let mut course = Course::new(Intent::Once);
            let next = course.next(fault(kind, Effect::None), 0.0);
            assert!(matches!(next, Next::Wait(_)));
        }
    }

    #[test]
    fn a_lost_repeatable_write_is_repeated_a_bounded_number_of_times() {
        let mut course = Course::new(Intent::Repeatable);
        for _ in 1..MOST_ATTEMPTS {
            assert!(matches!(course.next(lost(), 0.0), Next::Wait(_)));
        }
        assert_eq!(given(course.next(lost(), 0.0)), ErrorKind::OutcomeUnknown);
    }

    #[test]
    fn a_lost_read_is_just_unavailable() {
        let mut course = Course::new(Intent::Read);
        for _ in 1..MOST_ATTEMPTS {
            course.next(lost(), 0.0);
        }
        assert_eq!(given(course.next(lost(), 0.0)), ErrorKind::Unavailable);
    }

    #[test]
    fn an_expired_session_is_renewed_once() {
        let mut course = Course::new(Intent::Once);
        let expired = || fault(ErrorKind::SessionExpired, Effect::None);
        assert!(matches!(course.next(expired(), 0.0), Next::Renew));
        match course.next(expired(), 0.0) {
            Next::Give(error) => assert!(!error.is_retryable()),
            other => panic!("{other:?}"),
        }
    }
}
