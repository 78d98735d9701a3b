//! What a failed attempt tells. Pure.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use http_body_util::LengthLimitError;
use landbridge_core::backend::codes::remedy::CLOCK;
use landbridge_core::backend::{Effect, Fault};
use landbridge_core::{Error, ErrorKind};

use super::http::MAX_BODY_BYTES;
use super::time::date_of;
use super::whole::Unfit;
use crate::error::CODES;

/// Reads the SDK's error. The service's codes are strings: its errors have no variants for them.
pub(super) fn fault_of<E>(
    operation: &str,
    failure: SdkError<E, HttpResponse>,
    signed: SystemTime,
) -> Fault
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let fault = match &failure {
        SdkError::ServiceError(refusal) => {
            let raw = refusal.raw();
            let fault = refused(operation, refusal.err(), raw.status().as_u16());
            let fault = misdated(fault, date_of(raw), signed);
            let known = failure.request_id().map(str::to_owned);
            let known = known.or_else(|| request_id_in(raw.body().bytes()?));
            // All that the service said is in the fault already.
            return match known {
                Some(id) => Fault {
                    error: fault.error.with_request_id(id),
                    ..fault
                },
                None => fault,
            };
        }
        SdkError::ConstructionFailure(_) => {
            let message = "the request cannot be built";
            Fault::own(Error::new(ErrorKind::InvalidInput, message))
        }
        SdkError::TimeoutError(_) => Fault::lost("no answer arrived in time"),
        SdkError::ResponseError(answer) => unreadable(answer.raw().status().as_u16()),
        _ => undelivered(&failure),
    };
    fault.with_source(failure)
}

fn refused(operation: &str, error: &impl ProvideErrorMetadata, status: u16) -> Fault {
    let Some(code) = error.code() else {
        return unreadable(status);
    };
    let message = error
        .message()
        .unwrap_or("the cloud refused the request and gave no reason")
        .to_owned();
    let row = CODES.lookup(operation, code);
    let kind = match row {
        Some(row) => row.kind,
        None if status >= 500 => ErrorKind::Unavailable,
        None => ErrorKind::Refused,
    };
    let effect = match kind {
        ErrorKind::Unavailable => Effect::Unknown,
        _ => Effect::None,
    };
    let error = Error::new(kind, message).with_code(code);
    let error = match row {
        Some(row) => error.with_remedy(row.remedy),
        None => error,
    };
    Fault::new(error, effect)
}

// How far off dates may be before some operation of the cloud refuses them, a little less.
const TOLERANCE: Duration = Duration::from_secs(4 * 60);

// Most services say of a wrong date that the request has expired or that the signature is wrong, as they say it of a
// session that is over and of a wrong key. The date of the answer tells which it is.
fn misdated(fault: Fault, date: Option<SystemTime>, signed: SystemTime) -> Fault {
    const SAID_OF_DATES: [&str; 4] = [
        "RequestExpired",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "AuthFailure",
    ];
    let Some(date) = date else {
        return fault;
    };
    let off = date.duration_since(signed);
    let off = off.unwrap_or_else(|error| error.duration());
    let error = match fault.error.code() {
        Some(code) if SAID_OF_DATES.contains(&code) && off > TOLERANCE => fault
            .error
            .with_kind(ErrorKind::ClockSkew)
            .with_remedy(CLOCK),
        _ => fault.error,
    };
    Fault {
        date: Some(date),
        error,
        ..fault
    }
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

// No code: a proxy or a gateway answered, or the answer was cut off.
fn unreadable(status: u16) -> Fault {
    let message = format!("status {status} without an error code");
    let kind = match status {
        500.. => return Fault::lost(message),
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::PermissionDenied,
        400..=499 => ErrorKind::Refused,
        // A good status with a broken body: most likely cut off on the way.
        _ => {
            let error = Error::new(ErrorKind::Malformed, "the answer cannot be read");
            return Fault::new(error, Effect::Unknown);
        }
    };
    Fault::new(Error::new(kind, message), Effect::None)
        .with_remedy("check the endpoint: the answer is not the cloud's")
}

// The request was not answered: no keys, no connection, or a connection that broke.
fn undelivered(failure: &(dyn StdError + 'static)) -> Fault {
    match find::<Unfit>(failure) {
        Some(Unfit::Torn(why)) => {
            return Fault::new(Error::new(ErrorKind::Malformed, why), Effect::Unknown);
        }
        Some(Unfit::Beyond(error)) => {
            let error = Error::new(error.kind(), error.message())
                .with_remedy(error.remedy().unwrap_or_default());
            return Fault::too_much(error);
        }
        None => {}
    }
    if find::<LengthLimitError>(failure).is_some() {
        let message = format!("the answer is longer than {MAX_BODY_BYTES} bytes");
        return Fault::unreadable(message);
    }
    if let Some(own) = find::<Error>(failure) {
        let fault = Fault::new(Error::new(own.kind(), own.message()), Effect::None);
        return match own.remedy() {
            Some(remedy) => fault.with_remedy(remedy),
            None => fault,
        };
    }
    if find::<CredentialsError>(failure).is_some() {
        let message = "there are no keys to sign with";
        return Fault::new(
            Error::new(ErrorKind::Unauthenticated, message),
            Effect::None,
        );
    }
    let connecting =
        find::<hyper_util::client::legacy::Error>(failure).is_some_and(|error| error.is_connect());
    if connecting {
        return Fault::unsent("the cloud cannot be reached");
    }
    Fault::lost("the connection broke before the answer arrived")
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
