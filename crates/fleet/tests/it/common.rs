//! A world, a store and small topologies.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::topology::{Account, Interconnect, Network, Subnet, Topology};
use landbridge_core::{Capabilities, CloudName, Model, Place, Quota};
use landbridge_fleet::{
    Fleet, LinkKey, MemoryStore, Orders, Spec, Status, Store, Worker, WorkerOptions,
};

pub(crate) const A: &str = "0000000000000001";
pub(crate) const B: &str = "0000000000000002";
pub(crate) const TICK: Duration = Duration::from_secs(30 * 60);

pub(crate) fn memory() -> CloudName {
    CloudName::from_static("memory")
}

pub(crate) fn place(account: &str) -> Place {
    Place::new(memory(), account, "r1")
}

pub(crate) fn key(name: &str) -> LinkKey {
    LinkKey::new("acme", name).expect("a key")
}

/// Everything that a fleet needs.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) provider: MemoryProvider,
    pub(crate) engine: Engine,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fleet: Fleet,
}

pub(crate) fn world() -> World {
    world_on(Arc::new(MemoryStore::new()))
}

pub(crate) fn world_on(store: Arc<dyn Store>) -> World {
    let clock = Arc::new(ManualClock::new());
    let mut capabilities = Capabilities::new(memory(), vec![Model::Mesh]);
    capabilities.peerings_per_network = Some(Quota::fixed(125));
    let provider = MemoryProvider::builder(clock.clone())
        .with_capabilities(capabilities)
        .with_latency(Duration::from_secs(2))
        .build();
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(Arc::new(provider.clone()));
    World {
        fleet: Fleet::new(store.clone(), clock.clone()),
        clock,
        provider,
        engine,
        store,
    }
}

/// Short looks, because sleeps of the manual clock take no time: long ones would let a run's limits pass.
pub(crate) fn options() -> WorkerOptions {
    let mut options = WorkerOptions::default();
    options.look = Duration::from_millis(100);
    options
}

impl World {
    pub(crate) fn worker(&self) -> Worker {
        self.worker_on(self.store.clone())
    }

    pub(crate) fn worker_on(&self, store: Arc<dyn Store>) -> Worker {
        let engines = Arc::new(self.engine.clone());
        Worker::new(store, engines, self.clock.clone()).with_options(options())
    }

    pub(crate) async fn status(&self, key: &LinkKey) -> Status {
        let status = self.fleet.status(key).await.expect("a status");
        let text = serde_json::to_string(&status).expect("JSON");
        let read: Status = serde_json::from_str(&text).expect("the same");
        assert_eq!(read, status);
        status
    }

    pub(crate) async fn submit(&self, key: &LinkKey, spec: Spec) -> Status {
        self.fleet.submit(key, spec).await.expect("submitted")
    }

    /// Lets time pass until another worker may take what was left behind.
    pub(crate) fn outlast_leases(&self) {
        self.clock.advance(Duration::from_secs(61));
    }
}

fn network(name: &str, account: &str, number: u8) -> Network {
    let range = |text: String| text.parse().expect("a range");
    Network::new(name, account, "r1", range(format!("10.{number}.0.0/16"))).with_subnet(
        Subnet::new("s", "r1-a", range(format!("10.{number}.1.0/24"))),
    )
}

/// Two networks of two accounts, joined.
pub(crate) fn pair(key: &LinkKey) -> Topology {
    Topology::new(key.to_string())
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(network("one", "a", 1))
        .with_network(network("two", "b", 2))
        .with_interconnect(Interconnect::new("core", "a", ["one", "two"]))
}

/// The same and one more.
pub(crate) fn triple(key: &LinkKey) -> Topology {
    let mut topology = pair(key).with_network(network("three", "a", 3));
    topology.interconnects[0].members.push("three".to_owned());
    topology
}

pub(crate) fn spec(topology: &Topology) -> Spec {
    Spec::new(serde_json::to_string(topology).expect("JSON"))
}
