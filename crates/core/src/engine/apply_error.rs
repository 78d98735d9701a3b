use std::fmt;

use super::apply::Ended;
use super::finished::Finished;
use super::under_way::UnderWay;
use crate::error::{Error, ErrorKind};
use crate::plan::StepKey;

/// Why an apply ended early, and how far it came. Everything that was done stays done.
///
/// `Display` says "run again to continue" only where that can help without anything else being changed.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApplyError {
    /// Why it ended.
    pub reason: Stopped,
    /// How many there were.
    pub total: usize,
    /// The steps that were done, in the order in which they ended, with the IDs of what they made.
    pub finished: Vec<Finished>,
    /// The steps that were begun and not seen done: requests that the cloud accepted, and requests whose outcome is not
    /// known. A step that failed may be among them.
    pub under_way: Vec<UnderWay>,
}

/// The reason of an [`ApplyError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Stopped {
    /// Before the first step: a place cannot be reached, its credentials are not those of a user or role of its account,
    /// or the plan is out of order. Nothing was written.
    Refused(Error),
    /// The caller cancelled. No step has failed.
    Cancelled,
    /// The [guard](super::WriteGuard) of the run said no: another worker may write by now. No step has failed.
    LeaseLost,
    /// Steps failed, at least one.
    Failed(Vec<(StepKey, Error)>),
}

impl ApplyError {
    pub(crate) fn refused(error: Error, total: usize) -> Self {
        Self {
            reason: Stopped::Refused(error),
            total,
            finished: Vec::new(),
            under_way: Vec::new(),
        }
    }

    /// The end of a plan of which not all steps are done: without failures it was cancelled.
    pub(super) fn stopped(ended: Ended, finished: Vec<Finished>, total: usize) -> Self {
        let reason = match (ended.failures.is_empty(), ended.lost_lease) {
            (false, _) => Stopped::Failed(ended.failures),
            (true, true) => Stopped::LeaseLost,
            (true, false) => Stopped::Cancelled,
        };
        Self {
            reason,
            total,
            finished,
            under_way: Vec::new(),
        }
    }

    pub(super) fn with_under_way(mut self, under_way: Vec<UnderWay>) -> Self {
        self.under_way = under_way;
        self
    }

    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.finished.len()
    }

    /// The steps that failed, with their errors.
    pub fn failures(&self) -> &[(StepKey, Error)] {
        match &self.reason {
            Stopped::Failed(failures) => failures,
            Stopped::Refused(_) | Stopped::Cancelled | Stopped::LeaseLost => &[],
        }
    }

    /// The failures by their reasons: steps that lack the same permission fail side by side, and are told once.
    pub fn reasons(&self) -> Vec<(Vec<&StepKey>, &Error)> {
        let reason = |error: &Error| {
            let account = error.place().map(|place| place.account.clone());
            let operation = error.operation().map(str::to_owned);
            let code = error.code().map(str::to_owned);
            (error.kind(), account, operation, code)
        };
        let mut reasons: Vec<(Vec<&StepKey>, &Error)> = Vec::new();
        for (key, error) in self.failures() {
            let lacks = error.kind() == ErrorKind::PermissionDenied && error.operation().is_some();
            let same = |(_, other): &&mut (Vec<&StepKey>, &Error)| reason(other) == reason(error);
            match reasons.iter_mut().find(same).filter(|_| lacks) {
                Some((keys, _)) => keys.push(key),
                None => reasons.push((vec![key], error)),
            }
        }
        reasons
    }

    /// What went wrong: the kind of the first error, or [`Cancelled`](ErrorKind::Cancelled).
    pub fn kind(&self) -> ErrorKind {
        match &self.reason {
            Stopped::Refused(error) => error.kind(),
            Stopped::Cancelled => ErrorKind::Cancelled,
            Stopped::LeaseLost => ErrorKind::LeaseLost,
            Stopped::Failed(failures) => failures
                .first()
                .map_or(ErrorKind::Failed, |(_, error)| error.kind()),
        }
    }

    /// Whether the same apply may come further later, without anything else being changed.
    pub fn may_continue(&self) -> bool {
        match &self.reason {
            Stopped::Refused(error) => error.may_pass(),
            Stopped::Cancelled | Stopped::LeaseLost => true,
            Stopped::Failed(failures) => failures.iter().all(|(_, error)| error.may_pass()),
        }
    }
}

