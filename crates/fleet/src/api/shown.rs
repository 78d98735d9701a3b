//! Answers.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landbridge_core::{Error, ErrorKind};
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use super::tag;
use crate::orders::Status;

/// How a topology stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct TopologyStatus {
    /// Its name, as in the path.
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) status: Status,
}

impl From<Status> for TopologyStatus {
    fn from(status: Status) -> Self {
        Self {
            name: status.key.name().to_owned(),
            status,
        }
    }
}

impl TopologyStatus {
    /// Its JSON, and the tag of that.
    pub(super) fn document(&self) -> Result<(Vec<u8>, String), Problem> {
        let document = to_json(self)?;
        let tag = tag::of(self.status.generation, &document);
        Ok((document, tag))
    }

    /// The answer to an order.
    pub(super) fn accepted(self) -> Result<Response, Problem> {
        let (document, tag) = self.document()?;
        Ok(tagged(
            StatusCode::ACCEPTED,
            "application/json",
            document,
            &tag,
        ))
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| {
        Error::new(ErrorKind::Failed, "cannot write an answer")
            .with_source(error)
            .into()
    })
}

pub(super) fn json(value: &impl Serialize) -> Result<Response, Problem> {
    Ok(document(
        StatusCode::OK,
        "application/json",
        to_json(value)?,
    ))
}

pub(super) fn document(status: StatusCode, media: &'static str, body: Vec<u8>) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// A document that is asked for again with its tag.
pub(super) fn tagged(
    status: StatusCode,
    media: &'static str,
    body: Vec<u8>,
    tag: &str,
) -> Response {
    let mut response = document(status, media, body);
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}
