//! What a failed attempt tells. Pure.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use landbridge_core::{Error, ErrorKind};

use crate::error::lookup;

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Error,
    pub(super) effect: Effect,
}

/// Whether the request may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It was not.
    None,
    /// Nobody knows.
    Unknown,
}

impl Fault {
    fn new(kind: ErrorKind, message: impl Into<String>, effect: Effect) -> Self {
        Self {
            error: Error::new(kind, message),
            effect,
        }
    }

    fn caused_by(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            error: self.error.with_source(source),
            ..self
        }
    }

    /// Reads the SDK's error. The service's codes are strings: its errors have no variants for them.
    pub(super) fn of<E>(operation: &str, failure: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let fault = match &failure {
            SdkError::ServiceError(refusal) => {
                let raw = refusal.raw();
                let fault = refused(operation, refusal.err(), raw.status().as_u16());
                let known = failure.request_id().map(str::to_owned);
                let known = known.or_else(|| request_id_in(raw.body().bytes()?));
                // All that the service said is in the fault already.
                return match known {
                    Some(id) => Self {
                        error: fault.error.with_request_id(id),
                        ..fault
                    },
                    None => fault,
                };
            }
            SdkError::ConstructionFailure(_) => Self::new(
                ErrorKind::InvalidInput,
                "the request cannot be built",
                Effect::None,
            ),
            SdkError::TimeoutError(_) => Self::new(
                ErrorKind::Unavailable,
                "there was no answer in time",
                Effect::Unknown,
            ),
            SdkError::ResponseError(answer) => unreadable(answer.raw().status().as_u16()),
            _ => undelivered(&failure),
        };
        fault.caused_by(failure)
    }
}

fn refused(operation: &str, error: &impl ProvideErrorMetadata, status: u16) -> Fault {
    let Some(code) = error.code() else {
        return unreadable(status);
    };
    let message = error.message().unwrap_or("the cloud refused").to_owned();
    let row = lookup(operation, code);
    let kind = match row {
        Some(row) => row.kind,
        None if status >= 500 => ErrorKind::Unavailable,
        None => ErrorKind::Refused,
    };
    let effect = match kind {
        ErrorKind::Unavailable => Effect::Unknown,
        _ => Effect::None,
    };
    let fault = Fault::new(kind, message, effect);
    let mut error = fault.error.with_code(code);
    if let Some(row) = row {
        error = error.with_remedy(row.remedy);
    }
    Fault { error, effect }
}

// The cloud repeats the id of its header in the body; emulators leave the header out.
fn request_id_in(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let start = ["<RequestID>", "<RequestId>", "<requestId>"]
        .iter()
        .find_map(|tag| Some(text.find(tag)? + tag.len()))?;
    let id = text[start..].split('<').next()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

// No code: it is a proxy's or a gateway's answer, or a torn one.
fn unreadable(status: u16) -> Fault {
    match status {
        500.. => Fault::new(
            ErrorKind::Unavailable,
            format!("status {status} without an error code"),
            Effect::Unknown,
        ),
        400..=499 => Fault::new(
            match status {
                401 => ErrorKind::Unauthenticated,
                403 => ErrorKind::PermissionDenied,
                _ => ErrorKind::Refused,
            },
            format!("status {status} without an error code"),
            Effect::None,
        )
        .remedied("check the endpoint: this is not the cloud's answer"),
        _ => Fault::new(
            ErrorKind::Malformed,
            "the answer could not be understood",
            Effect::Unknown,
        ),
    }
}

impl Fault {
    fn remedied(self, remedy: &str) -> Self {
        Self {
            error: self.error.with_remedy(remedy),
            ..self
        }
    }
}

// The request was not answered: no keys, no connection, or a connection that broke.
fn undelivered(failure: &(dyn StdError + 'static)) -> Fault {
    if let Some(own) = find::<Error>(failure) {
        let fault = Fault::new(own.kind(), own.message(), Effect::None);
        return match own.remedy() {
            Some(remedy) => fault.remedied(remedy),
            None => fault,
        };
    }
    if find::<CredentialsError>(failure).is_some() {
        return Fault::new(
            ErrorKind::Unauthenticated,
            "there are no keys to sign with",
            Effect::None,
        );
    }
    let connecting =
        find::<hyper_util::client::legacy::Error>(failure).is_some_and(|error| error.is_connect());
    if connecting {
        return Fault::new(
            ErrorKind::Unavailable,
            "the cloud cannot be reached",
            Effect::None,
        );
    }
    Fault::new(
        ErrorKind::Unavailable,
        "the connection broke before the answer",
        Effect::Unknown,
    )
}

/// The first cause of type `E`.
pub(crate) fn find<'e, E: StdError + 'static>(
    error: &'e (dyn StdError + 'static),
) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
