//! Lists of places that many topologies share: one reading for all, the same sight for each, and nothing told that only an old
//! list shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use landbridge_core::drift::drift;
use landbridge_core::engine::{Engine, PlaceReads};
use landbridge_core::memory::{FaultPoint, ManualClock, MemoryProvider};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::reconcile::{Intent, Outcome};
use landbridge_core::topology::{Account, Firewall, FirewallRuleSpec, Interconnect, Topology};
use landbridge_core::{
    CloudProvider, Direction, ErrorKind, Observation, Place, Protocol, Rule, RulePeer, RuleRecord,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{A, B, memory, network, topology, world};

const AGE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// One of many small topologies in the same two places: a network in each, and a hub between them.
fn small(number: u8) -> Topology {
    Topology::new(format!("small{number}"))
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(network("one", "a", "r1", number))
        .with_network(network("two", "b", "r1", number + 100))
        .with_interconnect(Interconnect::new("core", "a", ["one", "two"]))
        .with_firewall(
            Firewall::new("fw", ["one", "two"])
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, [])),
        )
}

fn sharing(engine: &Engine, clock: &Arc<ManualClock>) -> (Engine, Arc<PlaceReads>) {
    let reads = Arc::new(PlaceReads::new(clock.clone(), AGE));
    (engine.clone().with_place_reads(reads.clone()), reads)
}

fn day_long(engine: &Engine, clock: &Arc<ManualClock>) -> Engine {
    let reads = PlaceReads::new(clock.clone(), DAY);
    engine.clone().with_place_reads(Arc::new(reads))
}

async fn tick(engine: &Engine, topology: &Topology) -> Outcome {
    let run = engine.reconcile(topology.clone(), Intent::observe());
    run.ended().await.outcome
}

async fn ticks(engine: &Engine, topologies: &[Topology]) {
    for outcome in join_all(topologies.iter().map(|one| tick(engine, one))).await {
        assert!(matches!(outcome, Outcome::Ready { .. }), "{outcome:?}");
    }
}

/// All that an observation shows, but for its age.
fn shown(observation: &Observation) -> Value {
    let mut shown = serde_json::to_value(observation).expect("JSON");
    shown
        .as_object_mut()
        .expect("an object")
        .remove("age_seconds");
    shown
}

/// A tick by itself and one through shared lists see the same.
async fn sees_the_same(engine: &Engine, clock: &Arc<ManualClock>, topologies: &[Topology]) {
    let (sharing, _) = sharing(engine, clock);
    for topology in topologies {
        let alone = engine.observe(topology).await.expect("observe");
        let shared = sharing.observe_shared(topology).await.expect("observe");
        assert!(alone.age.is_none() && shared.age.is_some());
        assert_eq!(shown(&shared), shown(&alone), "{}", topology.name);
        assert_eq!(drift(topology, &shared), drift(topology, &alone));
    }
}

async fn up(number: u8) -> (Engine, MemoryProvider, Arc<ManualClock>, Vec<Topology>) {
    let (engine, provider, clock) = world();
    let topologies: Vec<Topology> = (1..=number).map(small).collect();
    for topology in &topologies {
        apply(&engine, topology).await;
    }
    (engine, provider, clock, topologies)
}

#[tokio::test]
async fn however_many_tick_a_place_is_read_once() {
    for count in [1, 10] {
        let (engine, provider, clock, topologies) = up(count).await;
        let before = provider.reading_count();
        ticks(&engine, &topologies).await;
        let alone = provider.reading_count() - before;
        // Two places, and two accounts for the footprint.
        assert_eq!(alone, 4 * topologies.len());
        let (sharing, _) = sharing(&engine, &clock);
        let before = provider.reading_count();
        ticks(&sharing, &topologies).await;
        assert_eq!(provider.reading_count() - before, 4);
    }
}

#[tokio::test]
async fn each_sees_what_it_would_see_by_itself_whatever_differs() {
    let (engine, provider, clock, topologies) = up(3).await;
    let all = [topologies, vec![topology(), small(9)]].concat();
    apply(&engine, &topology()).await;
    sees_the_same(&engine, &clock, &all).await;

    // Something is missing, something was added, tags were lost; one topology changes, one was never applied.
    let observation = engine.observe(&topology()).await.expect("observe");
    let here = observation
        .at(&Place::new(memory(), A, "r1"))
        .expect("a place");
    let cloud = provider.cloud(&here.place).await.expect("a handle");
    let gone = cloud.terminate_instance(&here.instances[0].id).await;
    gone.expect("terminate");
    let from = RulePeer::Range("192.168.0.0/16".parse().expect("a range"));
    let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, None, from);
    let placed = provider.place_rule(RuleRecord::new(here.groups[0].id.clone(), rule));
    placed.expect("a rule");
    provider.untag(here.subnets[0].id.as_str()).expect("untag");
    clock.advance(AGE);
    let mut changed = topology();
    changed.networks[1].subnets[1].range = "10.2.9.0/24".parse().expect("a range");
    sees_the_same(&engine, &clock, &[all, vec![changed]].concat()).await;
}

