//! What the cloud's own analyser says beside the verdicts.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::topology::Topology;
use landbridge_core::verify::{
    Agreement, Opinion, Questions, SecondOpinion, Traffic, VerifyReport, questions, verify,
};
use landbridge_core::{
    Capabilities, CloudProvider, ErrorKind, Observation, OracleReach, OracleVerdict, Protocol,
    Select,
};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{topology, world, world_like};

async fn seen(engine: &Engine, topology: &Topology) -> Observation {
    engine.observe(topology).await.expect("observe")
}

fn asked(topology: &Topology, observation: &Observation) -> (VerifyReport, Questions) {
    let report = verify(topology, observation, Traffic::PING);
    let questions = questions(topology, observation, &report, Traffic::PING);
    (report, questions)
}

async fn second(engine: &Engine, topology: &Topology) -> SecondOpinion {
    let observation = seen(engine, topology).await;
    let (_, questions) = asked(topology, &observation);
    let second = engine.second_opinion(&observation, &questions).await;
    second.expect("a second opinion")
}

fn of<'s>(second: &'s SecondOpinion, source: &str, destination: &str) -> &'s Opinion {
    let mut opinions = second.opinions.iter();
    let found = opinions.find(|one| one.source == source && one.destination == destination);
    found.expect("an opinion")
}

fn analyses(provider: &MemoryProvider) -> Vec<String> {
    let objects = provider.objects().into_iter();
    objects
        .filter(|one| one.starts_with("path analysis"))
        .collect()
}

/// The capabilities of the in-memory cloud, with another analyser.
fn with_reach(reach: OracleReach) -> Capabilities {
    let (_, provider, _) = world();
    let mut capabilities = provider.capabilities().clone();
    capabilities.oracle = Some(reach);
    capabilities
}

#[tokio::test]
async fn an_analyser_that_sees_the_same_agrees_and_nothing_is_left() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let second = second(&engine, &topology()).await;
    assert_eq!(second.opinions.len(), 6);
    assert_eq!(second.count(Agreement::Agrees), 6, "{second}");
    assert!(!second.failed() && !second.is_undecided());
    let one = of(&second, "i1", "i2");
    assert_eq!(one.oracle.as_deref(), Some("memory-oracle"));
    assert_eq!(one.asked.as_deref(), Some("icmp"));
    assert!(one.at.is_some() && !one.answer.forward.is_empty());
    // The name of an object that goes stands there until it is gone.
    assert!(
        analyses(&provider)
            .iter()
            .all(|one| one.contains("(deleting)"))
    );
    let started = provider.writes();
    let count = |verb| started.iter().filter(|line| line.starts_with(verb)).count();
    assert_eq!((count("start_analysis"), count("delete_analysis")), (6, 6));
}

#[tokio::test]
async fn both_call_blocked_what_a_missing_rule_stops() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let topology = topology();
    let observation = seen(&engine, &topology).await;
    let report = verify(&topology, &observation, Traffic::PING);
    let questions = questions(&topology, &observation, &report, Traffic::tcp(23));
    let second = engine.second_opinion(&observation, &questions).await;
    let second = second.expect("a second opinion");
    assert_eq!(second.count(Agreement::Agrees), 6, "{second}");
    for opinion in &second.opinions {
        let verdict = &opinion.answer.verdict;
        assert!(
            matches!(verdict, OracleVerdict::Blocked { .. }),
            "{opinion}"
        );
        assert_eq!(opinion.asked.as_deref(), Some("tcp 23"));
        let path = opinion.configuration.as_ref().expect("a path");
        assert!(path.blocked.is_some(), "{opinion}");
    }
}

