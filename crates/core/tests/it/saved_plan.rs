//! Plans that wait in a file: the same steps, or none.

use landbridge_core::ErrorKind;
use landbridge_core::plan::{PlanOptions, SavedPlan, StepDifference, plan};

use crate::apply::apply;
use crate::common::{network, topology, world};

async fn saved() -> SavedPlan {
    let (engine, _, _) = world();
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let steps = plan(&topology, &observation);
    SavedPlan::new(topology, PlanOptions::default().with_prune(true), steps)
}

#[tokio::test]
async fn a_saved_plan_is_read_back_as_it_was() {
    let saved = saved().await;
    let text = saved.to_text();
    assert!(SavedPlan::is_one(&text));
    let read = SavedPlan::from_text(&text).expect("it is one");
    assert_eq!(read, saved);
    assert!(read.options.prune);
    assert!(read.differences(&saved.plan).is_empty());
}

#[test]
fn a_topology_is_no_saved_plan() {
    for text in [
        "name: landbridge-plan",
        "{ \"name\": \"landbridge-plan\" }",
        "{ \"kind\": \"other\" }",
        "",
    ] {
        assert!(!SavedPlan::is_one(text), "{text}");
    }
}

#[tokio::test]
async fn what_the_world_did_meanwhile_is_told_step_by_step() {
    let (engine, _, _) = world();
    let saved = saved().await;
    // Somebody applied the topology, with a network less and one more.
    let mut other = topology();
    other.networks.retain(|network| network.name != "three");
    other.interconnects[0]
        .members
        .retain(|name| name != "three");
    other.firewalls[0].networks.retain(|name| name != "three");
    other.instances.retain(|instance| instance.name != "i3");
    apply(&engine, &other.with_network(network("four", "a", "r1", 4))).await;
    let observation = engine.observe(&saved.topology).await.expect("observe");
    let now = plan(&saved.topology, &observation);
    let differences = saved.differences(&now);
    let has = |test: &dyn Fn(&StepDifference) -> bool| differences.iter().any(test);
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        has(
            &|one| matches!(one, StepDifference::Gone { key, .. } if key.to_string() == "network/one")
        ),
        "{texts:#?}"
    );
    assert!(
        has(
            &|one| matches!(one, StepDifference::Added { key, .. } if key.to_string() == "delete:network/four")
        ),
        "{texts:#?}"
    );
    let changed = texts
        .iter()
        .find(|text| text.starts_with("changed: attachment/core/three"));
    let changed = changed.unwrap_or_else(|| panic!("{texts:#?}"));
    assert!(changed.contains("hub"), "{changed}");
    // Nothing differs in how the third network is made.
    assert!(
        !texts.iter().any(|text| text.contains(": network/three")),
        "{texts:#?}"
    );
}

#[tokio::test]
async fn a_plan_that_was_applied_has_nothing_left() {
    let (engine, _, _) = world();
    let saved = saved().await;
    apply(&engine, &saved.topology).await;
    let observation = engine.observe(&saved.topology).await.expect("observe");
    let now = plan(&saved.topology, &observation);
    assert!(now.is_empty());
    let differences = saved.differences(&now);
    assert_eq!(differences.len(), saved.plan.steps.len());
    assert!(
        differences
            .iter()
            .all(|one| matches!(one, StepDifference::Gone { .. }))
    );
}

#[tokio::test]
async fn what_is_no_plan_is_one_clear_error() {
    let text = saved().await.to_text();
    let refused = |text: &str, words: &str| {
        let error = SavedPlan::from_text(text).expect_err("it is invalid");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let told = error.to_string();
        assert!(
            told.contains("invalid plan") && told.contains(words),
            "{told}"
        );
    };
    refused(&text[..text.len() / 2], "EOF");
    refused(
        &text.replace("\"format\": 1", "\"format\": 2"),
        "expected 1",
    );
    refused(
        &text.replacen("\"options\"", "\"more\"", 1),
        "unknown field `more`",
    );
    refused(
        &text.replacen("\"region\": \"r1\"", "\"region\": 7", 1),
        "invalid type",
    );
    refused(
        &text.replacen("\"topology\": \"demo\"", "\"topology\": \"other\"", 1),
        "topology `other`",
    );
    let mut turned = saved().await;
    turned.plan.steps.reverse();
    refused(&turned.to_text(), "does not come before it");
}
