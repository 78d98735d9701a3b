//! `landbridge-fleet run`: a worker on a folder of orders.

use std::sync::Arc;

use landbridge_core::{Clock, SystemClock};
use landbridge_fleet::{FileStore, Fleet, Worker, WorkerOptions};
use tokio_util::sync::CancellationToken;

use super::args::RunArgs;
use super::exit::{Exit, Outcome};
use super::hearing::Hearing;
use super::{clouds, signals};

pub(crate) async fn run(args: RunArgs) -> Outcome<Exit> {
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(anyhow::Error::new)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = Arc::new(FileStore::open(&args.store.store)?);
    let mut hearing = Hearing::start(&args.telemetry)?;
    let engines = clouds::engines(&args.clouds, Arc::clone(&clock), hearing.tap())?;
    let engines = Arc::new(engines);
    hearing.count_throttles(&engines);
    hearing.count_topologies(|| Arc::new(Fleet::new(store.clone(), Arc::clone(&clock))));
    let mut options = WorkerOptions::default();
    options.parallel = usize::from(args.parallel);
    let worker = Worker::new(store, engines, clock)
        .with_options(options)
        .with_cancellation(stop)
        .with_watch(hearing.watch());
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
    hearing.end().await;
    Ok(exit?)
}
