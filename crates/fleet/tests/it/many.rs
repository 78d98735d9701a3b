//! Hundreds of topologies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::Result;
use landbridge_core::engine::Engine;
use landbridge_core::reconcile::Outcome;
use landbridge_core::topology::Topology;
use landbridge_fleet::{Engines, LinkKey, Orders, Phase, Worker, WorkerOptions};

use crate::common::{TICK, key, options, pair, spec, world};

#[tokio::test]
async fn two_hundred_topologies_converge_tick_and_go() {
    let world = world();
    let keys: Vec<LinkKey> = (0..200).map(|n| key(&format!("site-{n:03}"))).collect();
    for key in &keys {
        world.submit(key, spec(&pair(key))).await;
    }
    // Leases that outlast the leaps of the manual clock.
    let mut options = options();
    options.lease.length = TICK;
    let worker = world.worker().with_options(options);
    // A tick may be due while others are still made.
    assert!(worker.round().await.expect("a round") >= 200);
    let mut ticks = BTreeSet::new();
    for key in &keys {
        let status = world.status(key).await;
        assert_eq!(status.phase, Phase::Ready, "{status:?}");
        ticks.extend(status.due);
    }
    assert!(ticks.len() > 190, "ticks are spread: {}", ticks.len());
    let written = world.provider.write_count();
    world.clock.advance(TICK);
    assert!(worker.round().await.expect("a round") >= 200);
    assert_eq!(world.provider.write_count(), written, "ticks only read");

    for key in &keys {
        world.fleet.delete(key).await.expect("asked for");
    }
    worker.round().await.expect("a round");
    for key in &keys {
        let status = world.status(key).await;
        assert_eq!(status.phase, Phase::Deleted, "{status:?}");
        assert_eq!(status.outcome, Some(Outcome::Removed { stays: 0 }));
        world.fleet.forget(key).await.expect("deleted");
    }
    assert!(world.provider.objects().is_empty());
    assert!(world.fleet.keys().await.expect("keys").is_empty());
}

/// How often places and accounts are read when so many topologies tick, all of them due.
async fn readings_of_ticks(count: usize, place_reads: Duration) -> usize {
    let world = world();
    let keys: Vec<LinkKey> = (0..count).map(|n| key(&format!("site-{n:03}"))).collect();
    for key in &keys {
        world.submit(key, spec(&pair(key))).await;
    }
    let mut options = options();
    options.lease.length = TICK;
    options.place_reads = place_reads;
    let worker = world.worker().with_options(options);
    worker.round().await.expect("a round");
    world.clock.advance(TICK);
    let before = world.provider.reading_count();
    assert!(worker.round().await.expect("a round") >= count);
    for key in &keys {
        let status = world.status(key).await;
        assert_eq!(status.phase, Phase::Ready, "{status:?}");
        assert!(status.ticks > 0, "{status:?}");
    }
    world.provider.reading_count() - before
}

#[tokio::test]
async fn ticks_share_what_is_read_of_their_places_unless_they_are_told_not_to() {
    let (few, many) = (3, 30);
    // Two places, and the footprint of two accounts.
    assert!(readings_of_ticks(many, Duration::ZERO).await >= 4 * many);
    let age = WorkerOptions::default().place_reads;
    assert_eq!(age, Duration::from_secs(60));
    let shared = readings_of_ticks(many, age).await;
    assert_eq!(
        shared,
        readings_of_ticks(few, age).await,
        "topologies do not count"
    );
}

/// Each tenant in a world of its own, as with keys of its own.
#[derive(Debug)]
struct Tenants(Vec<(String, Engine)>);

#[async_trait]
impl Engines for Tenants {
    async fn engine(&self, key: &LinkKey, _: &Topology) -> Result<Engine> {
        let mut tenants = self.0.iter();
        let found = tenants.find(|(tenant, _)| tenant == key.tenant());
        found.map(|(_, engine)| engine.clone()).ok_or_else(|| {
            let message = format!("tenant `{}` has no keys", key.tenant());
            landbridge_core::Error::new(landbridge_core::ErrorKind::Unauthenticated, message)
        })
    }
}

#[tokio::test]
async fn keys_are_resolved_topology_by_topology() {
    let (one, two) = (world(), world());
    let tenants = Tenants(vec![
        (
            "one".to_owned(),
            one.engine.clone().with_clock(one.clock.clone()),
        ),
        (
            "two".to_owned(),
            two.engine.clone().with_clock(one.clock.clone()),
        ),
    ]);
    let keys = ["one", "two", "three"].map(|tenant| LinkKey::new(tenant, "x").expect("a key"));
    for key in &keys {
        one.submit(key, spec(&pair(key))).await;
    }
    let worker = Worker::new(one.store.clone(), Arc::new(tenants), one.clock.clone())
        .with_options(options());
    worker.round().await.expect("a round");
    let phase = async |key| one.status(key).await.phase;
    assert_eq!(phase(&keys[0]).await, Phase::Ready);
    assert_eq!(phase(&keys[2]).await, Phase::Failed);
    assert!(!one.provider.objects().is_empty() && !two.provider.objects().is_empty());
}
