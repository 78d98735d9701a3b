//! What differs between a topology and what is there, and what would mend it.

use landbridge_core::drift::{DriftKind, DriftReport, drift};
use landbridge_core::engine::Engine;
use landbridge_core::topology::Topology;
use landbridge_core::{CloudProvider, Direction, Place, Protocol, Rule, RulePeer, RuleRecord};

use crate::apply::apply;
use crate::common::{A, memory, topology, world};

async fn report(engine: &Engine, topology: &Topology) -> DriftReport {
    drift(topology, &engine.observe(topology).await.expect("observe"))
}

fn told(report: &DriftReport) -> Vec<(DriftKind, &str)> {
    let entries = report.entries.iter();
    entries
        .map(|entry| (entry.kind, entry.key.as_str()))
        .collect()
}

#[tokio::test]
async fn what_was_not_applied_has_no_drift_and_what_is_up_has_none() {
    let (engine, _, _) = world();
    let before = report(&engine, &topology()).await;
    assert!(!before.applied && !before.is_empty());
    assert_eq!(told(&before), []);
    assert!(before.to_string().contains("not applied"), "{before}");
    apply(&engine, &topology()).await;
    let after = report(&engine, &topology()).await;
    assert!(after.is_empty(), "{after}");
    assert_eq!(after.to_string(), "drift: none");
}

#[tokio::test]
async fn each_difference_is_told_with_what_mends_it() {
    let (engine, provider, clock) = world();
    apply(&engine, &topology()).await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let here = observation
        .at(&Place::new(memory(), A, "r1"))
        .expect("a place");
    let cloud = provider.cloud(&here.place).await.expect("a handle");
    cloud
        .terminate_instance(&here.instances[0].id)
        .await
        .expect("terminate");
    let range = "192.168.0.0/16".parse().expect("a range");
    let rule = Rule::allow(
        Direction::Ingress,
        Protocol::Tcp,
        None,
        RulePeer::Range(range),
    );
    let placed = provider.place_rule(RuleRecord::new(here.groups[0].id.clone(), rule));
    placed.expect("a rule");
    provider.untag(here.subnets[0].id.as_str()).expect("untag");
    clock.advance(std::time::Duration::from_secs(60));

    let mut changed = topology();
    changed.networks[1].subnets[1].range = "10.2.9.0/24".parse().expect("a range");
    let report = report(&engine, &changed).await;
    let lost = format!("subnet/one/{}", here.subnets[0].name);
    let all = told(&report);
    for entry in [
        (DriftKind::Missing, "instance/i1"),
        (DriftKind::Altered, "subnet/two/s2"),
        (DriftKind::Added, "group/probe/one"),
        (DriftKind::TagLost, lost.as_str()),
    ] {
        assert!(all.contains(&entry), "{entry:?} is missing in {report}");
    }
    let text = report.to_string();
    for words in [
        "landbridge adopt FILE",
        "landbridge apply --replace",
        "192.168.0.0/16",
    ] {
        assert!(text.contains(words), "`{words}` is missing in {text}");
    }
}

#[tokio::test]
async fn a_rule_that_others_added_is_named_everywhere_and_goes_only_when_pruned() {
    use landbridge_core::plan::{PlanOptions, plan, plan_with};
    use landbridge_core::preflight::{Severity, preflight, preflight_with};
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let before = provider.objects();
    let observation = engine.observe(&topology()).await.expect("observe");
    let here = observation
        .at(&Place::new(memory(), A, "r1"))
        .expect("a place");
    let group = here.groups[0].id.clone();
    let anywhere = RulePeer::Range("0.0.0.0/0".parse().expect("a range"));
    let port = landbridge_core::PortRange::single(3389);
    let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, Some(port), anywhere);
    let placed = provider.place_rule(RuleRecord::new(group.clone(), rule));
    placed.expect("a rule");

    let observation = engine.observe(&topology()).await.expect("observe");
    let found = preflight(&topology(), &observation);
    assert_eq!(found.codes(), ["group/foreign-rule"], "{found}");
    assert_eq!(found.findings[0].severity, Severity::Warning);
    let verified = engine.verify(&topology()).await.expect("verify");
    assert!(verified.passed());
    let drifted = report(&engine, &topology()).await;
    for text in [found.to_string(), verified.to_string(), drifted.to_string()] {
        for word in [group.as_str(), "3389", "0.0.0.0/0", "r1", "--prune"] {
            assert!(text.contains(word), "`{word}` is missing in {text}");
        }
    }
    assert!(plan(&topology(), &observation).is_empty());

    let consent = PlanOptions::default().with_prune(true);
    let pruned = preflight_with(&topology(), &observation, &consent);
    assert!(pruned.findings.is_empty(), "{pruned}");
    let pruning = plan_with(&topology(), &observation, &consent);
    assert_eq!(pruning.counts(), (0, 1), "{pruning}");
    engine.apply(&pruning).await.expect("apply");
    assert_eq!(provider.objects(), before);
}
