//! `landbridge-fleet worker`: a worker of a Restate server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use landbridge_core::{Clock, SystemClock};
use landbridge_fleet::restate::{RestateOptions, RestateWorker};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use super::args::WorkerArgs;
use super::exit::{Exit, Outcome};
use super::hearing::Hearing;
use super::{clouds, signals};

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;

pub(crate) async fn worker(args: WorkerArgs) -> Outcome<Exit> {
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(anyhow::Error::new)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let hearing = Hearing::start(&args.telemetry)?;
    let engines = clouds::engines(&args.clouds, Arc::clone(&clock), hearing.tap())?;
    let engines = Arc::new(engines);
    hearing.count_throttles(&engines);
    let mut options = RestateOptions::default();
    options.lease.length = Duration::from_secs(args.lease);
    options.parallel = usize::from(args.parallel);
    let mut worker = RestateWorker::new(engines, clock, &args.ingress.ingress)?
        .with_options(options)
        .with_cancellation(stop)
        .with_watch(hearing.watch());
    if let Some(key) = args.identity_key {
        worker = worker.with_identity_key(key);
    }
    let listener = listen(args.listen, args.share_port)
        .with_context(|| format!("cannot listen at {}", args.listen))?;
    let address = listener.local_addr().map_err(anyhow::Error::new)?;
    tracing::info!(worker = worker.id(), %address, "the worker has started");
    let exit = tokio::select! {
        ended = worker.serve(listener) => ended.map(|()| Exit::Ok),
        () = signals => Ok(Exit::Cancelled),
    };
    tracing::info!("the worker has ended");
    hearing.end().await;
    Ok(exit?)
}

fn listen(address: SocketAddr, share: bool) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    #[cfg(unix)]
    socket.set_reuseport(share)?;
    #[cfg(not(unix))]
    if share {
        return Err(std::io::Error::other("`--share-port` works on Unix alone"));
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
