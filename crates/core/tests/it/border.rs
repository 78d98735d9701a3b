//! Traffic across a border: its service is asked for, opened with consent, or named before the first write.

use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryAccount, MemoryProvider};
use landbridge_core::plan::plan;
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{Capabilities, CloudProvider, CloudService, ServiceStatus};

use crate::common::{A, B, topology, world_like};

/// Region r1 is on one side of the border, everything else on the other.
fn divided() -> Capabilities {
    let clock = std::sync::Arc::new(ManualClock::new());
    let mut capabilities = MemoryProvider::new(clock).capabilities().clone();
    let areas = [("r1", "mainland"), ("", "abroad")];
    capabilities.areas = areas
        .map(|(prefix, area)| (prefix.to_owned(), area.to_owned()))
        .to_vec();
    capabilities.transit_mbps = Some((1000, 100));
    capabilities
}

fn world() -> (Engine, MemoryProvider) {
    let (engine, provider, _) = world_like(|builder| {
        [A, B]
            .map(|id| MemoryAccount::new(id).with_closed(CloudService::CrossBorder))
            .into_iter()
            .fold(
                builder.with_capabilities(divided()),
                landbridge_core::memory::MemoryBuilder::with_account,
            )
    });
    (engine, provider)
}

async fn codes(topology: &Topology) -> Vec<&'static str> {
    let (engine, _) = world();
    preflight(topology, &engine.observe(topology).await.expect("observe")).codes()
}

fn consenting() -> Topology {
    let mut topology = topology();
    for account in &mut topology.accounts {
        account.open_services = true;
    }
    topology
}

#[tokio::test]
async fn a_closed_border_is_named_before_the_first_write() {
    let (engine, provider) = world();
    let topology = topology();
    let report = preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    // The owner of the hubs pays; the member's account needs nothing.
    assert_eq!(report.codes(), ["service/not-open"]);
    let text = report.to_string();
    assert!(
        text.contains("account a") && text.contains("cross-border"),
        "{text}"
    );
    assert_eq!(provider.write_count(), 0);
}

#[tokio::test]
async fn the_border_is_opened_with_consent_before_the_regions_are_joined() {
    let (engine, provider) = world();
    let topology = consenting();
    let observation = engine.observe(&topology).await.expect("observe");
    assert_eq!(preflight(&topology, &observation).codes(), [""; 0]);
    let text = plan(&topology, &observation).to_string();
    assert!(text.contains("service/a/cross-border"), "{text}");
    crate::apply::apply(&engine, &topology).await;
    let opened = |write: &&String| write.contains("open_service");
    assert_eq!(provider.writes().iter().filter(opened).count(), 1);
    let again = engine.observe(&topology).await.expect("observe");
    assert!(plan(&topology, &again).is_empty());
}

#[tokio::test]
async fn every_member_of_a_mesh_needs_it() {
    let mut mesh = topology();
    mesh.interconnects[0].model = ModelChoice::Mesh;
    assert_eq!(codes(&mesh).await, ["service/not-open", "service/not-open"]);
}

#[tokio::test]
async fn one_side_of_the_border_asks_for_nothing() {
    let mut inside = topology();
    inside.interconnects[0].members.pop();
    inside.firewalls.clear();
    inside.instances.clear();
    let (engine, _) = world();
    let observation = engine.observe(&inside).await.expect("observe");
    assert_eq!(preflight(&inside, &observation).codes(), [""; 0]);
    for inventory in &observation.inventories {
        assert_eq!(inventory.services.get(&CloudService::CrossBorder), None);
        assert_eq!(inventory.services[&CloudService::Hub], ServiceStatus::Open);
    }
}

#[tokio::test]
async fn a_cap_above_the_quota_of_the_border_is_a_warning() {
    let mut fast = consenting();
    fast.interconnects[0].max_mbps = Some(100);
    assert_eq!(codes(&fast).await, [""; 0]);
    fast.interconnects[0].max_mbps = Some(101);
    assert_eq!(codes(&fast).await, ["quota/cross-border"]);
}
