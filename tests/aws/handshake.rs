//! What can go wrong between asking and being active.

use std::time::Duration;

use landbridge_core::topology::Topology;

use landbridge_core::{CloudProvider, ErrorKind, PeeringKind, PeeringSelect};
use landbridge_sim::{FaultEffect, FaultRule};

use crate::world::{A, B, World, network, pair, place};

#[tokio::test]
async fn one_apply_is_enough_although_a_request_is_invisible_at_first() {
    let world = World::start().await;
    world.apply(&pair()).await;
    assert!(world.verify(&pair()).await.passed());
    // The accepter's region learns of the request later than it was made; that was waited for.
    let calls = world.simulator.calls();
    let at = |action: &str| {
        calls
            .iter()
            .find(|call| call.action == action)
            .expect("the call")
            .at
    };
    let waited = at("AcceptVpcPeeringConnection").duration_since(at("CreateVpcPeeringConnection"));
    assert!(
        waited.clone().expect("later") >= Duration::from_secs(1),
        "{waited:?}"
    );
}

#[tokio::test]
async fn an_overlap_that_nobody_saw_coming_ends_the_wait_at_once_with_the_cause() {
    let world = World::start().await;
    let mut topology = pair();
    let mut plan = world.plan(&topology).await;
    plan.steps
        .retain(|step| step.key.to_string().starts_with("network/"));
    world.engine.apply(&plan).await.expect("the networks");
    // The accepter adds a range after the plan was made.
    let right = &world.inventory(&topology, B, "us-east-1").await.networks[0]
        .id
        .clone();
    let plan = world.plan(&topology).await;
    topology.name = "pair".to_owned();
    world
        .call(
            B,
            "us-east-1",
            "AssociateVpcCidrBlock",
            &[("VpcId", right.as_str()), ("CidrBlock", "10.1.128.0/20")],
        )
        .await;
    let error = world
        .engine
        .apply(&plan)
        .await
        .expect_err("the request fails");
    let (key, error) = &error.failures()[0];
    assert!(key.to_string().starts_with("peering/"), "{key}");
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    assert!(
        error.to_string().to_lowercase().contains("overlapping"),
        "{error}"
    );
}

#[tokio::test]
async fn accepting_in_the_wrong_region_is_refused_and_says_where() {
    let world = World::start().await;
    let topology = far_pair();
    let mut plan = world.plan(&topology).await;
    plan.steps.retain(|step| {
        !step.key.to_string().starts_with("accept/") && !step.key.to_string().starts_with("route/")
    });
    world.engine.apply(&plan).await.expect("up to the request");
    world.simulator.advance(Duration::from_secs(30));
    let select = PeeringSelect::all().with_kind(PeeringKind::NetworkToNetwork);
    let there = world
        .provider
        .cloud(&place(B, "eu-central-1"))
        .await
        .expect("a handle");
    let id = there.list_peerings(&select).await.expect("peerings")[0]
        .id
        .clone();
    let elsewhere = world
        .provider
        .cloud(&place(B, "us-east-1"))
        .await
        .expect("a handle");
    elsewhere
        .accept_peering(&id)
        .await
        .expect_err("refused in the wrong region");
    let stranger = world
        .provider
        .cloud(&place(A, "us-east-1"))
        .await
        .expect("a handle");
    stranger
        .accept_peering(&id)
        .await
        .expect_err("refused for the requester");
    world.apply(&topology).await;
    assert!(world.verify(&topology).await.passed());
}

fn far_pair() -> Topology {
    let mut topology = pair();
    topology.networks[1] = network("right", "b", "eu-central-1", 2);
    topology
}

#[tokio::test]
async fn a_request_that_expired_is_made_again() {
    let world = World::start().await;
    let topology = pair();
    let mut plan = world.plan(&topology).await;
    plan.steps.retain(|step| {
        !step.key.to_string().starts_with("accept/") && !step.key.to_string().starts_with("route/")
    });
    world.engine.apply(&plan).await.expect("up to the request");
    world.simulator.advance(Duration::from_secs(8 * 24 * 3600));
    world.apply(&topology).await;
    assert!(world.verify(&topology).await.passed());
    world.destroy(&topology).await;
}

#[tokio::test]
async fn throttling_and_lost_answers_leave_no_duplicate() {
    for seed in [1, 2, 3] {
        let simulator = landbridge_sim::Simulator::builder()
            .seed(seed)
            .start()
            .await
            .expect("the simulator starts");
        let world = World::on(simulator, Default::default());
        let topology = far_pair();
        let plan = world.plan(&topology).await;
        for effect in [
            FaultEffect::DropAfter,
            FaultEffect::DropBefore,
            FaultEffect::ErrorBefore {
                status: 503,
                code: "RequestLimitExceeded".to_owned(),
            },
            FaultEffect::ErrorAfter {
                status: 500,
                code: "InternalError".to_owned(),
            },
        ] {
            world
                .simulator
                .add_fault(FaultRule::new(effect).product("ec2").probability(0.06));
        }
        if let Err(error) = world.engine.apply(&plan).await {
            panic!("seed {seed}: {error}");
        }
        world.simulator.clear_faults();
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "seed {seed}: {second}");
        assert!(world.preflight(&topology).await.passed());
        assert!(world.verify(&topology).await.passed());
        world.destroy(&topology).await;
        assert_eq!(world.alive(), Vec::<String>::new(), "seed {seed}");
    }
}
