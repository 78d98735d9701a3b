//! Errors of ours on their way through the server, which knows a code and a message only.

use std::time::Duration;

use landbridge_core::{Error, ErrorKind, Failure};
use restate_sdk::prelude::TerminalError;

/// An error that the server does not try again: its message is the [`Failure`] as JSON.
pub(super) fn refusal(error: &Error) -> TerminalError {
    let failure = Failure::of(error);
    let message = serde_json::to_string(&failure).unwrap_or(failure.message);
    TerminalError::new_with_code(status_of(error.kind()), message)
}

fn status_of(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::InvalidInput => 400,
        ErrorKind::NotFound => 404,
        ErrorKind::Refused => 412,
        _ => 409,
    }
}

/// The error that a message was made of, if it was.
pub(super) fn read(message: &str) -> Option<Error> {
    let failure: Failure = serde_json::from_str(message).ok()?;
    let mut error = Error::new(failure.kind, failure.message);
    if let Some(operation) = failure.operation {
        error = error.with_operation(operation);
    }
    if let Some(place) = failure.place {
        error = error.with_place(place);
    }
    if let Some(code) = failure.code {
        error = error.with_code(code);
    }
    if let Some(id) = failure.request_id {
        error = error.with_request_id(id);
    }
    if let Some(remedy) = failure.remedy {
        error = error.with_remedy(remedy);
    }
    let seconds = failure.retry_after;
    if let Some(after) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        error = error.with_retry_after(after);
    }
    Some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_arrives_as_it_was_sent() {
        let error = Error::new(ErrorKind::Refused, "expected generation 2, found 3")
            .with_code("other-generation")
            .with_remedy("read its status")
            .with_retry_after(Duration::from_secs(2));
        let sent = refusal(&error);
        assert_eq!(sent.code(), 412);
        let arrived = read(sent.message()).expect("an error");
        assert_eq!(Failure::of(&arrived), Failure::of(&error));
        assert!(read("service not found").is_none());
    }
}
