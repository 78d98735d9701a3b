//! What a request says beyond its path: query, headers and body.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use landbridge_core::ErrorKind;

use super::Shared;
use super::problem::Problem;
use super::tag::{self, Tags};
use crate::key::LinkKey;
use crate::orders::Terms;
use crate::spec::{OnDrift, Policy, Spec};

/// The media types of a topology. One that is not named is taken for YAML, of which JSON is a part.
const MEDIA: [&str; 5] = [
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
    "text/x-yaml",
    "application/json",
];
/// The parameters of a policy.
pub(super) const POLICY: [&str; 7] = [
    "on-drift",
    "tick-seconds",
    "peer-seconds",
    "attempts",
    "pings",
    "prune",
    "replace",
];
/// The shortest rhythms that a tenant may ask for, and how often a failed run is started again at most.
const TICK: u64 = 60;
const PEER: u64 = 10;
const ATTEMPTS: u32 = 100;
/// The longest ID of an order.
const LONGEST_ID: usize = 128;

/// The parameters of a query, each of which is known and there once.
#[derive(Debug)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn of(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let mut parameters = BTreeMap::new();
        let query = uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let expected = match known {
                    [] => "no parameter here".to_owned(),
                    known => format!("one of `{}`", known.join("`, `")),
                };
                return Err(Problem::bad(format!(
                    "invalid parameter `{name}`: expected {expected}"
                )));
            }
            if parameters
                .insert(name.to_string(), value.into_owned())
                .is_some()
            {
                return Err(Problem::bad(format!(
                    "duplicate parameter `{name}`: expected it once"
                )));
            }
        }
        Ok(Self(parameters))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A value that reads as `T`; `expected` says which do.
    pub(super) fn value<T: FromStr>(
        &self,
        name: &str,
        expected: &str,
        is_right: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let value = text.parse().ok().filter(is_right);
        let value = value.ok_or_else(|| {
            Problem::bad(format!(
                "invalid parameter `{name}={text}`: expected {expected}"
            ))
        })?;
        Ok(Some(value))
    }

    /// A flag: its name alone, or with `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.text(name) {
            Some("") => Ok(Some(true)),
            _ => self.value(name, "`true` or `false`", |_| true),
        }
    }
}

fn policy(query: &Query) -> Result<Policy, Problem> {
    let mut policy = Policy::default();
    policy.on_drift = match query.text("on-drift") {
        None => policy.on_drift,
        Some("tell") => OnDrift::Tell,
        Some("repair") => OnDrift::Repair,
        Some(other) => {
            return Err(Problem::bad(format!(
                "invalid parameter `on-drift={other}`: expected `tell` or `repair`"
            )));
        }
    };
    // A year, so that sums with moments stay right.
    let year = 365 * 24 * 60 * 60;
    let seconds = |name, least| {
        let expected = format!("seconds, from {least} to {year}");
        query.value(name, &expected, |value: &u64| {
            (least..=year).contains(value)
        })
    };
    policy.tick_seconds = seconds("tick-seconds", TICK)?.unwrap_or(policy.tick_seconds);
    policy.peer_seconds = seconds("peer-seconds", PEER)?.unwrap_or(policy.peer_seconds);
    let attempts = query.value("attempts", "a number up to 100", |value| *value <= ATTEMPTS)?;
    policy.attempts = attempts.unwrap_or(policy.attempts);
    policy.pings = query.flag("pings")?.unwrap_or(policy.pings);
    policy.allowed.prune = query.flag("prune")?.unwrap_or_default();
    policy.allowed.replace = query.flag("replace")?.unwrap_or_default();
    Ok(policy)
}

/// The topology of a body, with the policy of a query. None for an empty body.
pub(super) fn spec(
    uri: &Uri,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Option<Spec>, Problem> {
    let policy = policy(&Query::of(uri, &POLICY)?)?;
    let body = body.map_err(|rejection| unread(&rejection))?;
    if body.is_empty() {
        return Ok(None);
    }
    is_media(headers)?;
    let text = String::from_utf8(body.into());
    let text = text.map_err(|_| Problem::bad("invalid body: expected UTF-8 text"))?;
    Ok(Some(Spec::new(text).with_policy(policy)))
}

fn unread(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "invalid body: expected at most 1 MiB",
            "make several topologies of it",
        ),
        _ => Problem::bad("the body ended too early"),
    }
}

fn is_media(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(header) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let text = header.to_str().unwrap_or_default();
    let media = text.split(';').next().unwrap_or_default().trim();
    if MEDIA.iter().any(|known| media.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(Problem::plain(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "invalid media type: expected `application/yaml` or `application/json`",
        "send the topology with `Content-Type: application/yaml`",
    ))
}

/// On which terms an order is given: `If-Match`, `If-None-Match: *` and `Idempotency-Key`.
pub(super) async fn terms(
    shared: &Shared,
    key: &LinkKey,
    headers: &HeaderMap,
) -> Result<Terms, Problem> {
    let generation = match (tag::if_match(headers)?, tag::if_none_match(headers)?) {
        (None, None) => None,
        (Some(Tags::These(tags)), None) => Some(generation_of(&tags)?),
        (Some(Tags::Any), None) => Some(known_generation(shared, key).await?),
        (None, Some(Tags::Any)) => Some(0),
        (None, Some(_)) => {
            return Err(Problem::bad(
                "invalid header `If-None-Match`: expected `*` with an order",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(Problem::bad(
                "expected `If-Match` or `If-None-Match`, found both",
            ));
        }
    };
    let mut terms =
        generation.map_or_else(Terms::default, |one| Terms::default().with_generation(one));
    if let Some(header) = headers.get("idempotency-key") {
        let id = header.to_str().unwrap_or_default();
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(Problem::bad(format!(
                "invalid header `Idempotency-Key`: expected 1 to {LONGEST_ID} ASCII characters"
            )));
        }
        terms = terms.with_id(id);
    }
    Ok(terms)
}

fn generation_of(tags: &[String]) -> Result<u64, Problem> {
    let generation = match tags {
        [tag] => tag::generation(tag),
        _ => None,
    };
    generation.ok_or_else(|| {
        Problem::bad(
            "invalid header `If-Match`: expected one tag of a status, or its generation in quotes",
        )
    })
}

async fn known_generation(shared: &Shared, key: &LinkKey) -> Result<u64, Problem> {
    match shared.orders.status(key).await {
        Ok(status) => Ok(status.generation),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Problem::of(StatusCode::PRECONDITION_FAILED, &error))
        }
        Err(error) => Err(error.into()),
    }
}
