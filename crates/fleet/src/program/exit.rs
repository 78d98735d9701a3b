//! How the program ends.

use std::io::Write;
use std::process::ExitCode;

use landbridge_core::topology::TopologyError;
use landbridge_core::{Error, ErrorKind};

/// The table that `--help` shows.
pub(crate) const HELP: &str = "\
Exit codes:
    0  success
    1  the program, the folder of orders or a cloud failed
    2  invalid input: arguments, topology file, keys; or an order that the state of the topology does not allow
    5  a topology does not stand as it is declared (`--wait`), or `plan` found what differs or is wrong
    6  `--wait` ended before the topology stood
  130  ended by a second signal before the runs under way had ended";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok = 0,
    Unexpected = 1,
    BadInput = 2,
    Unproven = 5,
    Undecided = 6,
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error and the exit code with which it ends the program.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
    remedy: Option<String>,
}

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::BadInput,
            error: anyhow::Error::msg(message.into()),
            remedy: None,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Unexpected,
            error,
            remedy: None,
        }
    }
}

impl From<TopologyError> for Failure {
    fn from(error: TopologyError) -> Self {
        Self::bad_input(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::InvalidInput
            | ErrorKind::NotFound
            | ErrorKind::InUse
            | ErrorKind::Busy
            | ErrorKind::Unauthenticated
            | ErrorKind::Unsupported => Exit::BadInput,
            _ => Exit::Unexpected,
        };
        Self {
            exit,
            remedy: error.remedy().map(str::to_owned),
            error: error.into(),
        }
    }
}

/// Tells what went wrong, on standard error.
pub(crate) fn complain(failure: Failure) -> Exit {
    let mut lines = std::io::stderr().lock();
    // There is nowhere else to tell it.
    let _ = writeln!(lines, "error: {}", failure.error);
    if let Some(remedy) = &failure.remedy {
        let _ = writeln!(lines, "  to do: {remedy}");
    }
    for cause in failure.error.chain().skip(1) {
        let _ = writeln!(lines, "  because: {cause}");
    }
    failure.exit
}
