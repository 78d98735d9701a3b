//! Runs that share lists of places: each sees what it would see by itself, and many take few calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use landbridge_core::drift::drift;
use landbridge_core::engine::{Engine, PlaceReads};
use landbridge_core::reconcile::{Intent, Outcome};
use landbridge_core::topology::Topology;
use landbridge_core::{CloudName, Observation};
use landbridge_sim::Simulator;

use crate::virtual_time::VirtualTime;

/// For longer than any of these tests takes.
const AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// The engine, with lists of its own to share.
pub(crate) fn sharing(engine: &Engine, simulator: &Simulator) -> Engine {
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let reads = PlaceReads::new(clock, AGE);
    engine.clone().with_place_reads(Arc::new(reads))
}

/// All that an observation shows, but for its age and the IDs of requests.
fn shown(observation: &Observation) -> String {
    let mut shown = serde_json::to_value(observation).expect("JSON");
    shown
        .as_object_mut()
        .expect("an object")
        .remove("age_seconds");
    let text = serde_json::to_string_pretty(&shown).expect("JSON");
    let mut parts = text.split("[request ");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
    rest.fold(first, |all, part| all + part)
}

/// An observation through shared lists, also through those that were read before, shows what one by itself shows.
pub(crate) async fn sees_the_same(engine: &Engine, simulator: &Simulator, topology: &Topology) {
    let sharing = sharing(engine, simulator);
    let first = sharing.observe_shared(topology).await.expect("observe");
    let kept = sharing.observe_shared(topology).await.expect("observe");
    let alone = engine.observe(topology).await.expect("observe");
    assert!(
        alone.age.is_none() && kept.age >= first.age,
        "{:?} {:?}",
        kept.age,
        first.age
    );
    for shared in [first, kept] {
        let (seen, wanted) = (shown(&shared), shown(&alone));
        if seen != wanted {
            let mut lines = seen.lines().zip(wanted.lines());
            let first = lines.find(|(seen, wanted)| seen != wanted);
            panic!(
                "{} through shared lists and alone: {first:#?}",
                topology.name
            );
        }
        assert_eq!(drift(topology, &shared), drift(topology, &alone));
    }
}

/// One of many small topologies in the same two places: a network in each, joined by a hub or a mesh, and a firewall.
pub(crate) fn small(
    cloud: &CloudName,
    accounts: [&str; 2],
    region: &str,
    model: &str,
    number: usize,
) -> Topology {
    let [a, b] = accounts;
    let zone = match cloud.as_str() {
        "aws" => format!("{region}a"),
        _ => format!("{region}-h"),
    };
    Topology::from_text(&format!(
        "{{ name: small{number}, accounts: [{{ name: a, cloud: {cloud}, id: '{a}' }}, {{ name: b, cloud: {cloud}, id: '{b}' }}],
          networks: [
            {{ name: one, account: a, region: {region}, range: 10.{number}.0.0/17,
               subnets: [{{ name: s, zone: {zone}, range: 10.{number}.1.0/24 }}] }},
            {{ name: two, account: b, region: {region}, range: 10.{number}.128.0/17,
               subnets: [{{ name: s, zone: {zone}, range: 10.{number}.129.0/24 }}] }}],
          interconnects: [{{ name: core, owner: a, model: {model}, members: [one, two] }}],
          firewalls: [{{ name: fw, networks: [one, two], rules: [{{ allow: icmp, from: ['members:core'] }}] }}] }}"
    ))
    .expect("a topology")
}

pub(crate) async fn tick(engine: &Engine, topology: &Topology) -> Outcome {
    let run = engine.reconcile(topology.clone(), Intent::observe());
    run.ended().await.outcome
}

/// The calls, by operation, of a tick of each of these, all at once. All are up.
pub(crate) async fn calls_of_ticks(
    engine: &Engine,
    simulator: &Simulator,
    topologies: &[Topology],
) -> BTreeMap<String, usize> {
    let before = simulator.calls().len();
    for outcome in join_all(topologies.iter().map(|one| tick(engine, one))).await {
        assert!(matches!(outcome, Outcome::Ready { .. }), "{outcome:?}");
    }
    let mut counts = BTreeMap::new();
    for call in simulator.calls().into_iter().skip(before) {
        *counts.entry(call.action).or_insert(0) += 1;
    }
    counts
}

/// A row for each number of topologies: the calls of their ticks, each by itself and through shared lists.
pub(crate) async fn table(engine: &Engine, simulator: &Simulator, topologies: &[Topology]) {
    for count in [1, 10, 100]
        .into_iter()
        .filter(|count| *count <= topologies.len())
    {
        let some = &topologies[..count];
        let alone = calls_of_ticks(engine, simulator, some).await;
        let shared = calls_of_ticks(&sharing(engine, simulator), simulator, some).await;
        let sum = |counts: &BTreeMap<String, usize>| counts.values().sum::<usize>();
        let (alone_sum, shared_sum) = (sum(&alone), sum(&shared));
        let each = |sum: usize| sum as f64 / count as f64;
        println!(
            "| {count} | {alone_sum} | {:.1} | {shared_sum} | {:.1} |",
            each(alone_sum),
            each(shared_sum)
        );
        println!("{alone:#?}\n{shared:#?}");
    }
}
