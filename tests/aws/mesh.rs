use std::collections::BTreeMap;

use landbridge_core::engine::EngineOptions;
use landbridge_core::object::{Kind, OpKind};
use landbridge_sim::Simulator;

use crate::place_reads_support::sees_the_same;
use crate::world::{World, example, mesh};

#[tokio::test]
async fn both_examples_are_applied_verified_and_destroyed() {
    for name in ["aws-peering-two-accounts.yaml", "aws-mesh.yaml"] {
        let world = World::start().await;
        let topology = example(name);
        let report = world.preflight(&topology).await;
        assert!(report.passed(), "{report}");
        world.apply(&topology).await;
        sees_the_same(&world.engine, &world.simulator, &topology).await;
        let verified = world.verify(&topology).await;
        assert!(verified.passed(), "{verified}");
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{second}");
        world.destroy(&topology).await;
        assert_eq!(world.alive(), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn ten_networks_in_ten_places_take_at_most_three_looks_for_each_state() {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let mut options = EngineOptions::default();
    options.parallel = 64;
    let world = World::on(simulator, options);
    let topology = example("aws-mesh.yaml");
    let plan = world.plan(&topology).await;
    let count = |kind: OpKind| {
        plan.steps
            .iter()
            .filter(|step| step.op.kind() == kind)
            .count()
    };
    assert_eq!(
        (
            count(OpKind::create(Kind::Peering)),
            count(OpKind::create(Kind::Route))
        ),
        (45, 90)
    );
    let before = world.simulator.calls().len();
    world.engine.apply(&plan).await.expect("apply");
    let calls = world.simulator.calls().split_off(before);
    let mut by_action = BTreeMap::new();
    calls
        .iter()
        .for_each(|call| *by_action.entry(call.action.clone()).or_insert(0) += 1);
    // 200 writes and reads of main route tables. Each of ten places waits for VPCs, for requests and for acceptances.
    assert!(
        calls.len() <= 200 + 10 * 3 * 3 + 10,
        "{} calls: {by_action:?}",
        calls.len()
    );
}

fn counts(calls: Vec<landbridge_sim::Call>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.action).or_insert(0) += 1;
    }
    counts
}

#[tokio::test]
async fn an_empty_plan_takes_one_call_a_kind_and_place() {
    let world = World::on(
        Simulator::start().await.expect("the simulator starts"),
        EngineOptions::default(),
    );
    let topology = example("aws-mesh.yaml");
    world.apply(&topology).await;
    let before = world.simulator.calls().len();
    assert!(world.plan(&topology).await.is_empty());
    let read = counts(world.simulator.calls().split_off(before));
    let places = topology.places().len();
    for kind in [
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeRouteTables",
        "DescribeNetworkAcls",
        "DescribeVpcPeeringConnections",
        "DescribeInstances",
    ] {
        assert_eq!(read[kind], places, "{kind}: {read:?}");
    }
    let all = counts(world.simulator.calls());
    let accounts = topology.accounts.len();
    assert_eq!(all["GetCallerIdentity"], accounts, "since the start");
}

#[tokio::test]
async fn twenty_networks_behind_the_published_token_buckets_end_well_at_any_parallel() {
    for parallel in [4, 64] {
        let simulator = Simulator::builder()
            .start()
            .await
            .expect("the simulator starts");
        let mut options = EngineOptions::default();
        options.parallel = parallel;
        let world = World::on(simulator, options);
        let topology = mesh(20);
        let plan = world.plan(&topology).await;
        let count = |kind: OpKind| {
            plan.steps
                .iter()
                .filter(|step| step.op.kind() == kind)
                .count()
        };
        assert_eq!(
            (
                count(OpKind::create(Kind::Peering)),
                count(OpKind::create(Kind::Route))
            ),
            (190, 380)
        );
        if let Err(error) = world.engine.apply(&plan).await {
            panic!("--parallel {parallel}: {error}");
        }
        assert!(world.plan(&topology).await.is_empty());
        assert!(world.verify(&topology).await.passed());
    }
}

#[tokio::test]
async fn a_mesh_that_aws_cannot_hold_is_refused_before_the_first_write() {
    let world = World::start().await;
    let report = world.preflight(&mesh(127)).await;
    assert!(report.codes().contains(&"quota/peerings"), "{report}");
    assert!(!report.passed());
    assert_eq!(
        world
            .simulator
            .calls()
            .iter()
            .filter(|call| call.write)
            .count(),
        0
    );
}
