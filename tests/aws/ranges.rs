//! Secondary CIDR blocks of VPCs that the topology made.

use landbridge_core::object::ObjectKey;
use landbridge_core::plan::{PlanOptions, StepKey, plan_with};
use landbridge_core::topology::{Subnet, Topology};

use crate::place_reads_support::sees_the_same;
use crate::world::{World, pair};

const SECOND: &str = "10.101.0.0/16";

fn widened() -> Topology {
    let mut topology = pair();
    let left = &mut topology.networks[0];
    left.ranges = vec![SECOND.parse().expect("a range")];
    left.subnets = vec![Subnet::new(
        "far",
        "us-east-1a",
        "10.101.7.0/24".parse().expect("a range"),
    )];
    topology
}

#[tokio::test]
async fn a_subnet_of_a_secondary_range_is_reached_and_the_range_is_removed_when_pruned() {
    let world = World::start().await;
    let topology = widened();
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let verified = world.verify(&topology).await;
    assert!(verified.passed() && verified.reachable() == 2, "{verified}");
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");

    let narrow = pair();
    world.apply(&narrow).await;
    let observation = world.engine.observe(&narrow).await.expect("observe");
    let prune = PlanOptions::default().with_prune(true);
    let pruned = plan_with(&narrow, &observation, &prune);
    let range = ObjectKey::range("left", SECOND.parse().expect("a range"));
    assert!(pruned.step(&StepKey::delete(range)).is_some(), "{pruned}");
    world.engine.apply(&pruned).await.expect("apply");
    let observation = world.engine.observe(&narrow).await.expect("observe");
    let networks = observation.inventories.iter().flat_map(|i| &i.networks);
    assert!(networks.map(|network| network.ranges.len()).eq([1, 1]));
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}

#[tokio::test]
async fn a_range_with_a_subnet_in_it_is_in_use() {
    let world = World::start().await;
    let topology = widened();
    world.apply(&topology).await;
    let observation = world.engine.observe(&topology).await.expect("observe");
    let mut narrow = topology.clone();
    narrow.networks[0].ranges.clear();
    let prune = PlanOptions::default().with_prune(true);
    // Preflight refuses it (`range/in-use`), and so does the cloud.
    let plan = plan_with(&narrow, &observation, &prune);
    let error = world.engine.apply(&plan).await.expect_err("in use");
    assert!(
        error.to_string().contains("InvalidCidrBlock.InUse"),
        "{error}"
    );
}
