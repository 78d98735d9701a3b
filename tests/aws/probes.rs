//! Probes on AWS, where Landbridge runs no commands on instances.

use landbridge_core::ErrorKind;
use landbridge_core::probe::{ProbeOptions, plan_probe};
use landbridge_core::verify::Traffic;

use crate::world::{World, mesh};

#[tokio::test]
async fn probes_that_could_send_nothing_are_refused_with_that_reason() {
    let world = World::start().await;
    let topology = mesh(2);
    world.apply(&topology).await;
    let seen = world.engine.observe(&topology).await.expect("observe");
    let options = ProbeOptions::default().with_traffic(Traffic::tcp(443));
    let error = plan_probe(&topology, &seen, &options).expect_err("no commands");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let expected = "Landbridge runs no commands on instances of cloud aws";
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn other_traffic_is_judged_by_configuration_and_nothing_is_sent() {
    let world = World::start().await;
    let topology = mesh(2);
    world.apply(&topology).await;
    let seen = world.engine.observe(&topology).await.expect("observe");
    let report = world
        .engine
        .verify_traffic(&topology, &seen, Traffic::tcp(443))
        .await;
    let report = report.expect("verdicts");
    assert!(report.passed() && report.pairs.len() == 2, "{report}");
    assert!(report.pairs.iter().all(|pair| pair.probed().is_none()));
    let text = report.to_string();
    assert!(
        text.contains("reachable by configuration on tcp 443"),
        "{text}"
    );
}
