//! Exit codes, and errors that know theirs.

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
    Cancelled = 130,
}

/// The table that `-h` and `--help` show.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done, and what was to be proven is proven
    1  an error of a cloud or of this program
    2  bad input: arguments, topology file, missing credentials or password, keys of another account
    3  refused by preflight or other findings, somebody else's object, or not confirmed; nothing was written
    4  a command with several writes stopped at an error of one; run again to continue
    5  verification failed, something was left over, a second plan was not empty, or a role is not as wanted
  130  cancelled with Ctrl-C; run again to continue

Ctrl-C once stops before the next write and reports; twice ends the program at once.";

impl Exit {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// This code, unless an earlier failure has one.
    pub(crate) fn and(self, later: Self) -> Self {
        if self == Self::Ok { later } else { self }
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

    pub(crate) fn cancelled() -> Self {
        Self::new(
            Exit::Cancelled,
            anyhow::Error::msg("cancelled; nothing was written"),
        )
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
