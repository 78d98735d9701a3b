//! What a person can do about a permission that is missing: the command that shows the policy which has it.

use std::path::Path;

use landbridge_core::engine::{ApplyError, Stopped};
use landbridge_core::handover::shell_word;
use landbridge_core::{Error, ErrorKind};

use crate::exit::Failure;
use crate::told::Who;

/// The failure, with that command where a cloud refused an action for want of a permission.
///
/// A saved plan and a journal are no topology file, which that command could read.
pub(super) fn with_command(failure: Failure, file: Option<(&Path, &Who)>) -> Failure {
    let Some((file, who)) = file.filter(|_| lacks(&failure)) else {
        return failure;
    };
    let Failure { exit, error } = failure;
    let error = match error.downcast::<Error>() {
        Ok(error) => told(error, file, who).into(),
        Err(error) => match error.downcast::<ApplyError>() {
            Ok(stopped) => all_told(stopped, file, who).into(),
            Err(error) => error,
        },
    };
    Failure { exit, error }
}

fn lacks(failure: &Failure) -> bool {
    let error = failure.error.downcast_ref::<Error>();
    let stopped = failure.error.downcast_ref::<ApplyError>();
    error.is_some_and(is_refusal)
        || stopped.is_some_and(|stopped| {
            stopped
                .failures()
                .iter()
                .any(|(_, error)| is_refusal(error))
        })
}

// What a cloud itself refused has an operation and a code.
fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied
        && error.operation().is_some()
        && error.code().is_some()
}

fn all_told(mut stopped: ApplyError, file: &Path, who: &Who) -> ApplyError {
    if let Stopped::Failed(failures) = &mut stopped.reason {
        let failed = std::mem::take(failures).into_iter();
        *failures = failed
            .map(|(key, error)| (key, told(error, file, who)))
            .collect();
    }
    stopped
}

fn told(error: Error, file: &Path, who: &Who) -> Error {
    let name = error.place().and_then(|place| who.name_at(place));
    let Some(name) = name.filter(|_| is_refusal(&error)) else {
        return error;
    };
    let (file, name) = (shell_word(&file.display().to_string()), shell_word(name));
    let command = format!(
        "`landbridge policy {file} --account {name}` shows the policy that allows what this file needs"
    );
    let remedy = match error.remedy() {
        Some(remedy) => format!("{remedy}; {command}"),
        None => command,
    };
    error.with_remedy(remedy)
}
