//! The course of each request: its deadline, what each answer says to browsers and caches, and one line in the log.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use landbridge_core::{Error, ErrorKind};

use super::Shared;
use super::login::Caller;
use super::problem::Problem;

/// How long a request takes at most, and one for a plan, which reads clouds.
const DEADLINE: Duration = Duration::from_secs(30);
const LONG_DEADLINE: Duration = Duration::from_secs(10 * 60);

/// Nothing of a request but its method, its route, its status and its tenant is logged.
pub(super) async fn course(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = shared.clock.uptime();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let caller = Caller::default();
    request.extensions_mut().insert(caller.clone());
    let deadline = match route.ends_with("/plan") {
        true => LONG_DEADLINE,
        false => DEADLINE,
    };
    let mut response = tokio::select! {
        response = next.run(request) => response,
        () = shared.clock.sleep(deadline) => late(deadline),
    };
    guard(&mut response);
    let took = shared.clock.uptime().saturating_sub(began);
    tracing::info!(
        %method,
        route,
        status = response.status().as_u16(),
        tenant = caller.0.get().map_or("", String::as_str),
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "a request"
    );
    response
}

fn late(deadline: Duration) -> Response {
    let message = format!("the request was not done within {} s", deadline.as_secs());
    let error = Error::new(ErrorKind::Timeout, message).with_remedy("try again");
    Problem::of(StatusCode::SERVICE_UNAVAILABLE, &error).into_response()
}

fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("x-content-type-options"), "nosniff");
    set(HeaderName::from_static("referrer-policy"), "no-referrer");
    // An answer that a browser shows by itself loads nothing and runs nothing; the status page says what it needs.
    set(
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'",
    );
}
