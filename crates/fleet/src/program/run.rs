//! `landbridge-fleet run`: a worker on a folder of orders.

use std::sync::Arc;

use landbridge_core::{Clock, SystemClock};
use landbridge_fleet::{FileStore, Worker, WorkerOptions};
use tokio_util::sync::CancellationToken;

use super::args::RunArgs;
use super::exit::{Exit, Outcome};
#[cfg(feature = "otel")]
use super::telemetry::Telemetry;
use super::watch::Heard;
use super::{clouds, signals};

pub(crate) async fn run(args: RunArgs) -> Outcome<Exit> {
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(anyhow::Error::new)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = Arc::new(FileStore::open(&args.store.store)?);
    let heard = Heard::default();

    #[cfg(feature = "otel")]
    let mut telemetry = Telemetry::start(&args.telemetry)?;
    #[cfg(feature = "otel")]
    let (heard, tap) = match &telemetry {
        Some(telemetry) => (heard.and(telemetry.watch()), Some(telemetry.tap())),
        None => (heard, None),
    };
    #[cfg(not(feature = "otel"))]
    let tap = None;

    let engines = Arc::new(clouds::engines(&args.clouds, Arc::clone(&clock), tap)?);
    #[cfg(feature = "otel")]
    if let Some(telemetry) = &mut telemetry {
        let fleet = landbridge_fleet::Fleet::new(store.clone(), Arc::clone(&clock));
        telemetry.count_topologies(Arc::new(fleet));
        telemetry.count_throttles(Arc::clone(&engines));
    }
    let mut options = WorkerOptions::default();
    options.parallel = usize::from(args.parallel);
    let worker = Worker::new(store, engines, clock)
        .with_options(options)
        .with_cancellation(stop)
        .with_watch(Arc::new(heard));
    tracing::info!(worker = worker.id(), store = %args.store.store.display(), "the worker has started");
    let work = async {
        match args.once {
            true => worker.round().await.map(drop),
            false => {
                worker.run().await;
                Ok(())
            }
        }
    };
    let exit = tokio::select! {
        ended = work => ended.map(|()| Exit::Ok),
        () = signals => Ok(Exit::Cancelled),
    };
    tracing::info!(worker = worker.id(), "the worker has ended");
    #[cfg(feature = "otel")]
    if let Some(telemetry) = telemetry {
        telemetry.end().await;
    }
    Ok(exit?)
}
