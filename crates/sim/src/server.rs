//! The HTTP server: reads requests whole, hands them to the world, sends what comes back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::http_date;
use crate::wire::{Delivery, Reply, Request};
use crate::world::Shared;

/// No request of any client here comes near this.
const LARGEST_BODY: usize = 1024 * 1024;

/// Accepts connections until told to stop.
pub(crate) async fn run(listener: TcpListener, world: Arc<Shared>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        if let Ok((stream, _)) = accepted {
            tokio::spawn(connection(stream, Arc::clone(&world), stop.clone()));
        }
    }
}

async fn connection(stream: TcpStream, world: Arc<Shared>, stop: CancellationToken) {
    // Small answers must not wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, Arc::clone(&world)));
    // No read timeout: it would end idle connections of tests that pause tokio's clock.
    let served = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // A connection that ends badly is the client's business, or an injected fault.
        _ = served => {}
    }
}

/// Ends a connection without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn answer(
    request: hyper::Request<Incoming>,
    world: Arc<Shared>,
) -> Result<hyper::Response<ReplyBody>, Dropped> {
    let reply = match read(request).await {
        Ok(request) => world.handle(&request),
        Err(refusal) => *refusal,
    };
    if reply.delivery == Delivery::Dropped {
        return Err(Dropped);
    }
    respond(reply)
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Box<Reply>> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        let refusal = serde_json::json!({"Code": "RequestEntityTooLarge", "Message": "The request body is too large."});
        return Err(Box::new(Reply::json(413, &refusal)));
    };
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_bytes().to_vec(),
    })
}

fn respond(reply: Reply) -> Result<hyper::Response<ReplyBody>, Dropped> {
    let mut response = hyper::Response::builder().status(reply.status);
    if !reply.headers.iter().any(|(name, _)| *name == "date") {
        response = response.header("date", http_date(std::time::SystemTime::now()));
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response
        .body(ReplyBody::new(reply.body, reply.delivery))
        .map_err(|_| Dropped)
}

/// A body that can be late or break off.
pub(crate) struct ReplyBody {
    rest: Option<Bytes>,
    length: u64,
    delay: Option<Pin<Box<Sleep>>>,
    breaks: bool,
}

impl ReplyBody {
    fn new(body: Vec<u8>, delivery: Delivery) -> Self {
        let mut body = Bytes::from(body);
        let length = body.len() as u64;
        let mut delay = None;
        let mut breaks = false;
        match delivery {
            Delivery::Slow(pause) => delay = Some(Box::pin(tokio::time::sleep(pause))),
            Delivery::Truncated(keep) => {
                breaks = keep < body.len();
                body.truncate(keep);
            }
            Delivery::Whole | Delivery::Dropped => {}
        }
        Self {
            rest: Some(body),
            length,
            delay,
            breaks,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        let this = self.get_mut();
        if let Some(delay) = &mut this.delay {
            if delay.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            this.delay = None;
        }
        match this.rest.take() {
            Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            _ if this.breaks => Poll::Ready(Some(Err(Dropped))),
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
