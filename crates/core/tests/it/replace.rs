//! What no write changes is deleted and made anew with consent only, and never if it is protected.

use landbridge_core::engine::Engine;
use landbridge_core::plan::{Plan, PlanOptions, plan_with};
use landbridge_core::preflight::{Report, preflight, preflight_destroy, preflight_with};
use landbridge_core::topology::Topology;

use crate::apply::apply;
use crate::common::{topology, world};

fn replacing() -> PlanOptions {
    PlanOptions::default().with_replace(true)
}

async fn planned(engine: &Engine, topology: &Topology) -> (Report, Plan) {
    let observation = engine.observe(topology).await.expect("observe");
    let report = preflight_with(topology, &observation, &replacing());
    (report, plan_with(topology, &observation, &replacing()))
}

async fn refused(engine: &Engine, topology: &Topology) -> Report {
    let observation = engine.observe(topology).await.expect("observe");
    let report = preflight(topology, &observation);
    assert!(!report.passed(), "{report}");
    report
}

/// Applies `changed` over the base topology with consent, and expects that all is well after it.
async fn replace(changed: &Topology) -> Plan {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let told = refused(&engine, changed).await;
    assert!(told.codes().contains(&"drift/immutable"), "{told}");
    assert!(told.to_string().contains("run with `--replace`"), "{told}");

    let (report, plan) = planned(&engine, changed).await;
    assert!(report.passed(), "{report}");
    assert!(report.codes().contains(&"drift/replaced"), "{report}");
    if let Err(error) = engine.apply(&plan).await {
        panic!("{error}\n{plan}");
    }
    let verified = engine.verify(changed).await.expect("verify");
    assert!(verified.passed() && verified.pairs.len() == 6, "{verified}");
    let (report, second) = planned(&engine, changed).await;
    assert_eq!(report.codes(), [""; 0], "{report}");
    assert!(second.is_empty(), "{second}");
    plan
}

fn replaced_keys(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| step.replaces.is_some());
    let mut keys: Vec<String> = steps.map(|step| step.key.object().to_string()).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn another_range_of_a_subnet_replaces_it_and_what_stands_on_it() {
    let mut changed = topology();
    changed.networks[0].subnets[0].range = "10.1.9.0/24".parse().expect("a range");
    let plan = replace(&changed).await;
    let keys = [
        "association/core/one",
        "attachment/core/one",
        "instance/i1",
        "propagation/core/one",
        "subnet/one/s1",
    ];
    assert_eq!(replaced_keys(&plan), keys, "{plan}");
    let text = plan.to_string();
    assert!(text.contains(" 5 to replace"), "{text}");
    assert!(text.contains("; replaces sub-"), "{text}");
    let json = plan.to_json();
    let subnet = json["steps"].as_array().expect("steps").iter();
    let mut subnet = subnet.filter(|step| step["key"] == "subnet/one/s1");
    assert!(subnet.next().expect("a step")["replaces"].is_string());
}

#[tokio::test]
async fn two_subnets_that_swap_their_ranges_are_replaced() {
    let mut changed = topology();
    let subnets = &mut changed.networks[0].subnets;
    let first = subnets[0].range;
    subnets[0].range = subnets[1].range;
    subnets[1].range = first;
    replace(&changed).await;
}

#[tokio::test]
async fn another_range_of_a_network_replaces_all_of_it_and_no_other() {
    let mut changed = topology();
    let range = |text: &str| text.parse().expect("a range");
    changed.networks[0].range = Some(range("10.9.0.0/16"));
    changed.networks[0].subnets[0].range = range("10.9.1.0/24");
    changed.networks[0].subnets[1].range = range("10.9.2.0/24");
    let plan = replace(&changed).await;
    let keys = replaced_keys(&plan);
    assert!(keys.contains(&"network/one".to_owned()), "{keys:?}");
    assert!(keys.contains(&"group/probe/one".to_owned()), "{keys:?}");
    assert!(keys.iter().all(|key| !key.contains("/two")), "{keys:?}");
}

#[tokio::test]
async fn another_account_of_a_network_is_told_with_the_consequence() {
    let mut changed = topology();
    changed.networks[0].account = "b".to_owned();
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let told = refused(&engine, &changed).await.to_string();
    for words in [
        "network one",
        "a network moves neither between accounts",
        "network/one",
    ] {
        assert!(told.contains(words), "`{words}` is missing in {told}");
    }
    replace(&changed).await;
}

