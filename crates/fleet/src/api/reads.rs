//! Routes that read.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use landbridge_core::picture::Picture;

use super::Shared;
use super::login::Asked;
use super::problem::Problem;
use super::request::Query;
use super::shown::{TopologyStatus, document, tagged, to_json};
use super::tag;
use super::watch::{self, Until};

type Given = State<Arc<Shared>>;
type Answer = Result<Response, Problem>;

/// The server runs.
pub(super) async fn healthy() -> Response {
    document(StatusCode::OK, "text/plain", b"ok\n".to_vec())
}

/// Topologies can be read and orders taken.
pub(super) async fn ready(State(shared): Given) -> Answer {
    shared.orders.reachable().await?;
    Ok(healthy().await)
}

pub(super) async fn openapi() -> Answer {
    let body = to_json(&super::description())?;
    Ok(document(StatusCode::OK, "application/json", body))
}

pub(super) async fn status(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let query = Query::of(&uri, &["watch"])?;
    let until = match (query.text("watch"), wants_events(&headers)) {
        (Some("" | "rest"), _) | (None, true) => Some(Until::Rest),
        (Some("all"), _) => Some(Until::Deadline),
        (None, false) => None,
        (Some(other), _) => {
            let message = format!("invalid parameter `watch={other}`: expected `rest` or `all`");
            return Err(Problem::bad(message));
        }
    };
    let status = TopologyStatus::from(shared.orders.status(&asked.key).await?);
    if let Some(until) = until {
        return watch::watch(shared, asked.key, status, until);
    }
    let (body, tag) = status.document()?;
    unless_known(&headers, "application/json", body, &tag)
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

/// What was asked for, as it was given.
pub(super) async fn topology(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Query::of(&uri, &[])?;
    let text = shared.orders.spec(&asked.key).await?.topology.into_bytes();
    let tag = tag::digest(&text);
    unless_known(&headers, "application/yaml", text, &tag)
}

pub(super) async fn policy(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Query::of(&uri, &[])?;
    let body = to_json(&shared.orders.spec(&asked.key).await?.policy)?;
    let tag = tag::digest(&body);
    unless_known(&headers, "application/json", body, &tag)
}

pub(super) async fn picture(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Query::of(&uri, &[])?;
    let topology = shared
        .orders
        .spec(&asked.key)
        .await?
        .topology_of(&asked.key)?;
    let clouds = shared.clouds.iter();
    let offers = clouds.map(|(name, (offer, _))| (name.clone(), offer.clone()));
    let picture = Picture::declared(&topology, &offers.collect());
    let clouds = shared.clouds.iter();
    let picture = clouds.fold(picture, |picture, (name, (_, words))| {
        picture.with_words(name.clone(), words.clone())
    });
    let body = picture.to_svg().into_bytes();
    let tag = tag::digest(&body);
    unless_known(&headers, "image/svg+xml", body, &tag)
}

fn unless_known(headers: &HeaderMap, media: &'static str, body: Vec<u8>, tag: &str) -> Answer {
    let known = tag::if_none_match(headers)?;
    if known.is_some_and(|tags| tags.have(tag)) {
        let mut response = tagged(StatusCode::NOT_MODIFIED, media, Vec::new(), tag);
        response
            .headers_mut()
            .remove(axum::http::header::CONTENT_TYPE);
        return Ok(response.into_response());
    }
    Ok(tagged(StatusCode::OK, media, body, tag))
}
