//! What to do after a failed attempt. Pure.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use crate::error::{Error, ErrorKind};
use crate::retry::Backoff;

/// Whether a failed request can have taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It did not: it was refused, or never arrived.
    None,
    /// The answer was lost, so it may have.
    Unknown,
}

/// What may be done when the answer to a request is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It changes nothing: send it again.
    Read,
    /// It ends in the same state however often it is sent, because it carries a token or names are unique: send it again.
    Repeatable,
    /// A second one may make a second object: read back first.
    Once,
}

impl Intent {
    /// Whether the same request may be sent again without knowing what became of it.
    pub fn may_repeat(self) -> bool {
        self != Self::Once
    }
}

/// Why an attempt failed.
#[derive(Debug)]
pub struct Fault {
    /// The error.
    pub error: Error,
    /// Whether the request can have taken effect.
    pub effect: Effect,
    /// Whether the same request would fail in the same way.
    pub lasting: bool,
    /// The cloud's time, if the answer told it and the backend can take it over.
    pub date: Option<SystemTime>,
}

impl Fault {
    /// A fault that may pass.
    pub fn new(error: Error, effect: Effect) -> Self {
        Self {
            error,
            effect,
            lasting: false,
            date: None,
        }
    }

    /// A mistake of the caller or the backend, found before anything was sent.
    pub fn own(error: Error) -> Self {
        Self {
            lasting: true,
            ..Self::new(error, Effect::None)
        }
    }

    /// The request was never sent.
    pub fn unsent(message: impl Into<String>) -> Self {
        Self::new(Error::new(ErrorKind::Unavailable, message), Effect::None)
    }

    /// The request may have arrived, and its answer did not.
    pub fn lost(message: impl Into<String>) -> Self {
        Self::new(Error::new(ErrorKind::Unavailable, message), Effect::Unknown)
    }

    /// The answer came whole and makes no sense, and would not another time.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self {
            lasting: true,
            ..Self::new(Error::new(ErrorKind::Malformed, message), Effect::Unknown)
        }
    }

    /// A bound of ours was passed while the answer was read; another attempt would pass it too.
    pub fn too_much(error: Error) -> Self {
        Self {
            lasting: true,
            ..Self::new(error, Effect::Unknown)
        }
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.error = self.error.with_source(source);
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.error = self.error.with_remedy(remedy);
        self
    }
}

/// How many attempts of a call are made whose answer is lost, unreadable or a temporary refusal: enough to outlast a
/// short failure, and few enough that a lasting one is told soon.
pub const MOST_ATTEMPTS: u32 = 5;

/// How often one call takes over the cloud's time. Once would do if every date were right; one answer with a wrong date
/// takes one more to go back, and others may follow it, for this call or for those beside it.
const MOST_RESYNCS: u32 = 6;

/// The course of one call over its attempts.
#[derive(Debug)]
pub struct Course {
    intent: Intent,
    most_attempts: u32,
    backoff: Backoff,
    attempt: u32,
    /// Whether some attempt may have taken effect.
    lost: bool,
    /// How many answers came and could not be read.
    unreadable: u32,
    resyncs: u32,
    renewed: bool,
    /// The error of the last attempt, while another one is to come.
    last: Option<Error>,
}

/// The next thing to do.
#[derive(Debug)]
pub enum Next {
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
    /// A course of at most `most_attempts`, beside a few with the cloud's time and one with renewed keys.
    pub fn new(intent: Intent, most_attempts: u32) -> Self {
        Self {
            intent,
            most_attempts,
            backoff: Backoff::default(),
            attempt: 0,
            lost: false,
            unreadable: 0,
            resyncs: 0,
            renewed: false,
            last: None,
        }
    }

    /// What may be done when an answer is lost.
    pub fn intent(&self) -> Intent {
        self.intent
    }

    /// How many attempts have failed.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What to do after an attempt failed. Throttling is repeated; a failure of the cloud is, if the request had no effect
    /// or may be repeated. `chance` is a number in `0.0..1.0`.
    pub fn next(&mut self, fault: Fault, chance: f64) -> Next {
        self.attempt += 1;
        self.lost |= fault.effect == Effect::Unknown;
        self.unreadable += u32::from(fault.error.kind() == ErrorKind::Malformed);
        self.last = None;
        match (fault.error.kind(), fault.date) {
            (ErrorKind::ClockSkew, Some(date)) if self.resyncs < MOST_RESYNCS => {
                self.resyncs += 1;
                self.last = Some(fault.error);
                Next::SetTime(date)
            }
            (ErrorKind::SessionExpired, _) if !self.renewed => {
                self.renewed = true;
                self.last = Some(fault.error);
                Next::Renew
            }
            _ if self.attempt < self.most_attempts && self.may_repeat(&fault) => {
                let delay = self.delay(&fault.error, chance);
                self.last = Some(fault.error);
                Next::Wait(delay)
            }
            _ => Next::Give(self.settle(fault.error)),
        }
    }

    /// How the call ends where no further attempt may be made: with the last attempt's error, which tells the stop as well,
    /// or with the stop itself. A write whose answer was lost ends as unsettled.
    pub fn stop(&mut self, stop: Error) -> Error {
        let Some(last) = self.last.take() else {
            return stop;
        };
        let unsettled = self.lost && self.intent != Intent::Read;
        let message = format!("{}; {}", last.message(), stop.message());
        if unsettled {
            return unknown(last.with_message(message));
        }
        if stop.kind() == ErrorKind::Timeout {
            return self.settle(last.with_message(message)).exhausted();
        }
        let message = format!("{}; the last answer was: {last}", stop.message());
        stop.with_message(message).with_source(last)
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
            return unknown(error).with_unreadable_answers(self.unreadable);
        }
        match error.kind() {
            ErrorKind::SessionExpired => error.exhausted(),
            _ => error,
        }
    }
}

