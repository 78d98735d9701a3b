//! A run that stops, by itself or because it is told to, says what it leaves behind, and in time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use landbridge_core::engine::{ApplyError, Engine, EngineOptions, Standing};
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::topology::{Account, Network, Subnet, Topology};
use landbridge_core::{Clock, ErrorKind};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{A, memory, topology, world};

async fn plan_now(engine: &Engine) -> Plan {
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    plan(&topology, &observation)
}

/// The keys of the objects that steps have finished.
#[derive(Debug, Default)]
struct Done(Mutex<BTreeSet<String>>);

impl EventSink for Done {
    fn emit(&self, record: EventRecord) {
        if let Event::StepDone { key, .. } = record.event {
            let key = key.object().to_string();
            self.0.lock().expect("not poisoned").insert(key);
        }
    }
}

fn cancel_at(provider: &MemoryProvider, n: usize) -> CancellationToken {
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    provider.on_write(move |index, _| {
        if index == n {
            token.cancel();
        }
    });
    cancel
}

/// The keys of what is there, of the kinds that are one object a step.
fn alive(provider: &MemoryProvider) -> BTreeSet<String> {
    let objects = provider.objects().into_iter();
    objects
        .filter_map(|object| Some(object.split_once(':')?.1.to_owned()))
        // Grants are named after both of their ends.
        .filter(|key| !key.contains(' '))
        .filter(|key| {
            ["network/", "subnet/", "hub/", "attachment/", "instance/"]
                .iter()
                .any(|kind| key.starts_with(kind))
        })
        .collect()
}

fn told(error: &ApplyError) -> BTreeSet<String> {
    let under_way = error.under_way.iter();
    under_way
        .map(|step| step.key.object().to_string())
        .collect()
}

#[tokio::test]
async fn whatever_a_cancelled_run_made_is_told_as_done_or_under_way() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let mut under_way = 0;
    for n in 0..provider.write_count() {
        let (engine, provider, _) = world();
        let done = Arc::new(Done::default());
        let engine = engine
            .with_cancellation(cancel_at(&provider, n))
            .with_events(done.clone());
        let plan = plan_now(&engine).await;
        let Err(error) = engine.apply(&plan).await else {
            continue;
        };
        let mut known = told(&error);
        under_way += known.len();
        known.extend(done.0.lock().expect("not poisoned").iter().cloned());
        let alive = alive(&provider);
        assert!(
            alive.is_subset(&known),
            "cancelled at write {n}: {:?} are not told: {error}",
            alive.difference(&known)
        );
        for step in &error.under_way {
            assert!(error.to_string().contains(&step.to_string()), "{error}");
        }
    }
    assert!(under_way > 10, "{under_way}");
}

