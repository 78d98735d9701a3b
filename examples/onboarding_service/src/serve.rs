use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::api::{self, App};
use crate::clouds::Clouds;
use crate::runs::Runs;
use crate::settings::Settings;

/// How many connections are open at a time; others wait.
const MOST_CONNECTIONS: usize = 256;
/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long answers may take to leave once all runs have ended.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// The service, listening. Call [`shut_down`](Self::shut_down) before the process ends.
pub struct Service {
    address: SocketAddr,
    runs: Arc<Runs>,
    connections: TaskTracker,
    stop: CancellationToken,
}

impl Service {
    /// Listens, and serves in the background.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(settings: Settings, clouds: Clouds) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let runs = Arc::new(Runs::new(clouds, settings.most_runs));
        let service = Self {
            address: listener.local_addr()?,
            runs: Arc::clone(&runs),
            connections: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let router = api::router(App {
            runs,
            token: settings.token,
        });
        let (connections, stop) = (service.connections.clone(), service.stop.clone());
        service
            .connections
            .spawn(accept(listener, router, connections, stop));
        Ok(service)
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops all runs before their next write, waits until they have ended and their readers know, and stops listening.
    pub async fn shut_down(self) {
        self.runs.shut_down().await;
        self.stop.cancel();
        self.connections.close();
        let _ = tokio::time::timeout(LAST_ANSWERS, self.connections.wait()).await;
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    connections: TaskTracker,
    stop: CancellationToken,
) {
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
        if let (Ok(place), Ok((stream, _))) = (place, accepted) {
            connections.spawn(serve(stream, router.clone(), stop.clone(), place));
        }
    }
}

async fn serve(
    stream: TcpStream,
    router: Router,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    let service =
        service_fn(move |request: hyper::Request<Incoming>| router.clone().oneshot(request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A connection that ends badly is the caller's business.
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