#[tokio::test]
async fn another_owner_of_an_interconnect_is_told_with_the_consequence() {
    let mut changed = topology();
    changed.interconnects[0].owner = "b".to_owned();
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let told = refused(&engine, &changed).await.to_string();
    for words in [
        "a hub keeps its owner",
        "hub/core/r1",
        "attachment/core/three",
    ] {
        assert!(told.contains(words), "`{words}` is missing in {told}");
    }
    replace(&changed).await;
}

#[tokio::test]
async fn another_region_of_a_network_is_told_and_replaced() {
    let mut changed = topology();
    changed.networks[2].region = "r1".into();
    changed.networks[2].subnets[0].zone = "r1-a".into();
    changed.networks[2].subnets[1].zone = "r1-b".into();
    let plan = replace(&changed).await;
    let text = plan.to_string();
    assert!(
        text.contains("hub/core/r2"),
        "a region that is left loses its hub: {text}"
    );
}

#[tokio::test]
async fn an_interrupted_replacement_is_continued() {
    let mut changed = topology();
    changed.networks[0].subnets[0].range = "10.1.9.0/24".parse().expect("a range");
    for stop in 0..12 {
        let (engine, provider, _) = world();
        apply(&engine, &topology()).await;
        let writes = provider.write_count();
        let cancel = tokio_util::sync::CancellationToken::new();
        let token = cancel.clone();
        provider.on_write(move |index, _| {
            if index == writes + stop {
                token.cancel();
            }
        });
        let (_, plan) = planned(&engine, &changed).await;
        let _ = engine.clone().with_cancellation(cancel).apply(&plan).await;
        let (report, plan) = planned(&engine, &changed).await;
        assert!(report.passed(), "{stop}: {report}");
        engine.apply(&plan).await.expect("apply");
        let (_, plan) = planned(&engine, &changed).await;
        assert!(plan.is_empty(), "{stop}: {plan}");
        assert!(
            engine.verify(&changed).await.expect("verify").passed(),
            "{stop}"
        );
    }
}

/// The codes of what is refused when one thing of the topology is protected and its first subnet changes.
async fn protecting(protect: impl FnOnce(&mut Topology)) -> (Report, Report) {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let mut changed = topology();
    protect(&mut changed);
    let observation = engine.observe_for_destroy(&changed).await.expect("observe");
    assert!(
        preflight(&changed, &observation).passed(),
        "nothing is deleted"
    );
    let destroy = preflight_destroy(&changed, &observation);
    changed.networks[0].subnets[0].range = "10.1.9.0/24".parse().expect("a range");
    (destroy, planned(&engine, &changed).await.0)
}

fn subjects(report: &Report) -> Vec<&str> {
    let findings = report.findings.iter();
    let refused = findings.filter(|finding| finding.code == "protect/refused");
    refused.map(|finding| finding.subject.as_str()).collect()
}

#[tokio::test]
async fn what_is_protected_is_neither_replaced_nor_destroyed() {
    let (destroy, replace) = protecting(|topology| topology.networks[0].protect = true).await;
    assert_eq!(subjects(&destroy), ["network/one"], "{destroy}");
    assert_eq!(subjects(&replace), [""; 0], "{replace}");

    let subnet = |topology: &mut Topology| topology.networks[0].subnets[0].protect = true;
    let (destroy, replace) = protecting(subnet).await;
    assert_eq!(subjects(&destroy), ["subnet/one/s1"], "{destroy}");
    assert_eq!(subjects(&replace), ["subnet/one/s1"], "{replace}");
    assert!(
        replace.to_string().contains("delete and make anew"),
        "{replace}"
    );

    let (destroy, replace) = protecting(|topology| topology.instances[0].protect = true).await;
    assert_eq!(subjects(&destroy), ["instance/i1"], "{destroy}");
    assert_eq!(subjects(&replace), ["instance/i1"], "{replace}");

    let (destroy, replace) = protecting(|topology| topology.firewalls[0].protect = true).await;
    let groups = ["group/probe/one", "group/probe/three", "group/probe/two"];
    assert_eq!(subjects(&destroy), groups, "{destroy}");
    assert_eq!(subjects(&replace), [""; 0], "{replace}");

    let (destroy, replace) = protecting(|topology| topology.interconnects[0].protect = true).await;
    let whole = [
        "attachment/core/one",
        "attachment/core/three",
        "attachment/core/two",
        "hub/core",
        "hub/core/r1",
        "hub/core/r2",
    ];
    assert_eq!(subjects(&destroy), whole, "{destroy}");
    assert_eq!(subjects(&replace), ["attachment/core/one"], "{replace}");

    let (destroy, replace) = protecting(|topology| topology.protect = true).await;
    assert!(subjects(&destroy).len() > 20, "{destroy}");
    assert!(subjects(&replace).contains(&"subnet/one/s1"), "{replace}");
}