#[tokio::test]
async fn whatever_a_failed_run_made_is_told_as_done_or_under_way() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    for n in 0..provider.write_count() {
        let (engine, provider, _) = world();
        let done = Arc::new(Done::default());
        let engine = engine.with_events(done.clone());
        provider.fail_call(n, FaultPoint::Before, ErrorKind::PermissionDenied);
        let plan = plan_now(&engine).await;
        let error = engine.apply(&plan).await.expect_err("refused");
        let mut known = told(&error);
        known.extend(done.0.lock().expect("not poisoned").iter().cloned());
        let alive = alive(&provider);
        let missing: Vec<_> = alive.difference(&known).collect();
        assert!(
            missing.is_empty(),
            "failed at write {n}: {missing:?}: {error}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_at_the_stop_is_looked_for_once_and_else_told_as_unsettled() {
    for (point, found) in [(FaultPoint::After, true), (FaultPoint::Before, false)] {
        let (engine, provider, _) = world();
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        provider.set_weather(move |call| {
            (call.verb == "create_network").then(|| {
                token.cancel();
                (point, ErrorKind::OutcomeUnknown)
            })
        });
        let mut one_at_a_time = EngineOptions::default();
        one_at_a_time.parallel = 1;
        let engine = engine.with_cancellation(cancel).with_options(one_at_a_time);
        let plan = plan_now(&engine).await;
        let error = engine.apply(&plan).await.expect_err("cancelled");
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        let [step] = error.under_way.as_slice() else {
            panic!("{error}");
        };
        let accepted = matches!(step.standing, Standing::Accepted { .. });
        assert_eq!(accepted, found, "{error}");
        let word = if found { "under way: " } else { "unsettled: " };
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn what_others_hold_ends_a_destroy_within_minutes_and_not_with_run_again() {
    let (engine, provider, clock) = world();
    apply(&engine, &topology()).await;
    provider.set_weather(|call| {
        let held = call.verb == "delete_network";
        held.then_some((FaultPoint::Before, ErrorKind::InUse))
    });
    let observation = engine.observe(&topology()).await.expect("observe");
    let destroy = plan_destroy(&topology(), &observation);
    let started = clock.uptime();
    let error = engine.apply(&destroy).await.expect_err("held");
    let took = clock.uptime() - started;
    assert!(took > Duration::from_secs(12 * 60), "{took:?}");
    assert!(took < Duration::from_secs(25 * 60), "{took:?}");
    assert_eq!(error.kind(), ErrorKind::InUse, "{error}");
    assert!(!error.may_continue(), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("nothing has changed for 12 minutes"),
        "{text}"
    );
    assert!(!text.contains("run again to continue"), "{text}");
    // What was only slow to let go is waited for.
    provider.clear_weather();
    let observation = engine.observe(&topology()).await.expect("observe");
    let destroy = plan_destroy(&topology(), &observation);
    let patient = clock.clone();
    let until = clock.uptime() + Duration::from_secs(600);
    provider.set_weather(move |call| {
        let held = call.verb == "delete_network" && patient.uptime() < until;
        held.then_some((FaultPoint::Before, ErrorKind::InUse))
    });
    engine.apply(&destroy).await.expect("it lets go");
}

#[tokio::test]
async fn a_create_whose_answers_are_all_lost_is_sent_a_few_times_only() {
    let (engine, provider, _) = world();
    let sent = Arc::new(Mutex::new(0));
    let count = sent.clone();
    provider.set_weather(move |call| {
        (call.verb == "create_network").then(|| {
            *count.lock().expect("not poisoned") += 1;
            (FaultPoint::Before, ErrorKind::OutcomeUnknown)
        })
    });
    let plan = plan_now(&engine).await;
    let error = engine.apply(&plan).await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("unsettled: "), "{error}");
    // Three networks side by side, eight times each.
    let sent = *sent.lock().expect("not poisoned");
    assert!((8..=24).contains(&sent), "{sent}");
}

#[tokio::test]
async fn waiting_for_its_turn_does_not_use_up_a_step_s_time() {
    let (engine, _, clock) = world();
    let range = |text: String| text.parse().expect("a range");
    let network = Network::new("wide", "a", "r1", range("10.1.0.0/16".to_owned()));
    let network = (1..=12).fold(network, |network, number| {
        network.with_subnet(Subnet::new(
            format!("s{number}"),
            "r1-a",
            range(format!("10.1.{number}.0/24")),
        ))
    });
    let wide = Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_network(network);
    let mut options = EngineOptions::default();
    // Enough for each, and not for all of them, one after the other.
    options.step_limit = Duration::from_secs(90);
    let engine = engine.with_options(options);
    let observation = engine.observe(&wide).await.expect("observe");
    let started = clock.uptime();
    let applied = engine.apply(&plan(&wide, &observation)).await;
    applied.expect("every step has its own time");
    assert!(clock.uptime() - started > Duration::from_secs(90));
}

#[tokio::test]
async fn the_time_limit_of_an_engine_covers_all_that_it_does() {
    let (engine, provider, clock) = world();
    let engine = engine.with_time_limit(Duration::from_secs(60));
    let plan = plan_now(&engine).await;
    provider.set_weather(|call| {
        (call.verb == "create_subnet").then_some((FaultPoint::Before, ErrorKind::Busy))
    });
    let error = engine.apply(&plan).await.expect_err("no time");
    let in_time = [ErrorKind::Busy, ErrorKind::Timeout];
    assert!(in_time.contains(&error.kind()), "{error}");
    assert!(
        clock.uptime() <= Duration::from_secs(60),
        "{:?}",
        clock.uptime()
    );
}
