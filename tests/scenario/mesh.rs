//! Networks of two accounts and two regions peered with each other, without any hub.

use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{PeeringKind, Phase};
use landbridge_sim::{FaultEffect, FaultRule};

use crate::place_reads_support::sees_the_same;
use crate::world::{World, three_networks, two_accounts};

fn mesh() -> Topology {
    let mut topology = three_networks();
    topology.interconnects[0].model = ModelChoice::Mesh;
    topology
}

#[tokio::test]
async fn three_networks_reach_each_other_over_peerings_and_leave_nothing() {
    let accounts =
        two_accounts().map(|account| account.service_open(landbridge_sim::Service::Cdt, false));
    let world = World::start(accounts).await;
    let topology = mesh();
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let verified = world.verify(&topology).await;
    assert_eq!(verified.reachable(), 6, "{verified}");
    let made = world.simulator.alive();
    let kinds = |kind: &str| made.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!((kinds("vpc-peering"), kinds("cen")), (3, 0));
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}

#[tokio::test]
async fn lost_answers_make_no_second_peering() {
    let world = World::start(two_accounts()).await;
    let topology = mesh();
    let plan = world.plan(&topology).await;
    let rule = FaultRule::new(FaultEffect::DropAfter)
        .product("vpcpeer")
        .write(true);
    world.simulator.add_fault(rule.probability(0.4));
    if let Err(error) = world.engine.apply(&plan).await {
        panic!("{error}");
    }
    world.simulator.clear_faults();
    let observed = world.engine.observe(&topology).await.expect("observe");
    let mut ready: Vec<_> = (observed.inventories.iter())
        .flat_map(|inventory| &inventory.peerings)
        .filter(|peering| peering.kind == PeeringKind::NetworkToNetwork)
        .filter(|peering| peering.status.phase == Phase::Ready)
        .map(|peering| peering.id.clone())
        .collect();
    ready.sort();
    ready.dedup();
    assert_eq!(ready.len(), 3);
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}

#[tokio::test]
async fn a_topology_may_change_from_hubs_to_a_mesh_and_back() {
    let world = World::start(two_accounts()).await;
    for topology in [three_networks(), mesh(), three_networks()] {
        world.apply(&topology).await;
        let verified = world.verify(&topology).await;
        assert!(verified.passed(), "{verified}");
        assert!(world.plan(&topology).await.is_empty());
    }
}
