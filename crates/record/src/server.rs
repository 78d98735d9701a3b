//! The HTTP server of a replay: loopback only, for programs only, with limits.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// No request of a client comes near these.
const LARGEST_BODY: usize = 1024 * 1024;
const LARGEST_HEAD: usize = 128 * 1024;
const MOST_HEADERS: usize = 100;
/// How many connections are open at a time; others wait.
const MOST_CONNECTIONS: usize = 256;
/// How long a head may take, and then a body.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request, read whole.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// What is answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }
}

pub(crate) type Answers = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A server on the current runtime, until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) fn start(
        listener: std::net::TcpListener,
        answers: Arc<Answers>,
    ) -> std::io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(run(listener, answers));
        Ok(Self { address, task })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn run(listener: TcpListener, answers: Arc<Answers>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        if let Ok((stream, _)) = listener.accept().await {
            let answers = Arc::clone(&answers);
            connections.spawn(async move {
                connection(stream, answers).await;
                drop(place);
            });
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, answers: Arc<Answers>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answers = Arc::clone(&answers);
        async move {
            let answer = match read(request).await {
                Ok(asked) => answers(&asked),
                Err(refusal) => refusal,
            };
            Ok::<_, Infallible>(response(answer))
        }
    });
    // A connection that ends badly is the client's business.
    // Today is not the day of the recording: an answer has the date that was recorded, or none.
    let _ = http1::Builder::new()
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn read(request: Request<Incoming>) -> Result<Asked, Answer> {
    let (head, body) = request.into_parts();
    if let Some((status, message)) = unserved(&head) {
        return Err(Answer::text(status, message));
    }
    let body = tokio::time::timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await;
    let Ok(body) = body else {
        return Err(Answer::text(
            408,
            "the body of the request did not come in time",
        ));
    };
    let body =
        body.map_err(|_| Answer::text(413, "the body of the request is too large or broke off"))?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(Asked {
        method: head.method.as_str().to_owned(),
        path: path.to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: body.to_bytes(),
    })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name.as_str(), value.as_str());
    }
    let response = response.body(Full::new(Bytes::from(answer.body)));
    // A file can hold a header or a status that no answer can have.
    response.unwrap_or_else(|_| {
        let mut broken = Response::new(Full::new(Bytes::from_static(
            b"malformed answer in the recording",
        )));
        *broken.status_mut() = hyper::StatusCode::BAD_GATEWAY;
        broken
    })
}

/// Requests of web pages are not served: neither those that a page sends across origins, nor those of a page whose own
/// name was made to resolve to this machine.
fn unserved(head: &Parts) -> Option<(u16, &'static str)> {
    if !is_for_loopback(head) {
        let message = "invalid host: expected a loopback address, such as 127.0.0.1, or localhost";
        return Some((421, message));
    }
    if is_of_a_page(&head.headers) {
        let message = "requests of web pages are not served: send the request from a program";
        return Some((403, message));
    }
    None
}

fn is_for_loopback(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let in_line = head.uri.authority();
    host.to_str().is_ok_and(is_loopback) && in_line.is_none_or(|host| is_loopback(host.as_str()))
}

fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| match port.parse::<u16>() {
            Ok(_) => name,
            Err(_) => host,
        });
    let address = name.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

fn is_of_a_page(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    headers.contains_key(header::ORIGIN)
        || sites.any(|site| !matches!(site.as_bytes(), b"none" | b"same-origin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_addressed() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:9",
            "localhost",
            "LocalHost:9",
            "[::1]",
            "[::1]:9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:9",
            "127.0.0.1.evil.example:9",
            "0.0.0.0",
            "10.0.0.1:9",
            "127.0.0.1:x",
            "localhost.evil.example",
            "127.0.0.1@evil.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