fn unknown(error: Error) -> Error {
    error
        .with_kind(ErrorKind::OutcomeUnknown)
        .with_remedy("read the object back before you send the request again")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 4;

    fn course(intent: Intent) -> Course {
        Course::new(intent, MOST)
    }

    fn given(next: Next) -> Error {
        match next {
            Next::Give(error) => error,
            other => panic!("{other:?}"),
        }
    }

    fn kind(next: Next) -> ErrorKind {
        given(next).kind()
    }

    fn refused(kind: ErrorKind) -> Fault {
        Fault::new(Error::new(kind, "x"), Effect::None)
    }

    #[test]
    fn a_lost_create_is_never_repeated() {
        let next = course(Intent::Once).next(Fault::lost("x"), 0.0);
        assert_eq!(kind(next), ErrorKind::OutcomeUnknown);
    }

    #[test]
    fn a_create_that_never_left_or_was_throttled_is_repeated() {
        for fault in [Fault::unsent("x"), refused(ErrorKind::Throttled)] {
            let next = course(Intent::Once).next(fault, 0.0);
            assert!(matches!(next, Next::Wait(_)));
        }
    }

    #[test]
    fn a_lost_repeatable_write_is_repeated_a_bounded_number_of_times() {
        let mut course = course(Intent::Repeatable);
        for _ in 1..MOST {
            assert!(matches!(course.next(Fault::lost("x"), 0.0), Next::Wait(_)));
        }
        let next = course.next(Fault::lost("x"), 0.0);
        assert_eq!(kind(next), ErrorKind::OutcomeUnknown);
    }

    #[test]
    fn a_lost_read_is_just_unavailable() {
        let mut course = course(Intent::Read);
        for _ in 1..MOST {
            course.next(Fault::lost("x"), 0.0);
        }
        let next = course.next(Fault::lost("x"), 0.0);
        assert_eq!(kind(next), ErrorKind::Unavailable);
    }

    #[test]
    fn an_answer_that_was_cut_off_is_asked_for_again_and_one_that_makes_no_sense_is_not() {
        let torn = Fault::new(Error::new(ErrorKind::Malformed, "x"), Effect::Unknown);
        let next = course(Intent::Read).next(torn, 0.0);
        assert!(matches!(next, Next::Wait(_)));
        let next = course(Intent::Read).next(Fault::unreadable("x"), 0.0);
        assert_eq!(kind(next), ErrorKind::Malformed);
    }

    #[test]
    fn an_expired_session_is_renewed_once() {
        let mut course = course(Intent::Once);
        let next = course.next(refused(ErrorKind::SessionExpired), 0.0);
        assert!(matches!(next, Next::Renew));
        let error = given(course.next(refused(ErrorKind::SessionExpired), 0.0));
        assert!(!error.is_retryable());
    }

    fn timeout() -> Error {
        Error::new(ErrorKind::Timeout, "out of time")
    }

    fn cancelled() -> Error {
        Error::new(ErrorKind::Cancelled, "cancelled")
    }

    #[test]
    fn a_call_that_runs_out_of_time_ends_with_its_last_error_and_says_so() {
        let mut course = course(Intent::Read);
        course.next(refused(ErrorKind::Throttled), 0.0);
        let error = course.stop(timeout());
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.message(), "x; out of time");
        assert!(!error.is_retryable());
        assert_eq!(course.stop(timeout()).kind(), ErrorKind::Timeout);
    }

    #[test]
    fn a_write_that_is_stopped_is_cancelled_unless_an_answer_was_lost() {
        let mut throttled = course(Intent::Once);
        throttled.next(refused(ErrorKind::Throttled), 0.0);
        assert_eq!(throttled.stop(cancelled()).kind(), ErrorKind::Cancelled);
        let mut lost = course(Intent::Repeatable);
        lost.next(Fault::lost("x"), 0.0);
        lost.next(refused(ErrorKind::Throttled), 0.0);
        assert_eq!(lost.stop(cancelled()).kind(), ErrorKind::OutcomeUnknown);
        let mut expired = course(Intent::Repeatable);
        expired.next(Fault::lost("x"), 0.0);
        expired.next(refused(ErrorKind::SessionExpired), 0.0);
        assert_eq!(expired.stop(cancelled()).kind(), ErrorKind::OutcomeUnknown);
    }

    #[test]
    fn the_cloud_s_time_is_taken_over_a_few_times() {
        let mut course = course(Intent::Once);
        let skewed = || Fault {
            date: Some(SystemTime::UNIX_EPOCH),
            ..refused(ErrorKind::ClockSkew)
        };
        for _ in 0..MOST_RESYNCS {
            assert!(matches!(course.next(skewed(), 0.0), Next::SetTime(_)));
        }
        assert_eq!(kind(course.next(skewed(), 0.0)), ErrorKind::ClockSkew);
    }

    #[test]
    fn unreadable_answers_are_counted_over_the_attempts_of_a_write() {
        let torn = || Fault::new(Error::new(ErrorKind::Malformed, "x"), Effect::Unknown);
        let mut course = course(Intent::Repeatable);
        for _ in 1..MOST {
            assert!(matches!(course.next(torn(), 0.0), Next::Wait(_)));
        }
        let error = given(course.next(torn(), 0.0));
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        assert_eq!(error.unreadable_answers(), MOST);
    }
}