// What changes between the observation and the analysis is the simplest thing that the two see differently.
#[tokio::test]
async fn a_disagreement_is_a_result_of_its_own_with_both_reasons() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let topology = topology();
    let observation = seen(&engine, &topology).await;
    let (report, questions) = asked(&topology, &observation);
    let place = observation.inventories.iter().find(|one| {
        let mut instances = one.instances.iter();
        instances.any(|one| one.name == "i2")
    });
    let place = place.expect("the place of i2");
    let group = &place.instances[0].groups[0];
    let cloud = provider.cloud(&place.place).await.expect("a cloud");
    let rules = cloud.list_rules(group).await.expect("rules");
    cloud.revoke_rules(group, &rules).await.expect("revoked");

    let second = engine.second_opinion(&observation, &questions).await;
    let second = second.expect("a second opinion");
    let one = of(&second, "i1", "i2");
    assert_eq!(one.agreement, Agreement::Disagrees, "{second}");
    let text = one.to_string();
    for part in [
        "i1 -> i2 icmp: DISAGREES",
        "configuration: reachable",
        "memory-oracle: blocked at ins-",
        ": group",
        "there, by configuration:",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(second.failed());
    let verdicts: Vec<_> = report.pairs.verdicts().collect();
    let report = report.with_second_opinion(second);
    assert!(report.failed() && !report.passed());
    let same: Vec<_> = report.pairs.verdicts().collect();
    assert_eq!(verdicts, same, "an analyser overrules no verdict");
    assert!(report.to_string().contains("2 disagree"), "{report}");
}

#[tokio::test]
async fn what_an_analyser_cannot_answer_is_not_asked_and_is_no_agreement() {
    let reach = OracleReach::new("narrow", vec![Protocol::Icmp]);
    let (engine, provider, _) =
        world_like(|builder| builder.with_capabilities(with_reach(reach.clone())));
    apply(&engine, &topology()).await;
    let before = provider.write_count();
    let second = second(&engine, &topology()).await;
    assert_eq!(provider.write_count(), before, "nothing was asked");
    assert_eq!(second.count(Agreement::CannotTell), 6);
    assert!(second.is_undecided() && !second.failed());
    let text = of(&second, "i1", "i2").to_string();
    let account = "not asked (narrow is asked inside one account only)";
    assert!(text.contains(account), "{text}");
    let text = of(&second, "i1", "i3").to_string();
    assert!(
        text.contains("narrow looks inside one region only"),
        "{text}"
    );
}

#[tokio::test]
async fn an_analyser_without_icmp_is_asked_about_tcp_that_a_rule_opens() {
    let reach = OracleReach::new("tcp-only", vec![Protocol::Tcp])
        .with_cross_account(true)
        .with_cross_region(true);
    let (engine, _, _) = world_like(|builder| builder.with_capabilities(with_reach(reach)));
    apply(&engine, &topology()).await;
    let second = second(&engine, &topology()).await;
    assert_eq!(second.count(Agreement::Agrees), 6, "{second}");
    assert!(
        second
            .opinions
            .iter()
            .all(|one| one.asked.as_deref() == Some("tcp 22"))
    );

    let mut deaf = topology();
    deaf.firewalls[0].rules.truncate(1);
    let observation = seen(&engine, &deaf).await;
    let mut observation = observation;
    for inventory in observation.inventories.iter_mut() {
        inventory
            .rules
            .retain(|record| record.rule.protocol == Protocol::Icmp);
    }
    let (_, questions) = asked(&deaf, &observation);
    assert!(questions.asked.is_empty());
    let text = questions.opinions[0].to_string();
    assert!(
        text.contains("tcp-only takes no icmp, and no rule of"),
        "{text}"
    );
}

#[tokio::test]
async fn an_analysis_that_fails_is_an_opinion_that_cannot_be_told_and_leaves_nothing() {
    for when in [FaultPoint::Before, FaultPoint::After] {
        let (engine, provider, clock) = world();
        apply(&engine, &topology()).await;
        provider.fail_call(0, when, ErrorKind::OutcomeUnknown);
        let second = second(&engine, &topology()).await;
        let told = |one: &Opinion| one.is_unanswered();
        assert_eq!(second.opinions.iter().filter(|one| told(one)).count(), 1);
        assert!(second.is_undecided() && !second.failed(), "{second}");
        clock.advance(Duration::from_secs(60));
        assert_eq!(analyses(&provider), Vec::<String>::new(), "{when:?}");
    }
}

