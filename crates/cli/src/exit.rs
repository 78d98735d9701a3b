//! Exit codes, and errors with their exit codes.

use std::process::ExitCode;

use landbridge_core::engine::{ApplyError, Stopped};
use landbridge_core::topology::TopologyError;
use landbridge_core::{Error, ErrorKind};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok = 0,
    Unexpected = 1,
    BadInput = 2,
    Refused = 3,
    Stopped = 4,
    Unproven = 5,
    Undecided = 6,
    Waiting = 7,
    HungUp = 129,
    Cancelled = 130,
    Terminated = 143,
}

/// The table that `-h` and `--help` show.
pub(crate) const HELP: &str = "\
Exit codes:
    0  success; every check passed
    1  a cloud or the program failed, the result could not be written to standard output, or a recording is incomplete
    2  invalid input: arguments, topology file, credentials, password, or keys of another account
    3  refused before the first write: preflight findings, an object with another owner's mark, or not confirmed
    4  stopped after an error between writes; correct what the error names, then run the command again
    5  a check failed: verification, a second opinion that disagrees, leftovers, a second plan with changes, a role that
       differs from the options; or a plan with `--detailed-exitcode` has steps
    6  a check could not be decided: something that others made is not understood, an analyser that was asked for a second
       opinion has none, or a discovery, a refresh of prices, or the search for leftovers, could not read something;
       nothing failed
    7  waiting for peer: our part is planned or done, and the owner of an account that is `held-by: other` has to do theirs
  130  cancelled with Ctrl-C (129 by SIGHUP, 143 by SIGTERM); run the command again to continue

Ctrl-C, SIGTERM and SIGHUP stop the command: it sends no further write, waits up to 30 s for the answers to calls under
way, and reports what is done, under way and unsettled. A second signal stops the waiting, a third the program.";

impl Exit {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// This code, unless an earlier failure has one.
    pub(crate) fn and(self, later: Self) -> Self {
        if self == Self::Ok { later } else { self }
    }

    /// How a command ends that judged something. What nobody can tell proves nothing; what failed goes first.
    pub(crate) fn judged(failed: bool, undecided: bool) -> Self {
        match (failed, undecided) {
            (true, _) => Self::Unproven,
            (false, true) => Self::Undecided,
            (false, false) => Self::Ok,
        }
    }

    /// `Unproven` unless `proven`.
    pub(crate) fn proven(proven: bool) -> Self {
        if proven { Self::Ok } else { Self::Unproven }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// An error and the exit code it ends the program with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Exit::BadInput, anyhow::Error::msg(message.into()))
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, anyhow::Error::msg(message.into()))
    }

    /// A signal came. [`Output::finish`](crate::output::Output::finish) says what had been done by then.
    pub(crate) fn cancelled() -> Self {
        Self::new(Exit::Cancelled, anyhow::Error::msg("cancelled"))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Unexpected, error)
    }
}

impl From<TopologyError> for Failure {
    fn from(error: TopologyError) -> Self {
        Self::new(Exit::BadInput, error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::Unauthenticated => Exit::BadInput,
            ErrorKind::Cancelled => Exit::Cancelled,
            _ => Exit::Unexpected,
        };
        Self::new(exit, error)
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error.reason {
            Stopped::Refused(error) => error.into(),
            Stopped::Cancelled => Self::new(Exit::Cancelled, error),
            _ => Self::new(Exit::Stopped, error),
        }
    }
}
