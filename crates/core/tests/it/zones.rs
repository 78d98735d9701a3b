//! Zones by name and by id, and zones that the region does not have.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::plan;
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::Topology;
use landbridge_core::{Zone, ZoneRecord};

use crate::common::{topology, world_like};

fn world() -> (Engine, MemoryProvider) {
    let zone = |name: &str, id: &str| ZoneRecord::new(Zone::new(name)).with_id(Zone::new(id));
    let (engine, provider, _) = world_like(|builder| {
        builder
            .with_zones("r1", [zone("r1-a", "x1-az1"), zone("r1-b", "x1-az2")])
            .with_zones("r2", [zone("r2-a", "x2-az1"), zone("r2-b", "x2-az2")])
    });
    (engine, provider)
}

async fn report(topology: &Topology) -> Report {
    let (engine, provider) = world();
    let report = preflight(topology, &engine.observe(topology).await.expect("observe"));
    assert_eq!(provider.write_count(), 0);
    report
}

#[tokio::test]
async fn a_zone_of_another_region_is_named_with_those_of_its_own() {
    for wrong in ["r2-a", "x2-az1", "r1-z"] {
        let mut topology = topology();
        topology.networks[0].subnets[1].zone = Zone::new(wrong);
        let report = report(&topology).await;
        assert!(report.codes().contains(&"zone/unknown"), "{report}");
        let text = report.to_string();
        assert!(text.contains(wrong), "{text}");
        assert!(text.contains("r1-a (x1-az1), r1-b (x1-az2)"), "{text}");
    }
}

#[tokio::test]
async fn a_zone_may_be_given_by_its_id() {
    let mut topology = topology();
    topology.interconnects.clear();
    topology.firewalls.clear();
    topology.instances.clear();
    topology.networks[0].subnets[0].zone = Zone::new("x1-az1");
    assert_eq!(report(&topology).await.codes(), [""; 0]);
    let (engine, _) = world();
    crate::apply::apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    assert_eq!(preflight(&topology, &observation).codes(), [""; 0]);
    assert!(plan(&topology, &observation).is_empty());
}
