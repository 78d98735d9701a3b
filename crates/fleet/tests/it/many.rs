//! Hundreds of topologies.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::Result;
use landbridge_core::engine::Engine;
use landbridge_core::reconcile::Outcome;
use landbridge_core::topology::Topology;
use landbridge_fleet::{Engines, LinkKey, Orders, Phase, Worker};

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
