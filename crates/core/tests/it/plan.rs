use std::collections::BTreeSet;
use std::time::Duration;

use landbridge_core::plan::{Destination, Op, plan};

use crate::apply::apply;
use crate::common::{topology, world, world_like};

#[tokio::test]
async fn the_same_input_gives_the_same_bytes() {
    let (engine, _, _) = world();
    let topology = topology();
    let first = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    let second = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert_eq!(first.to_string(), second.to_string());
    assert_eq!(first.to_json().to_string(), second.to_json().to_string());
    assert_eq!(first.to_mermaid(), second.to_mermaid());
    assert_eq!(first.to_dot(), second.to_dot());
}

#[tokio::test]
async fn the_plan_reads_like_this() {
    let (engine, _, _) = world();
    let topology = topology();
    let plan = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    insta::assert_snapshot!(plan);
}

#[tokio::test]
async fn every_step_stands_after_what_it_depends_on() {
    let (engine, _, _) = world();
    let topology = topology();
    for plan in [
        plan(
            &topology,
            &engine.observe(&topology).await.expect("observe"),
        ),
        {
            apply(&engine, &topology).await;
            landbridge_core::plan::plan_destroy(
                &topology,
                &engine.observe(&topology).await.expect("observe"),
            )
        },
    ] {
        let mut seen = BTreeSet::new();
        for step in &plan.steps {
            for dependency in &step.depends_on {
                assert!(
                    seen.contains(dependency),
                    "{} stands before {dependency}",
                    step.key
                );
            }
            assert!(seen.insert(step.key.clone()), "{} stands twice", step.key);
        }
    }
}

#[tokio::test]
async fn no_member_gets_a_route_to_its_own_range() {
    let (engine, _, _) = world();
    let topology = topology();
    let plan = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    let mut routes = 0;
    for step in &plan.steps {
        if let Op::CreateRoute(route) = &step.op {
            let key = step.key.object().to_string();
            let network = key.split('/').nth(1);
            let network = network.and_then(|name| topology.network(name));
            assert_ne!(
                network.and_then(|network| network.range),
                match &route.destination {
                    Destination::Range(range) => Some(*range),
                    other => panic!("{other} is not known"),
                }
            );
            routes += 1;
        }
    }
    assert_eq!(routes, 6);
}

#[tokio::test]
async fn every_table_in_use_and_every_range_gets_its_routes() {
    let (engine, provider, _) = world();
    let topology = topology();
    apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    let one = observation
        .inventories
        .iter()
        .flat_map(|i| &i.networks)
        .find(|n| n.name == "one")
        .expect("one");
    let subnet = observation
        .inventories
        .iter()
        .flat_map(|i| &i.subnets)
        .find(|s| s.network == one.id)
        .expect("s1");
    let two = observation
        .inventories
        .iter()
        .flat_map(|i| &i.networks)
        .find(|n| n.name == "two")
        .expect("two");
    provider
        .add_range(&two.id, "172.20.0.0/16".parse().expect("a range"))
        .expect("a secondary range");
    provider
        .add_route_table(&one.id, std::slice::from_ref(&subnet.id))
        .expect("a custom table");

    let plan = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    let keys: Vec<String> = plan
        .steps
        .iter()
        .map(|step| step.key.to_string())
        .filter(|key| key.starts_with("route/one/"))
        .collect();
    // The main table lacks the new range; the custom table lacks all three.
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert_eq!(
        keys.iter()
            .filter(|key| key.contains("172.20.0.0/16"))
            .count(),
        2
    );
    engine.apply(&plan).await.expect("apply");
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
}

#[tokio::test]
async fn its_review_reads_like_this() {
    let (engine, _, _) = world();
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let first = plan(&topology, &observation);
    insta::assert_snapshot!(first.review(&topology));
    let unnamed = first.review(None).to_string();
    assert!(
        unnamed.contains("account 0000000000000001 (memory)"),
        "{unnamed}"
    );
    apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    let second = plan(&topology, &observation).review(&topology).to_string();
    assert_eq!(second, "plan for demo: nothing to do");
}

#[tokio::test]
async fn its_review_names_what_is_used_and_not_what_is_changed() {
    let (engine, provider, _) = world_like(|builder| builder.with_latency(Duration::ZERO));
    let cloud = crate::brownfield::at(&provider, "0000000000000001").await;
    let (theirs, _) = crate::brownfield::theirs(cloud.as_ref()).await;
    let mut topology = topology();
    topology.networks[0] =
        landbridge_core::topology::Network::existing("one", "a", "r1", theirs.clone());
    topology.instances.clear();
    let observation = engine.observe(&topology).await.expect("observe");
    let text = plan(&topology, &observation).review(&topology).to_string();
    let used = format!(
        "Used as they are, neither changed nor deleted themselves:\n  network one ({theirs})"
    );
    assert!(text.contains(&used), "{text}");
    assert!(!text.contains("network two ("), "{text}");
}
