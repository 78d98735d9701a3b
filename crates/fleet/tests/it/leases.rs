//! One owner at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::engine::EngineOptions;
use landbridge_core::{Clock, Result};
use landbridge_fleet::{Attended, Document, Kind, LinkState, Phase, Store, Worker};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::common::{TICK, World, key, options, pair, spec, triple, world};

#[tokio::test]
async fn of_two_workers_one_has_the_lease() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let (one, two) = (world.worker(), world.worker());
    let (first, second) = tokio::join!(one.attend(&key), two.attend(&key));
    let mut both = [first.expect("attended"), second.expect("attended")];
    both.sort_by_key(|attended| *attended != Attended::Elsewhere);
    assert_eq!(both, [Attended::Elsewhere, Attended::Ended(Phase::Ready)]);
    assert_eq!(one.attend(&key).await.expect("idle"), Attended::Idle);
}

/// The store of a worker that gets no answer while it is frozen: its run is woken first, and its looks later.
#[derive(Debug)]
struct Frozen {
    inner: Arc<dyn Store>,
    is_frozen: Arc<AtomicBool>,
}

impl Frozen {
    async fn woken(&self) -> &dyn Store {
        while self.is_frozen.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        self.inner.as_ref()
    }
}

#[async_trait]
impl Store for Frozen {
    async fn load(&self, kind: Kind, key: &str) -> Result<Option<Document>> {
        self.woken().await.load(kind, key).await
    }

    async fn save(&self, kind: Kind, key: &str, text: &str, expected: Option<u64>) -> Result<bool> {
        self.woken().await.save(kind, key, text, expected).await
    }

    async fn remove(&self, kind: Kind, key: &str, expected: u64) -> Result<bool> {
        self.woken().await.remove(kind, key, expected).await
    }

    async fn keys(&self, kind: Kind) -> Result<Vec<String>> {
        self.woken().await.keys(kind).await
    }
}

/// A worker that is frozen in the middle of this write, as by SIGSTOP: time passes, and it does not notice.
struct Sleeper {
    task: JoinHandle<Attended>,
    is_frozen: Arc<AtomicBool>,
}

impl Sleeper {
    async fn new(world: &World, freeze_at: usize) -> Self {
        let (clock, is_frozen) = (world.clock.clone(), Arc::new(AtomicBool::new(false)));
        let noted = Arc::clone(&is_frozen);
        world.provider.on_write(move |index, _| {
            if index == freeze_at {
                noted.store(true, Ordering::SeqCst);
                clock.advance(Duration::from_secs(70));
            }
        });
        let mut limits = EngineOptions::default();
        limits.parallel = 1;
        let engine = Arc::new(world.engine.clone().with_options(limits));
        let store = Arc::new(Frozen {
            inner: world.store.clone(),
            is_frozen: Arc::clone(&is_frozen),
        });
        let worker = Worker::new(store, engine, world.clock.clone()).with_options(options());
        let task =
            tokio::spawn(async move { worker.attend(&key("site")).await.expect("attended") });
        while !is_frozen.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        Self { task, is_frozen }
    }

    async fn wake(self) -> Attended {
        self.is_frozen.store(false, Ordering::SeqCst);
        self.task.await.expect("it ends")
    }
}

#[tokio::test]
async fn a_frozen_worker_writes_nothing_once_it_is_woken() {
    let undisturbed = undisturbed().await;
    for freeze_at in [1, 3, 5, 7] {
        let (world, key) = (world(), key("site"));
        world.submit(&key, spec(&triple(&key))).await;
        let sleeper = Sleeper::new(&world, freeze_at).await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        // One call may have begun before.
        assert!(world.provider.write_count() <= freeze_at + 2);
        // What it was for is still to be done.
        assert_eq!(sleeper.wake().await, Attended::Ended(Phase::Applying));
        let attended = world.worker().attend(&key).await.expect("attended");
        assert_eq!(attended, Attended::Ended(Phase::Ready));
        assert_eq!(world.provider.objects(), undisturbed);
    }
}