#[tokio::test]
async fn an_interrupt_deletes_what_was_started_and_starts_no_more() {
    let (engine, provider, clock) = world();
    apply(&engine, &topology()).await;
    let topology = topology();
    let observation = seen(&engine, &topology).await;
    let (_, questions) = asked(&topology, &observation);
    let mut options = landbridge_core::engine::EngineOptions::default();
    options.parallel = 1;
    let cancel = CancellationToken::new();
    let stopped = engine
        .clone()
        .with_options(options)
        .with_cancellation(cancel.clone());
    let before = provider.write_count();
    provider.on_write(move |_, line| {
        if line.starts_with("start_analysis") {
            cancel.cancel();
        }
    });
    let error = stopped.second_opinion(&observation, &questions).await;
    let error = error.expect_err("interrupted");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let writes = provider.writes().split_off(before);
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[1].starts_with("delete_analysis"), "{writes:?}");
    clock.advance(Duration::from_secs(60));
    assert_eq!(analyses(&provider), Vec::<String>::new());
}

#[tokio::test]
async fn what_could_not_be_deleted_is_told_found_by_the_residue_and_removed_by_a_destroy() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let topology = topology();
    provider.set_weather(|call| {
        (call.verb == "delete_analysis")
            .then_some((FaultPoint::Before, ErrorKind::PermissionDenied))
    });
    let told = second(&engine, &topology).await;
    provider.clear_weather();
    assert_eq!(told.left.len(), 6);
    assert!(told.failed());
    assert!(
        told.to_string().contains("`landbridge destroy` deletes it"),
        "{told}"
    );

    let again = plan(&topology, &seen(&engine, &topology).await);
    assert!(
        again.steps.is_empty(),
        "an apply neither asks for them nor removes them: {again}"
    );
    let residue = engine.residue(&topology, None).await.expect("a residue");
    let left = residue
        .found
        .iter()
        .filter(|one| one.key.starts_with("analysis/"));
    assert_eq!(left.count(), 6, "{residue}");

    let observation = engine.observe_for_destroy(&topology).await.expect("seen");
    let destroy = plan_destroy(&topology, &observation);
    assert!(
        destroy.to_string().contains("delete path analysis ana-1"),
        "{destroy}"
    );
    engine.apply(&destroy).await.expect("destroyed");
    assert_eq!(provider.objects(), Vec::<String>::new());
    let residue = engine.residue(&topology, Some(&destroy)).await;
    assert!(residue.expect("a residue").is_empty());
}

#[tokio::test]
async fn what_may_have_been_left_is_told_where_it_cannot_be_looked_for() {
    let (engine, provider, _) = world();
    let topology = topology();
    apply(&engine, &topology).await;
    let observation = seen(&engine, &topology).await;
    let (_, asked) = asked(&topology, &observation);
    provider.set_weather(|call| match call.verb {
        "start_analysis" => Some((FaultPoint::After, ErrorKind::OutcomeUnknown)),
        _ => (!call.is_write).then_some((FaultPoint::Before, ErrorKind::PermissionDenied)),
    });
    let told = engine.second_opinion(&observation, &asked).await;
    let told = told.expect("opinions");
    provider.clear_weather();
    assert_eq!(told.left.len(), 6, "{told}");
    assert!(told.failed(), "{told}");
    assert!(
        told.left
            .iter()
            .all(|one| one.reason.contains("may be there")),
        "{told}"
    );
}

#[tokio::test]
async fn a_cloud_without_an_analyser_is_told_and_refuses() {
    let (_, provider, _) = world();
    let mut capabilities = provider.capabilities().clone();
    capabilities.oracle = None;
    let (engine, provider, _) =
        world_like(|builder| builder.with_capabilities(capabilities.clone()));
    apply(&engine, &topology()).await;
    let second = second(&engine, &topology()).await;
    let text = of(&second, "i1", "i2").to_string();
    assert!(
        text.contains("Landbridge knows no analyser of cloud `memory`"),
        "{text}"
    );
    let observation = seen(&engine, &topology()).await;
    let place = &observation.inventories.iter().next().expect("one").place;
    let cloud: Arc<dyn landbridge_core::Cloud> = provider.cloud(place).await.expect("a cloud");
    let error = cloud
        .list_analyses(&Select::All)
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