#[tokio::test]
async fn what_only_an_old_list_shows_is_not_told() {
    let (engine, provider, clock, topologies) = up(2).await;
    let sharing = day_long(&engine, &clock);
    ticks(&sharing, &topologies).await;
    // Another program writes, which the lists that are kept do not show.
    let late = small(7);
    apply(&engine, &late).await;
    let old = sharing.observe_shared(&late).await.expect("observe");
    assert!(!plan(&late, &old).is_empty(), "the lists are old");
    assert!(matches!(tick(&sharing, &late).await, Outcome::Ready { .. }));
    // What is really gone is told once the lists are too old.
    let observation = engine.observe(&late).await.expect("observe");
    let subnet = observation
        .inventories
        .iter()
        .next()
        .expect("a place")
        .subnets[0]
        .id
        .clone();
    provider.take_away(subnet.as_str()).expect("taken away");
    clock.advance(DAY + Duration::from_secs(1));
    let run = sharing.reconcile(late, Intent::observe());
    let ended = run.ended().await;
    assert!(
        matches!(ended.outcome, Outcome::Drifted { .. }),
        "{:?}",
        ended.outcome
    );
    let confirmed = ended.observation.expect("an observation");
    assert!(confirmed.age.is_none(), "told by a look of its own");
    ticks(&sharing, &topologies).await;
}

#[tokio::test]
async fn an_observation_is_at_most_so_old_and_says_how_old() {
    let (engine, provider, clock, topologies) = up(1).await;
    let (sharing, reads) = sharing(&engine, &clock);
    let observe = async || {
        let before = provider.reading_count();
        let seen = sharing.observe_shared(&topologies[0]).await;
        (
            seen.expect("observe").age,
            provider.reading_count() - before,
        )
    };
    assert_eq!(observe().await, (Some(Duration::ZERO), 4));
    assert_eq!(reads.items(), 4);
    clock.advance(AGE);
    assert_eq!(observe().await, (Some(AGE), 0));
    clock.advance(Duration::from_secs(1));
    assert_eq!(observe().await, (Some(Duration::ZERO), 4));
    assert_eq!(reads.items(), 4, "what is too old is not kept");
    let alone = sharing.observe(&topologies[0]).await.expect("observe");
    assert!(alone.age.is_none());
}

#[tokio::test]
async fn a_write_of_ours_drops_what_was_read_of_its_place_before() {
    let (engine, provider, clock, mut topologies) = up(2).await;
    // A network more in the second account: nothing is written in the first one.
    let more = network("four", "b", "r1", 200);
    topologies[0] = topologies[0].clone().with_network(more);
    let planned = plan(
        &topologies[0],
        &engine.observe(&topologies[0]).await.expect("observe"),
    );
    let places: Vec<&str> = planned
        .steps
        .iter()
        .map(|step| step.place.account.as_str())
        .collect();
    assert!(
        !places.is_empty() && places.iter().all(|account| *account == B),
        "{places:?}"
    );
    // Steps take simulated time, and the list of the first place must not be too old for it.
    let sharing = day_long(&engine, &clock);
    sharing
        .observe_shared(&topologies[0])
        .await
        .expect("observe");
    sharing.apply(&planned).await.expect("applies");
    let before = provider.reading_count();
    let seen = sharing
        .observe_shared(&topologies[0])
        .await
        .expect("observe");
    assert!(
        plan(&topologies[0], &seen).is_empty(),
        "an old list was used"
    );
    // The second place and what is searched of its account.
    assert_eq!(provider.reading_count() - before, 2);
    let destroy = plan_destroy(
        &topologies[0],
        &engine
            .observe_for_destroy(&topologies[0])
            .await
            .expect("observe"),
    );
    sharing.apply(&destroy).await.expect("applies");
    let seen = sharing
        .observe_shared(&topologies[0])
        .await
        .expect("observe");
    assert!(seen.inventories.iter().all(|one| one.networks.is_empty()));
}

#[tokio::test]
async fn an_error_is_told_only_if_a_run_meets_it_by_itself_too() {
    let (engine, provider, clock, topologies) = up(3).await;
    let (sharing, _) = sharing(&engine, &clock);
    let first = AtomicUsize::new(0);
    provider.set_weather(move |call| {
        let is_first = !call.is_write && first.fetch_add(1, Ordering::Relaxed) == 0;
        is_first.then_some((FaultPoint::Before, ErrorKind::Unavailable))
    });
    // What a shared list met need not be there any more: the run looks again by itself.
    ticks(&sharing, &topologies).await;
    clock.advance(DAY);
    provider.set_weather(|call| {
        (!call.is_write).then_some((FaultPoint::Before, ErrorKind::Unavailable))
    });
    for outcome in join_all(topologies.iter().map(|one| tick(&sharing, one))).await {
        assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    }
    provider.clear_weather();
    ticks(&sharing, &topologies).await;
}

#[tokio::test]
async fn a_run_that_is_stopped_while_it_reads_holds_up_no_other() {
    let (engine, provider, clock, topologies) = up(2).await;
    let (sharing, _) = sharing(&engine, &clock);
    let stop = CancellationToken::new();
    let stopped = sharing.clone().with_cancellation(stop.clone());
    let before = provider.reading_count();
    let first = stopped.observe_shared(&topologies[0]);
    let second = async {
        // The first one is at its first reading.
        tokio::task::yield_now().await;
        stop.cancel();
        sharing.observe_shared(&topologies[1]).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.expect_err("stopped").kind(), ErrorKind::Cancelled);
    assert!(plan(&topologies[1], &second.expect("observe")).is_empty());
    assert!(provider.reading_count() - before >= 4);
}

#[tokio::test]
async fn where_there_is_no_room_each_reads_by_itself() {
    let (engine, provider, clock, topologies) = up(3).await;
    let reads = PlaceReads::new(clock.clone(), AGE).with_most_items(0);
    let reads = Arc::new(reads);
    let sharing = engine.clone().with_place_reads(reads.clone());
    ticks(&sharing, &topologies).await;
    assert_eq!(reads.items(), 0);
    let before = provider.reading_count();
    ticks(&sharing, &topologies).await;
    assert_eq!(provider.reading_count() - before, 4 * topologies.len());
    let seen = sharing
        .observe_shared(&topologies[0])
        .await
        .expect("observe");
    assert!(seen.age.is_none(), "nothing was shared");
}