impl ApplyError {
    /// How far it came and whether running it again helps, without the errors.
    pub fn summary(&self) -> String {
        let (done, total) = (self.done(), self.total);
        let again = match (self.may_continue(), &self.reason) {
            (false, _) => "",
            // Nothing was begun that could be continued.
            (true, Stopped::Refused(_)) => "; run again",
            (true, _) => "; run again to continue",
        };
        match &self.reason {
            Stopped::Refused(_) => format!("nothing was written{again}"),
            Stopped::Cancelled => format!("cancelled after {done} of {total} steps{again}"),
            Stopped::LeaseLost => format!("lost lease after {done} of {total} steps{again}"),
            Stopped::Failed(_) => format!("stopped after {done} of {total} steps{again}"),
        }
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        match &self.reason {
            Stopped::Refused(error) => write!(f, ": {error}")?,
            Stopped::Cancelled | Stopped::LeaseLost => {}
            Stopped::Failed(_) => {
                for (keys, error) in self.reasons() {
                    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                    write!(f, "\n  {}: {error}", keys.join(", "))?;
                }
            }
        }
        for step in &self.under_way {
            write!(f, "\n  {step}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The errors themselves are in the message.
        match &self.reason {
            Stopped::Refused(error) => error.source(),
            Stopped::Cancelled | Stopped::LeaseLost | Stopped::Failed(_) => None,
        }
    }
}

/// Keeps the kind. The error of a refusal stays as it is; of failed steps the message tells all, and the source is the
/// [`ApplyError`].
impl From<ApplyError> for Error {
    fn from(error: ApplyError) -> Self {
        match error.reason {
            Stopped::Refused(error) => error,
            // The engine has repeated what it made sense to repeat.
            Stopped::Cancelled | Stopped::LeaseLost | Stopped::Failed(_) => {
                Self::new(error.kind(), error.to_string())
                    .exhausted()
                    .with_source(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CloudName, Place};

    fn one_done() -> Finished {
        let place = Place::new(CloudName::from_static("memory"), "1111", "r1");
        Finished {
            key: StepKey::create("hub/h".into()),
            place,
            id: Some("cen-1".to_owned()),
        }
    }

    fn failed(kinds: &[ErrorKind]) -> ApplyError {
        let failures = kinds
            .iter()
            .map(|kind| {
                (
                    StepKey::create("network/n".into()),
                    Error::new(*kind, "told"),
                )
            })
            .collect();
        stopped(failures, vec![one_done()])
    }

    fn stopped(failures: Vec<(StepKey, Error)>, finished: Vec<Finished>) -> ApplyError {
        let ended = Ended {
            failures,
            lost_lease: false,
        };
        ApplyError::stopped(ended, finished, 3)
    }

    #[test]
    fn running_again_is_advised_only_where_it_can_help() {
        let told = |kinds: &[ErrorKind]| failed(kinds).to_string();
        assert_eq!(
            told(&[ErrorKind::Throttled]),
            "stopped after 1 of 3 steps; run again to continue\n  network/n: throttled: told"
        );
        assert_eq!(
            told(&[ErrorKind::PermissionDenied]),
            "stopped after 1 of 3 steps\n  network/n: permission denied: told"
        );
        let mixed = [ErrorKind::Throttled, ErrorKind::QuotaExceeded];
        assert!(!told(&mixed).contains("run again"));
        assert_eq!(
            told(&[]),
            "cancelled after 1 of 3 steps; run again to continue"
        );
        let refused = Error::new(ErrorKind::Unauthenticated, "keys of another account");
        assert_eq!(
            ApplyError::refused(refused, 3).to_string(),
            "nothing was written: credentials refused: keys of another account"
        );
        let busy = Error::new(ErrorKind::Unavailable, "told");
        let busy = ApplyError::refused(busy, 3).to_string();
        assert_eq!(busy, "nothing was written; run again: unavailable: told");
    }

    #[test]
    fn a_lost_lease_is_no_failure() {
        let ended = Ended {
            failures: Vec::new(),
            lost_lease: true,
        };
        let error = ApplyError::stopped(ended, vec![one_done()], 3);
        assert_eq!(
            error.to_string(),
            "lost lease after 1 of 3 steps; run again to continue"
        );
        assert_eq!(error.kind(), ErrorKind::LeaseLost);
        assert!(error.failures().is_empty());
    }

    #[test]
    fn steps_that_lack_one_permission_are_told_together() {
        let denied = |operation: &str| {
            Error::new(ErrorKind::PermissionDenied, "may not").with_operation(operation)
        };
        let failures = [
            ("network/a", "CreateVpc"),
            ("network/b", "CreateVpc"),
            ("hub/c", "CreateCen"),
        ]
        .map(|(key, operation)| (StepKey::create(key.into()), denied(operation)));
        let told = stopped(failures.into(), Vec::new()).to_string();
        assert_eq!(
            told,
            "stopped after 0 of 3 steps\n  network/a, network/b: permission denied (CreateVpc): may not\n  \
             hub/c: permission denied (CreateCen): may not"
        );
    }

    #[test]
    fn what_does_not_pass_by_waiting_is_not_to_be_run_again() {
        let held = Error::new(ErrorKind::InUse, "held").lasting();
        let failures = vec![(StepKey::delete("network/n".into()), held)];
        let told = stopped(failures, vec![one_done()]).to_string();
        assert_eq!(
            told,
            "stopped after 1 of 3 steps\n  delete:network/n: still in use: held"
        );
    }

    #[test]
    fn as_an_error_it_keeps_its_kind_and_is_not_retried() {
        let error = Error::from(failed(&[ErrorKind::Throttled]));
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(!error.is_retryable());
        assert!(std::error::Error::source(&error).is_some_and(|source| source.is::<ApplyError>()));
        assert_eq!(Error::from(failed(&[])).kind(), ErrorKind::Cancelled);
        let refused = Error::new(ErrorKind::Unauthenticated, "told").with_code("C");
        let error = Error::from(ApplyError::refused(refused, 3));
        assert_eq!(error.code(), Some("C"));
    }
}
