//! What a cloud answers may be torn, empty or dated wrongly. "Nothing is listed" is believed only of a list.

use std::collections::BTreeSet;

use landbridge_core::ErrorKind;
use landbridge_sim::{FaultEffect, FaultRule, Simulator};

use crate::world::{World, example};

fn other(action: &str, body: String) -> FaultRule {
    FaultRule::new(FaultEffect::OtherBody { body }).action(action)
}

fn lists_among(simulator: &Simulator, since: usize) -> BTreeSet<String> {
    let calls = simulator.calls().split_off(since);
    let actions = calls.into_iter().map(|call| call.action);
    actions
        .filter(|action| action.starts_with("Describe") && !action.ends_with("Attribute"))
        .collect()
}

#[tokio::test]
async fn with_answers_without_their_lists_nothing_is_said_to_be_left_and_nothing_is_planned() {
    let world = World::start().await;
    let topology = example("aws-peering-two-accounts.yaml");
    world.apply(&topology).await;
    let alive = world.alive();
    let before = world.simulator.calls().len();
    world.engine.observe(&topology).await.expect("observed");
    let lists = lists_among(&world.simulator, before);
    assert!(lists.len() > 6, "{lists:?}");
    for action in &lists {
        for body in [
            format!("<{action}Response><requestId>r</requestId></{action}Response>"),
            format!("<{action}Response/>"),
            format!("<{action}Response><requestId>r</requestId><"),
            "<html><body>busy</body></html>".to_owned(),
            String::new(),
        ] {
            world.simulator.add_fault(other(action, body.clone()));
            match world.engine.observe(&topology).await {
                Err(error) => {
                    let case = format!("{action} {body}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Malformed, "{case}");
                    assert_eq!(error.operation(), Some(action.as_str()), "{case}");
                }
                // The search for other places of the topology says where it could not look.
                Ok(observed) => assert!(!observed.footprint.not_searched.is_empty(), "{action}"),
            }
            world.simulator.clear_faults();
        }
    }
    for action in &lists {
        let body = format!("<{action}Response><requestId>r</requestId></{action}Response>");
        world.simulator.add_fault(other(action, body));
    }
    let residue = world.engine.residue(&topology, None).await;
    residue.expect_err("nothing can be said");
    world.simulator.clear_faults();
    assert_eq!(world.alive(), alive);
}

#[tokio::test]
async fn one_answer_in_twenty_that_is_torn_stops_nothing() {
    let world = World::start().await;
    let topology = example("aws-peering-two-accounts.yaml");
    for body in ["<html>busy</html>", "<DescribeVpcsResponse><vpcSet><it"] {
        let effect = FaultEffect::OtherBody {
            body: body.to_owned(),
        };
        let rule = FaultRule::new(effect).probability(0.05);
        world.simulator.add_fault(rule);
    }
    world.apply(&topology).await;
    world.simulator.clear_faults();
    assert!(world.plan(&topology).await.is_empty());
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new(), "no duplicate");
}
