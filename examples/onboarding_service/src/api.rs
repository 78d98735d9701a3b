use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;

use crate::log::Entry;
use crate::onboard::Onboard;
use crate::problem::Problem;
use crate::runs::{Refused, Run, Runs, State as RunState};

const LARGEST_BODY: usize = 16 * 1024;
const LONGEST_KEY: usize = 128;
/// How long a caller may take to send its body.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How often a silent stream says that it is alive, so that proxies keep it.
const HEARTBEAT: Duration = Duration::from_secs(15);
const PAGE: &str = include_str!("page.html");
const PAGE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) struct App {
    pub(crate) runs: Arc<Runs>,
    pub(crate) token: String,
}

type Shared = State<Arc<App>>;

pub(crate) fn router(app: App) -> Router {
    let app = Arc::new(app);
    Router::new()
        .route("/session", post(session))
        .route("/onboard", post(onboard))
        .route("/runs", get(runs))
        .route("/runs/{id}", get(status).delete(cancel))
        .route("/runs/{id}/events", get(events))
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            authenticate,
        ))
        .route("/", get(page))
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here")
        })
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "the path takes other methods",
            )
        })
        .with_state(app)
}

async fn page() -> Response {
    let policy = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    (policy, Html(PAGE)).into_response()
}

/// Lets in who shows the token, in a header or in the cookie that [`session`] sets.
async fn authenticate(
    State(app): Shared,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let shown = shown_token(request.headers()).unwrap_or_default();
    if !is_equal(shown.as_bytes(), app.token.as_bytes()) {
        let detail = "send the API token as `Authorization: Bearer TOKEN`";
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            detail,
        ));
    }
    Ok(next.run(request).await)
}

fn shown_token(headers: &HeaderMap) -> Option<&str> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if let Some(authorization) = text(header::AUTHORIZATION) {
        return authorization.strip_prefix("Bearer ");
    }
    let mut cookies = text(header::COOKIE)?.split(';');
    cookies.find_map(|cookie| cookie.trim().strip_prefix("session="))
}

/// Takes as long for a wrong first byte as for a wrong last one.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let different = one.iter().zip(other).fold(0, |bits, (a, b)| bits | (a ^ b));
    one.len() == other.len() && different == 0
}

/// Gives the token to a browser as a cookie that scripts and other sites do not see: `EventSource` sends no header.
async fn session(State(app): Shared) -> impl IntoResponse {
    let cookie = format!("session={}; HttpOnly; SameSite=Strict; Path=/", app.token);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)])
}

async fn onboard(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let key = idempotency_key(request.headers())?;
    let request = read(request).await?;
    let (run, is_new) = app.runs.start(request, key).map_err(problem_of)?;
    let status = run.status();
    let location = [(header::LOCATION, format!("/runs/{}", status.id))];
    let code = if is_new {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    Ok((location, json(code, &status)).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    let expected = "invalid `Idempotency-Key`: expected 1 to 128 ASCII characters";
    let invalid = || Problem::new(StatusCode::BAD_REQUEST, "invalid-key", expected);
    Ok(Some(key.ok_or_else(invalid)?.to_owned()))
}

async fn read(request: Request) -> Result<Onboard, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // A form of another site cannot send this type.
    if kind.split(';').next() != Some("application/json") {
        let detail = "expected `Content-Type: application/json`";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            detail,
        ));
    }
    let body = tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), LARGEST_BODY)).await;
    let late = |_| {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "late",
            "the body took too long",
        )
    };
    let large = |_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "expected at most 16 KiB",
        )
    };
    let body = body.map_err(late)?.map_err(large)?;
    serde_json::from_slice(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "invalid-json", error.to_string()))
}

fn problem_of(refused: Refused) -> Problem {
    match refused {
        Refused::Invalid(errors) => Problem::invalid(errors),
        Refused::KeyReused => {
            let detail = "the idempotency key was used for another request; choose a new one";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", detail)
        }
        Refused::Busy(run) => {
            let detail = format!(
                "run {run} of this customer or account is under way; wait for it or cancel it"
            );
            Problem::new(StatusCode::CONFLICT, "busy", detail).with_run(&run)
        }
        Refused::Full => {
            let detail = "as many runs are under way as the service allows; try again later";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "full", detail)
        }
        Refused::ShuttingDown => {
            let detail = "the service is shutting down; try again later";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "shutting-down", detail)
        }
    }
}

fn json(code: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_string(body).unwrap_or_default();
    (code, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn find(app: &App, id: &str) -> Result<Arc<Run>, Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "no-run", "no run has this ID");
    app.runs.find(id).ok_or_else(unknown)
}

async fn runs(State(app): Shared) -> Response {
    json(StatusCode::OK, &app.runs.all())
}

async fn status(State(app): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &find(&app, &id)?.status()))
}

/// Stops a run before its next write. A run that has ended stays as it is.
async fn cancel(State(app): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    let run = find(&app, &id)?;
    run.cancel();
    let status = run.status();
    let is_running = status.state == RunState::Running;
    let code = if is_running {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    Ok(json(code, &status))
}

/// Server-sent events, from the one after `Last-Event-ID`: the events of Landbridge as `progress`, then one `end`.
async fn events(
    State(app): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let run = find(&app, &id)?;
    let last = match headers.get("last-event-id").map(HeaderValue::to_str) {
        None => 0,
        Some(text) => text
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| {
                let expected = "invalid `Last-Event-ID`: expected the ID of an event of this run";
                Problem::new(StatusCode::BAD_REQUEST, "invalid-event-id", expected)
            })?,
    };
    // It tells a browser not to come back.
    if run.log.is_read(last) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let entries = Arc::clone(&run.log).after(last);
    Ok(Sse::new(with_heartbeat(entries)).into_response())
}

fn with_heartbeat(
    entries: impl Stream<Item = Entry>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(
        Box::pin(entries),
        async |mut entries| match tokio::time::timeout(HEARTBEAT, entries.next()).await {
            Ok(None) => None,
            Ok(Some(Entry { number, kind, text })) => {
                let event = Event::default()
                    .id(number.to_string())
                    .event(kind)
                    .data(text);
                Some((Ok(event), entries))
            }
            Err(_) => Some((Ok(Event::default().comment("")), entries)),
        },
    )
}
