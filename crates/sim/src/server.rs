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
use tokio::sync::Semaphore;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::http_date;
use crate::guard;
use crate::patience::{self, Noted, Waiting};
use crate::sleep::{self, UnderWay};
use crate::wire::{Delivery, Reply, Request};
use crate::world::Shared;

/// No request of any client here comes near this.
const LARGEST_BODY: usize = 1024 * 1024;
/// The same for a request line and headers together.
const LARGEST_HEAD: usize = 128 * 1024;
const MOST_HEADERS: usize = 100;
/// How many connections are open at a time; others wait.
const MOST_CONNECTIONS: usize = 1024;

/// Accepts connections until told to stop.
pub(crate) async fn run(listener: TcpListener, world: Arc<Shared>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = stop.cancelled() => return,
            accepted = accepted => accepted,
        };
        if let Ok((stream, _)) = accepted {
            let served = connection(stream, Arc::clone(&world), stop.clone());
            tokio::spawn(async move {
                served.await;
                drop(place);
            });
        }
    }
}

async fn connection(stream: TcpStream, world: Arc<Shared>, stop: CancellationToken) {
    // Small answers must not wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let waiting = patience::watched(&world.traffic);
    let noted = Noted {
        stream,
        waiting: Arc::clone(&waiting),
    };
    let reading = Arc::clone(&waiting);
    let service = service_fn(move |request| {
        let (world, reading) = (Arc::clone(&world), Arc::clone(&reading));
        async move { answer(request, &world, &reading).await }
    });
    // No timeout of tokio: it would end idle connections of tests that pause its clock. `patience` limits requests.
    let served = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(noted), service);
    tokio::select! {
        () = stop.cancelled() => {}
        () = waiting.over() => {}
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
    world: &Arc<Shared>,
    waiting: &Waiting,
) -> Result<hyper::Response<ReplyBody>, Dropped> {
    let read = read(request).await;
    let mut under_way = waiting.end();
    travel(world, &mut under_way).await;
    let reply = match read {
        Ok(request) => world.handle(&request),
        Err(refusal) => *refusal,
    };
    travel(world, &mut under_way).await;
    if reply.delivery == Delivery::Dropped {
        return Err(Dropped);
    }
    respond(reply, under_way)
}

/// Half the way of a call. It is no work: simulated time goes on meanwhile.
async fn travel(world: &Arc<Shared>, under_way: &mut Option<UnderWay>) {
    if world.latency.is_zero() {
        return;
    }
    *under_way = None;
    let moment = world.lock().common.clock.uptime() + world.latency / 2;
    sleep::until(world, moment).await;
    *under_way = Some(UnderWay::new(&world.traffic));
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Box<Reply>> {
    let (head, body) = request.into_parts();
    if let Some(refusal) = guard::refusal(&head) {
        return Err(Box::new(refusal));
    }
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

fn respond(
    reply: Reply,
    under_way: Option<UnderWay>,
) -> Result<hyper::Response<ReplyBody>, Dropped> {
    let mut response = hyper::Response::builder().status(reply.status);
    if !reply.headers.iter().any(|(name, _)| *name == "date") {
        response = response.header("date", http_date(std::time::SystemTime::now()));
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response
        .body(ReplyBody::new(reply.body, reply.delivery, under_way))
        .map_err(|_| Dropped)
}

/// A body that can be late or break off.
pub(crate) struct ReplyBody {
    rest: Option<Bytes>,
    length: u64,
    delay: Option<Pin<Box<Sleep>>>,
    breaks: bool,
    /// Until the last byte is handed to the connection.
    _under_way: Option<UnderWay>,
}

impl ReplyBody {
    fn new(body: Vec<u8>, delivery: Delivery, under_way: Option<UnderWay>) -> Self {
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
            _under_way: under_way,
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
