//! What to do after a failed attempt. Pure.

use std::time::{Duration, SystemTime};

use landbridge_core::retry::Backoff;
use landbridge_core::{Error, ErrorKind};

use super::answer::{Effect, Fault};
use crate::request::Intent;

const MOST_ATTEMPTS: u32 = 5;

/// The course of one request over its attempts.
#[derive(Debug)]
pub(super) struct Course {
    intent: Intent,
    backoff: Backoff,
    attempt: u32,
    /// Whether some attempt may have taken effect.
    lost: bool,
    resynced: bool,
    renewed: bool,
}

/// The next thing to do.
#[derive(Debug)]
pub(super) enum Next {
    /// Report the error.
    Give(Error),
    /// Wait, then send again.
    Wait(Duration),
    /// Take over the cloud's time, then send again.
    SetTime(SystemTime),
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
            resynced: false,
            renewed: false,
        }
    }

    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    pub(super) fn next(&mut self, fault: Fault, chance: f64) -> Next {
        self.attempt += 1;
        self.lost |= fault.effect == Effect::Unknown;
        match (fault.error.kind(), fault.date) {
            (ErrorKind::ClockSkew, Some(date)) if !self.resynced => {
                self.resynced = true;
                Next::SetTime(date)
            }
            (ErrorKind::SessionExpired, _) if !self.renewed => {
                self.renewed = true;
                Next::Renew
            }
            _ if self.attempt < MOST_ATTEMPTS && self.may_repeat(&fault) => {
                Next::Wait(self.delay(&fault.error, chance))
            }
            _ => Next::Give(self.settle(fault.error)),
        }
    }

    fn may_repeat(&self, fault: &Fault) -> bool {
        let harmless = fault.effect == Effect::None || self.intent.may_repeat();
        match fault.error.kind() {
            ErrorKind::Throttled => true,
            ErrorKind::Unavailable => harmless,
            ErrorKind::Malformed => harmless && !fault.lasting,
            _ => false,
        }
    }

    fn delay(&self, error: &Error, chance: f64) -> Duration {
        let own = || self.backoff.delay(self.attempt, chance);
        error.retry_after().unwrap_or_else(own)
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

    fn given(next: Next) -> ErrorKind {
        match next {
            Next::Give(error) => error.kind(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_lost_write_without_token_is_never_repeated() {
        let mut course = Course::new(Intent::Once);
        assert_eq!(
            given(course.next(Fault::lost("x"), 0.0)),
            ErrorKind::OutcomeUnknown
        );
    }

    #[test]
    fn a_write_that_never_left_is_repeated() {
        let mut course = Course::new(Intent::Once);
        assert!(matches!(
            course.next(Fault::unsent("x"), 0.0),
            Next::Wait(_)
        ));
    }

    #[test]
    fn a_lost_write_with_token_is_repeated_a_bounded_number_of_times() {
        let mut course = Course::new(Intent::Tokened);
        for _ in 1..MOST_ATTEMPTS {
            assert!(matches!(course.next(Fault::lost("x"), 0.0), Next::Wait(_)));
        }
        assert_eq!(
            given(course.next(Fault::lost("x"), 0.0)),
            ErrorKind::OutcomeUnknown
        );
    }

    #[test]
    fn a_lost_read_is_just_unavailable() {
        let mut course = Course::new(Intent::Read);
        for _ in 1..MOST_ATTEMPTS {
            course.next(Fault::lost("x"), 0.0);
        }
        assert_eq!(
            given(course.next(Fault::lost("x"), 0.0)),
            ErrorKind::Unavailable
        );
    }
}
