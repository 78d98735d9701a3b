//! What a cloud answers may be torn, empty or dated wrongly. "Nothing is listed" is believed only of a list.

use std::collections::BTreeSet;

use landbridge_core::ErrorKind;
use landbridge_sim::{FaultEffect, FaultRule, Simulator};

use crate::world::{World, three_networks, two_accounts};

fn empty(action: &str) -> FaultRule {
    let body = "{}".to_owned();
    FaultRule::new(FaultEffect::OtherBody { body }).action(action)
}

fn lists_among(simulator: &Simulator) -> BTreeSet<String> {
    let actions = simulator.calls().into_iter().map(|call| call.action);
    actions
        .filter(|action| action.starts_with("Describe") || action.starts_with("List"))
        .collect()
}

#[tokio::test]
async fn with_answers_without_their_lists_nothing_is_said_to_be_left_and_nothing_is_planned() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.apply(&topology).await;
    let alive = world.simulator.alive().len();
    world.engine.residue(&topology, None).await.expect("told");
    let lists = lists_among(&world.simulator);
    assert!(lists.len() > 15, "{lists:?}");
    let before = world.simulator.calls().len();
    world.engine.observe(&topology).await.expect("observed");
    let mut read = BTreeSet::new();
    for call in world.simulator.calls().split_off(before) {
        read.insert(call.action);
    }
    for action in lists.intersection(&read) {
        world.simulator.add_fault(empty(action));
        match world.engine.observe(&topology).await {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Malformed, "{action}: {error}");
                assert_eq!(error.operation(), Some(action.as_str()), "{error}");
            }
            // The search for other places of the topology says where it could not look.
            Ok(observed) => assert!(!observed.footprint.not_searched.is_empty(), "{action}"),
        }
        world.simulator.clear_faults();
    }
    for action in &lists {
        world.simulator.add_fault(empty(action));
    }
    world.engine.observe(&topology).await.expect_err("torn");
    let residue = world.engine.residue(&topology, None).await;
    residue.expect_err("nothing can be said");
    assert_eq!(world.simulator.alive().len(), alive);
}

#[tokio::test]
async fn a_read_that_is_no_list_is_asked_again_as_well() {
    let world = World::start(two_accounts()).await;
    let action = "ListTransitRouterAvailableResource";
    world.simulator.add_fault(empty(action).times(3));
    let observed = world.engine.observe(&three_networks()).await;
    observed.expect("the fourth answer is whole");
    let calls = world.simulator.calls();
    assert!(calls.iter().filter(|call| call.action == action).count() > 3);
}

#[tokio::test]
async fn one_list_in_ten_that_is_torn_once_stops_nothing() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    for effect in [
        FaultEffect::OtherBody {
            body: "{}".to_owned(),
        },
        FaultEffect::OtherBody {
            body: "{\"Vpcs\":{\"Vp".to_owned(),
        },
    ] {
        let rule = FaultRule::new(effect).write(false).probability(0.05);
        world.simulator.add_fault(rule);
    }
    world.apply(&topology).await;
    world.simulator.clear_faults();
    assert!(world.plan(&topology).await.is_empty());
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![], "no duplicate");
}

#[tokio::test]
async fn a_create_that_is_answered_with_a_page_for_ever_is_sent_a_few_times() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    let plan = world.plan(&topology).await;
    let page = FaultRule::new(FaultEffect::OtherBody {
        body: "<html>busy</html>".to_owned(),
    });
    world.simulator.add_fault(page.action("CreateVpc"));
    world
        .engine
        .apply(&plan)
        .await
        .expect("each VPC is found by its tags");
    let calls = world.simulator.calls();
    let sent = calls.iter().filter(|call| call.action == "CreateVpc");
    assert!(sent.count() <= 3 * 5, "five for each of three networks");
    world.simulator.clear_faults();
    assert!(world.plan(&topology).await.is_empty(), "no duplicate");
}
