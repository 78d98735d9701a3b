//! The in-memory cloud keeps every promise.

use std::sync::Arc;
use std::time::Duration;

use crate::conformance::{Subject, run_all};
use crate::ids::{CloudName, Place, Zone};
use crate::memory::{ManualClock, MemoryAccount, MemoryBuilder, MemoryProvider};
use crate::traits::{Capabilities, CloudProvider, Model};

pub(super) const CLOUD: CloudName = CloudName::from_static("memory");

/// A world in which one account has another one's credentials.
pub(super) fn builder(clock: &Arc<ManualClock>) -> MemoryBuilder {
    MemoryProvider::builder(clock.clone())
        .with_account(MemoryAccount::new("3333").with_actual("1111"))
        .with_account(MemoryAccount::new("1111").with_alias("first"))
}

/// What is examined: `provider`, which is made of `world`.
pub(super) fn subject(
    provider: Arc<dyn CloudProvider>,
    world: &MemoryProvider,
    clock: Arc<ManualClock>,
) -> Subject {
    let writes = world.clone();
    let succeeded = move || {
        writes
            .writes()
            .iter()
            .filter(|line| !line.contains(": "))
            .count()
    };
    Subject::new(
        provider,
        clock,
        Place::new(CLOUD, "1111", "north"),
        "south",
        "2222",
    )
    .with_zones("north", [Zone::new("north-a")])
    .with_machines("nano", "linux")
    .with_analyses()
    .with_impostor("3333")
    .with_write_counter(succeeded)
}

/// Examines a world twice, the second time beside what the first may have left in its memory.
async fn keeps_every_promise(kind: &str, clock: Arc<ManualClock>, world: MemoryProvider) {
    for run in ["one", "two"] {
        let provider = Arc::new(world.clone());
        let subject = subject(provider, &world, clock.clone()).with_run(run);
        let report = run_all(&subject).await;
        println!("conformance {kind}: {}", report.summary());
        assert!(report.passed(), "{report}");
        assert_eq!(world.objects(), Vec::<String>::new());
    }
}

/// A world that has whatever checks are about.
pub(super) fn everything() -> Capabilities {
    let clock = Arc::new(ManualClock::new());
    let mut capabilities = builder(&clock).build().capabilities().clone();
    capabilities.trusted_users = true;
    // No check is about hubs at the edge but the one that there are none.
    capabilities.edge_hubs = false;
    capabilities.dns_resolution = true;
    capabilities
}

#[tokio::test]
async fn a_world_of_hubs_and_meshes() {
    let clock = Arc::new(ManualClock::new());
    let world = builder(&clock).with_capabilities(everything()).build();
    keeps_every_promise("memory", clock, world).await;
}

#[tokio::test]
async fn a_world_in_which_everything_takes_time() {
    let clock = Arc::new(ManualClock::new());
    let world = builder(&clock)
        .with_capabilities(everything())
        .with_latency(Duration::from_secs(30))
        .build();
    keeps_every_promise("memory with latency", clock, world).await;
}

#[tokio::test]
async fn a_world_of_meshes_alone() {
    let clock = Arc::new(ManualClock::new());
    let mut capabilities = Capabilities::new(CLOUD, vec![Model::Mesh]);
    capabilities.commands = false;
    let world = builder(&clock).with_capabilities(capabilities).build();
    keeps_every_promise("memory with meshes", clock, world).await;
}

#[tokio::test]
async fn a_world_of_hubs_without_parents() {
    let clock = Arc::new(ManualClock::new());
    let capabilities = Capabilities::new(CLOUD, vec![Model::Hub]);
    let world = builder(&clock).with_capabilities(capabilities).build();
    keeps_every_promise("memory with hubs", clock, world).await;
}
