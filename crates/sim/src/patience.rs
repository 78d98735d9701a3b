//! Ends connections whose requests do not come to an end.
//!
//! Real time, on a thread of its own: tests pause tokio's clock, and a paused clock jumps over any timeout of its own as
//! soon as a test waits for something else.

use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;

use crate::sleep::{Traffic, UnderWay};

/// How long a request may take from its first byte to its last.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often that is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Since when a connection waits for the rest of a request; none while it is idle or is answered.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    since: Mutex<Option<(Instant, UnderWay)>>,
    traffic: Arc<Traffic>,
    over: CancellationToken,
}

impl Waiting {
    fn since(&self) -> MutexGuard<'_, Option<(Instant, UnderWay)>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that bytes have come.
    fn begin(&self, now: Instant) {
        self.traffic.moved();
        self.since()
            .get_or_insert_with(|| (now, UnderWay::new(&self.traffic)));
    }

    /// Notes that a request is there, whole or refused, and hands it on: it is under way until it is answered.
    pub(crate) fn end(&self) -> Option<UnderWay> {
        let (_, under_way) = self.since().take()?;
        Some(under_way)
    }

    /// Comes when the patience is at its end.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }

    fn look(&self, now: Instant) {
        let since = self.since().as_ref().map(|(since, _)| *since);
        if since.is_some_and(|since| now.saturating_duration_since(since) > PATIENCE) {
            self.over.cancel();
        }
    }
}

static WATCHED: LazyLock<Mutex<Vec<Weak<Waiting>>>> = LazyLock::new(|| {
    // Without the thread requests have no limit of time, which ends no test.
    let _ = std::thread::Builder::new()
        .name("simulator-patience".to_owned())
        .spawn(watch);
    Mutex::default()
});

/// Watches one more connection, until it is dropped.
pub(crate) fn watched(traffic: &Arc<Traffic>) -> Arc<Waiting> {
    let waiting = Arc::new(Waiting {
        traffic: Arc::clone(traffic),
        ..Waiting::default()
    });
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.push(Arc::downgrade(&waiting));
    waiting
}

#[expect(
    clippy::disallowed_methods,
    reason = "an idle client is shut out after real time, also when tests stop their own"
)]
fn watch() {
    loop {
        std::thread::sleep(PERIOD);
        let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        watched.retain(|waiting| match waiting.upgrade() {
            Some(waiting) => {
                waiting.look(now);
                true
            }
            None => false,
        });
    }
}

/// A stream that notes when bytes come.
pub(crate) struct Noted<S> {
    pub(crate) stream: S,
    pub(crate) waiting: Arc<Waiting>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Noted<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            this.waiting.begin(Instant::now());
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noted<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        this.waiting.traffic.moved();
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_that_does_not_end_is_ended() {
        let waiting = Waiting::default();
        let start = Instant::now();
        let late = start + PATIENCE + PERIOD;
        waiting.look(late);
        assert!(!waiting.over.is_cancelled(), "an idle connection stays");
        waiting.begin(start);
        waiting.end();
        waiting.look(late);
        assert!(!waiting.over.is_cancelled(), "its request was read");
        waiting.begin(start);
        waiting.begin(late);
        waiting.look(start + PATIENCE);
        assert!(!waiting.over.is_cancelled(), "there is time left");
        waiting.look(late);
        assert!(waiting.over.is_cancelled());
    }
}
