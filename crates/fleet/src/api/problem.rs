//! Errors as documents: `application/problem+json` of RFC 9457.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use landbridge_core::{Error, ErrorKind, Failure};
use schemars::JsonSchema;
use serde::Serialize;

use crate::orders::Terms;
use crate::tenants::Objection;

/// What went wrong with a request.
#[derive(Clone, Debug)]
pub(super) struct Problem(Box<Document>);

/// What went wrong with a request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct Document {
    /// Always `about:blank`: `kind` and `code` say more.
    #[serde(rename = "type")]
    of: &'static str,
    /// What the status says.
    title: &'static str,
    /// The status.
    status: u16,
    /// What went wrong with this request.
    detail: String,
    /// The kind of error.
    kind: ErrorKind,
    /// A stable code, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// Whether the same request may succeed later.
    may_pass: bool,
    /// What the tenant's topology may not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objections: Vec<Objection>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Problem {
    /// A problem that a client has made.
    pub(super) fn plain(status: StatusCode, detail: &str, remedy: &str) -> Self {
        let kind = match status {
            StatusCode::NOT_FOUND => ErrorKind::NotFound,
            StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
            _ => ErrorKind::InvalidInput,
        };
        Self::of(status, &Error::new(kind, detail).with_remedy(remedy))
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::of(
            StatusCode::BAD_REQUEST,
            &Error::new(ErrorKind::InvalidInput, detail),
        )
    }

    pub(super) fn of(status: StatusCode, error: &Error) -> Self {
        let failure = Failure::of(error);
        Self(Box::new(Document {
            of: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: failure.message,
            kind: failure.kind,
            code: failure.code,
            remedy: failure.remedy,
            may_pass: failure.may_pass,
            objections: Vec::new(),
            retry_after: error.retry_after(),
        }))
    }

    /// What kept a caller from logging in.
    pub(super) fn of_login(error: &Error) -> Self {
        let status = match error.kind() {
            ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        Self::of(status, error)
    }

    /// What a tenant's topology may not have: 429 if it is too large and nothing else.
    pub(super) fn objected(objections: Vec<Objection>) -> Self {
        let is_too_large = objections.iter().all(|one| one.code == Objection::NETWORKS);
        let (status, kind) = match is_too_large {
            true => (StatusCode::TOO_MANY_REQUESTS, ErrorKind::QuotaExceeded),
            false => (StatusCode::FORBIDDEN, ErrorKind::PermissionDenied),
        };
        let lines = objections
            .iter()
            .map(|one| format!("{}: {}", one.path, one.message));
        let mut error = Error::new(kind, lines.collect::<Vec<_>>().join("\n"));
        if let Some(first) = objections.first() {
            error = error
                .with_code(first.code)
                .with_remedy(first.remedy.as_str());
        }
        let mut problem = Self::of(status, &error);
        problem.0.objections = objections;
        problem
    }

    pub(super) fn with_retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause);
        self.0.may_pass = true;
        self
    }
}

/// What the orders say.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::InvalidInput => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Refused if error.code() == Some(Terms::OTHER_GENERATION) => {
                StatusCode::PRECONDITION_FAILED
            }
            ErrorKind::AlreadyExists | ErrorKind::Busy | ErrorKind::InUse | ErrorKind::Refused => {
                StatusCode::CONFLICT
            }
            ErrorKind::QuotaExceeded | ErrorKind::Throttled => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unsupported => StatusCode::NOT_IMPLEMENTED,
            // Keys of a cloud, not those of the caller.
            ErrorKind::Unauthenticated
            | ErrorKind::PermissionDenied
            | ErrorKind::SessionExpired => StatusCode::BAD_GATEWAY,
            ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::OutcomeUnknown => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut problem = Self::of(status, &error);
        // What the service is made of is its own matter, and stands in its log.
        if matches!(status.as_u16(), 500 | 503) {
            tracing::warn!(%error, "an order or a read failed");
            let remedy = "try again later; if that lasts, ask who runs the service";
            problem.0.detail = "the service cannot do this at the moment".to_owned();
            problem.0.remedy = Some(remedy.to_owned());
            problem.0.code = None;
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(document) = self;
        let status =
            StatusCode::from_u16(document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let pause = match (document.retry_after, status) {
            (Some(pause), _) => Some(pause.as_secs().max(1)),
            (None, StatusCode::SERVICE_UNAVAILABLE) => Some(5),
            (None, _) => None,
        };
        if let Some(pause) = pause {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(pause));
        }
        response
    }
}
