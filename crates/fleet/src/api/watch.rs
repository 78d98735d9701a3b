//! Changes of a topology's status as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use landbridge_core::ErrorKind;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use super::problem::Problem;
use super::shown::TopologyStatus;
use super::{Shared, WATCHES, place};
use crate::key::LinkKey;

/// The pauses between two looks: the first after a change, and the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5);
/// How long a watch lasts at most.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// When a watch ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// In a phase in which nothing is about to happen.
    Rest,
    /// At its deadline.
    Deadline,
}

struct Watch {
    shared: Arc<Shared>,
    key: LinkKey,
    until: Until,
    // Nothing until the first status was told.
    told: Option<String>,
    status: TopologyStatus,
    pause: Duration,
    deadline: Duration,
    has_ended: bool,
    _place: OwnedSemaphorePermit,
}

/// Tells a status, each other one that comes, and why it ends.
pub(super) fn watch(
    shared: Arc<Shared>,
    key: LinkKey,
    status: TopologyStatus,
    until: Until,
) -> Result<Response, Problem> {
    let watch = Watch {
        _place: place(&shared.room(key.tenant()).watches, WATCHES, "watches")?,
        deadline: shared.clock.uptime().saturating_add(DEADLINE),
        shared,
        key,
        until,
        told: None,
        status,
        pause: FIRST,
        has_ended: false,
    };
    let events = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect answers would keep events back.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}

impl Watch {
    async fn next(&mut self) -> Option<Event> {
        if self.has_ended {
            return None;
        }
        if self.told.is_none() {
            return Some(self.tell());
        }
        if self.until == Until::Rest && self.status.status.phase.is_at_rest() {
            return Some(self.end("resting"));
        }
        if self.shared.clock.uptime() >= self.deadline {
            return Some(self.end("deadline"));
        }
        tokio::select! {
            () = self.shared.clock.sleep(self.pause) => {}
            () = self.shared.stop.cancelled() => return Some(self.end("stopping")),
        }
        match self.shared.orders.status(&self.key).await {
            Ok(status) if status == self.status.status => {}
            Ok(status) => {
                self.status = status.into();
                return Some(self.tell());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Some(self.end("forgotten"));
            }
            Err(error) => tracing::warn!(%error, topology = %self.key, "a watch saw no status"),
        }
        self.pause = self.pause.mul_f64(1.5).min(LONGEST);
        // It keeps the connection alive, and tells a client which has gone.
        Some(Event::default().comment("no change"))
    }

    fn tell(&mut self) -> Event {
        self.pause = FIRST;
        match self.status.document() {
            Ok((document, tag)) => {
                let text = String::from_utf8_lossy(&document).into_owned();
                let event = Event::default().event("status").id(tag.as_str()).data(text);
                self.told = Some(tag);
                event
            }
            Err(_) => self.end("failed"),
        }
    }

    fn end(&mut self, reason: &str) -> Event {
        self.has_ended = true;
        Event::default()
            .event("end")
            .data(json!({ "reason": reason }).to_string())
    }
}
