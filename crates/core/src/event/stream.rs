use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::EventRecord;

/// The events of a run as a stream; [`Engine::with_event_stream`](crate::engine::Engine::with_event_stream) makes it.
///
/// - Events wait in memory until they are read. A slow reader holds up no run and loses no event.
/// - What can wait is bounded: a step tells when it starts, each state that it waits in, each refused call that will be
///   repeated, and its end. The limits of [`EngineOptions`](crate::engine::EngineOptions) bound all of these.
/// - A run goes on when its stream is dropped; its events are dropped then.
/// - The stream ends when the engine that it belongs to and all clones of that engine are dropped, after the last event was read.
#[derive(Debug)]
#[must_use = "events wait in memory until they are read or the stream is dropped"]
pub struct EventStream {
    receiver: UnboundedReceiver<EventRecord>,
}

impl EventStream {
    /// A sink and the stream of what it takes. The stream ends when the sink and all clones of it are dropped.
    pub fn channel() -> (UnboundedSender<EventRecord>, Self) {
        let (sender, receiver) = unbounded_channel();
        (sender, Self { receiver })
    }

    /// The next event, or nothing after the last one.
    ///
    /// It is that of every stream, without an extension trait. A dropped future loses no event.
    pub async fn next(&mut self) -> Option<EventRecord> {
        self.receiver.recv().await
    }
}

impl Stream for EventStream {
    type Item = EventRecord;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<EventRecord>> {
        self.receiver.poll_recv(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.receiver.len(), None)
    }
}