#[tokio::test]
async fn a_frozen_worker_that_wakes_beside_the_next_one_does_no_harm() {
    let undisturbed = undisturbed().await;
    for freeze_at in [1, 3, 5, 7] {
        let (world, key) = (world(), key("site"));
        world.submit(&key, spec(&triple(&key))).await;
        let sleeper = Sleeper::new(&world, freeze_at).await;
        let second = world.worker().attend(&key).await.expect("attended");
        assert_eq!(second, Attended::Ended(Phase::Ready));
        assert_eq!(sleeper.wake().await, Attended::Lost);
        assert_eq!(world.status(&key).await.phase, Phase::Ready);
        assert_eq!(world.provider.objects(), undisturbed);
    }
}

#[tokio::test]
async fn a_long_run_holds_up_no_other_topology() {
    let (world, slow, quick) = (world(), key("slow"), key("quick"));
    world.submit(&slow, spec(&triple(&slow))).await;
    let stop = CancellationToken::new();
    let worker = world.worker().with_cancellation(stop.clone());
    let task = tokio::spawn(async move { worker.run().await });
    while world.provider.write_count() < 2 {
        tokio::task::yield_now().await;
    }
    world.submit(&quick, spec(&pair(&quick))).await;
    while world.status(&quick).await.progress.is_none() {
        assert_eq!(world.status(&slow).await.phase, Phase::Applying);
        tokio::task::yield_now().await;
    }
    while world.status(&quick).await.phase != Phase::Ready {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    task.await.expect("it ends");
}

async fn undisturbed() -> Vec<String> {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&triple(&key))).await;
    world.worker().round().await.expect("a round");
    world.provider.objects()
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_keeps_nothing_of_its_run() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let (first, name) = (world.worker(), key.clone());
    let task = tokio::spawn(async move { first.attend(&name).await });
    while world.provider.write_count() < 2 {
        tokio::task::yield_now().await;
    }
    // Another worker has taken over, as its lease says.
    let mut document = world
        .store
        .load(Kind::Link, key.as_str())
        .await
        .expect("read")
        .expect("there");
    let mut state: LinkState = serde_json::from_str(&document.text).expect("a state");
    state.lease.as_mut().expect("a lease").holder = "another".to_owned();
    document.text = serde_json::to_string(&state).expect("JSON");
    let saved = world
        .store
        .save(
            Kind::Link,
            key.as_str(),
            &document.text,
            Some(document.revision),
        )
        .await;
    assert!(saved.expect("written"), "no other writer was here");
    let attended = task.await.expect("it ends").expect("attended");
    assert_eq!(attended, Attended::Lost);
    let written = world.provider.write_count();
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.provider.write_count(), written);
    // Until the other's lease has ended, the topology is elsewhere.
    let third = world.worker();
    assert_eq!(
        third.attend(&key).await.expect("asked"),
        Attended::Elsewhere
    );
    world.outlast_leases();
    let attended = third.attend(&key).await.expect("attended");
    assert_eq!(attended, Attended::Ended(Phase::Ready));
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_gives_its_topologies_back_at_once() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let stop = CancellationToken::new();
    let worker = world.worker().with_cancellation(stop.clone());
    let task = tokio::spawn(async move { worker.run().await });
    while world.provider.write_count() < 2 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    task.await.expect("it ends");
    let status = world.status(&key).await;
    assert_eq!(status.phase, Phase::Applying);
    let attended = world.worker().attend(&key).await.expect("attended");
    assert_eq!(attended, Attended::Ended(Phase::Ready));
}

#[tokio::test]
async fn a_worker_that_runs_ticks_by_itself() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let stop = CancellationToken::new();
    let worker = world.worker().with_cancellation(stop.clone());
    let task = tokio::spawn(async move { worker.run().await });
    let mut ticks = std::collections::BTreeSet::new();
    while ticks.len() < 4 {
        tokio::task::yield_now().await;
        let status = world.status(&key).await;
        if status.phase == Phase::Ready {
            ticks.extend(status.due);
        }
    }
    stop.cancel();
    task.await.expect("it ends");
    let ticks: Vec<_> = ticks.into_iter().collect();
    for pair in ticks.windows(2) {
        assert_eq!(pair[1].since(pair[0]), TICK);
    }
    assert!(world.clock.uptime() >= TICK * 2);
}
