//! Runs as tasks: how they end, how they are looked at, and how they stop.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use landbridge_core::engine::{EngineOptions, ResidueReport};
use landbridge_core::event::{Event, EventRecord, EventSink, RunId};
use landbridge_core::memory::{FaultPoint, MemoryAccount};
use landbridge_core::preflight::Report;
use landbridge_core::reconcile::{Ended, Goal, Intent, Outcome, Progress, Run, Stage};
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{ErrorKind, IdentityKind};
use tokio_util::sync::CancellationToken;

use crate::common::{A, B, memory, network, topology, world, world_of};

const LOOK: Duration = Duration::from_millis(1);
/// What no progress exceeds as JSON.
const LIMIT: usize = 2048;

/// Looks until the end, and gives all that was seen.
async fn looks(run: &Run) -> Vec<Progress> {
    let mut seen = Vec::new();
    loop {
        let progress = run.progress_within(LOOK).await;
        check(&progress);
        seen.push(progress.clone());
        if progress.has_ended() {
            return seen;
        }
    }
}

/// A progress is small, and comes back as it was.
fn check(progress: &Progress) {
    let text = serde_json::to_string(progress).expect("JSON");
    assert!(text.len() < LIMIT, "{} bytes: {text}", text.len());
    assert!(text.starts_with(r#"{"v":1,"#), "{text}");
    let read: Progress = serde_json::from_str(&text).expect("the same");
    assert_eq!(read, *progress);
}

/// What a run was seen doing, but for its reads.
fn told(seen: &[Progress]) -> Vec<Stage> {
    let stages = seen.iter().map(|progress| progress.stage);
    let mut stages: Vec<Stage> = stages.filter(|stage| *stage != Stage::Observing).collect();
    stages.dedup();
    stages
}

async fn converge(engine: &landbridge_core::engine::Engine, topology: &Topology) -> Ended {
    engine
        .reconcile(topology.clone(), Intent::converge())
        .ended()
        .await
}

#[tokio::test]
async fn a_topology_converges_is_observed_and_goes() {
    let (engine, provider, _) = world();
    let run = engine.reconcile(topology(), Intent::converge());
    let seen = looks(&run).await;
    // Reads of the in-memory cloud take no time, so a look may miss them.
    let ways = [Stage::Applying, Stage::Verifying, Stage::Ended];
    assert_eq!(told(&seen), ways);
    let last = seen.last().expect("a look");
    assert!(
        matches!(&last.outcome, Some(Outcome::Ready { verdicts }) if verdicts.pairs == 6 && verdicts.reachable == 6),
        "{last:?}"
    );
    assert!(last.done > 20 && last.done == last.total, "{last:?}");
    assert!(seen.iter().any(|look| look.waiting_steps > 0));
    let ended = run.ended().await;
    assert!(ended.verified.is_some_and(|report| report.passed()));

    let written = provider.write_count();
    let again = converge(&engine, &topology()).await;
    assert!(matches!(again.outcome, Outcome::Ready { .. }));
    let observed = engine
        .reconcile(topology(), Intent::observe())
        .ended()
        .await;
    assert!(observed.outcome.is_success(), "{:?}", observed.outcome);
    assert_eq!(provider.write_count(), written, "nothing to do");

    let run = engine.reconcile(topology(), Intent::remove());
    let seen = looks(&run).await;
    assert_eq!(told(&seen)[0], Stage::Applying);
    let last = seen.last().expect("a look");
    assert_eq!(last.goal, Goal::Remove);
    assert_eq!(last.outcome, Some(Outcome::Removed { stays: 0 }));
    assert!(provider.objects().is_empty());
    let residue = run.ended().await.residue.expect("a report");
    let text = serde_json::to_string(&residue).expect("JSON");
    assert_eq!(
        serde_json::from_str::<ResidueReport>(&text).expect("the same"),
        residue
    );
}

#[tokio::test]
async fn a_run_that_observes_tells_what_differs_and_writes_nothing() {
    let (engine, provider, _) = world();
    converge(&engine, &topology()).await;
    let mut changed = topology();
    changed.networks.push(network("four", "a", "r1", 4));
    let written = provider.write_count();
    let ended = engine.reconcile(changed, Intent::observe()).ended().await;
    let Outcome::Drifted {
        objects,
        steps,
        first,
    } = &ended.outcome
    else {
        panic!("{:?}", ended.outcome);
    };
    assert!(*objects == 3 && *steps == 3, "{:?}", ended.outcome);
    assert_eq!(first[0], "missing network/four");
    assert_eq!(provider.write_count(), written);
}

#[tokio::test]
async fn preflight_refuses_before_the_first_write() {
    let root = MemoryAccount::new(A).with_kind(IdentityKind::Root);
    let (engine, provider, _) = world_of([root, MemoryAccount::new(B)]);
    for intent in [Intent::converge(), Intent::observe(), Intent::remove()] {
        let ended = engine.reconcile(topology(), intent).ended().await;
        let Outcome::Refused { errors, first } = &ended.outcome else {
            panic!("{:?}", ended.outcome);
        };
        assert_eq!((*errors, first[0].code.as_str()), (1, "identity/root"));
        let text = serde_json::to_string(&ended.findings).expect("JSON");
        let read: Report = serde_json::from_str(&text).expect("the same");
        assert_eq!(read, ended.findings);
    }
    assert_eq!(provider.write_count(), 0);
}

#[tokio::test]
async fn a_code_of_another_version_is_told_in_the_message() {
    let text = r#"{"format":1,"findings":[{"severity":"warning","code":"new/code","subject":"s","message":"m"}]}"#;
    let report: Report = serde_json::from_str(text).expect("read");
    assert_eq!(report.codes(), ["finding/unknown"]);
    assert_eq!(report.findings[0].message, "[new/code] m");
    let written = serde_json::to_string(&report).expect("JSON");
    assert_eq!(serde_json::from_str::<Report>(&written).ok(), Some(report));
}

#[tokio::test]
async fn a_failed_step_is_told_with_its_reason() {
    for (kind, may_pass) in [
        (ErrorKind::PermissionDenied, false),
        (ErrorKind::QuotaExceeded, false),
        (ErrorKind::Failed, false),
    ] {
        let (engine, provider, _) = world();
        provider.fail_call(3, FaultPoint::Before, kind);
        let run = engine.reconcile(topology(), Intent::converge());
        let last = looks(&run).await.pop().expect("a look");
        let Some(Outcome::Failed { failure, step, .. }) = &last.outcome else {
            panic!("{last:?}");
        };
        assert_eq!((failure.kind, failure.may_pass), (kind, may_pass));
        assert!(failure.place.is_some() && step.is_some(), "{last:?}");
        assert_eq!(
            last.outcome.as_ref().map(Outcome::may_continue),
            Some(false)
        );
        // The next run goes on.
        assert!(converge(&engine, &topology()).await.outcome.is_success());
    }
}

#[tokio::test]
async fn no_write_begins_after_a_stop() {
    let (engine, provider, _) = world();
    converge(&engine, &topology()).await;
    let (whole, undisturbed) = (provider.write_count(), provider.objects());
    for n in [0, 3, 9, whole / 2, whole - 2] {
        let (engine, provider, _) = world();
        let run = engine.reconcile(topology(), Intent::converge());
        while provider.write_count() <= n && !run.progress().has_ended() {
            tokio::task::yield_now().await;
        }
        run.stop();
        let under_way = 32;
        let ended = run.ended().await;
        assert!(
            matches!(ended.outcome, Outcome::Stopped { .. }),
            "stopped at {n}: {:?}",
            ended.outcome
        );
        let after = provider.write_count();
        assert!(after <= n + 1 + under_way && after < whole);
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(provider.write_count(), after);
        assert!(converge(&engine, &topology()).await.outcome.is_success());
        assert_eq!(provider.objects(), undisturbed);
    }
}

#[tokio::test]
async fn a_dropped_run_stops_before_its_next_write() {
    let (engine, provider, _) = world();
    let mut options = EngineOptions::default();
    options.parallel = 1;
    let engine = engine.with_options(options);
    let run = engine.reconcile(topology(), Intent::converge());
    while provider.write_count() < 5 {
        tokio::task::yield_now().await;
    }
    drop(run);
    let written = provider.write_count();
    for _ in 0..5000 {
        tokio::task::yield_now().await;
    }
    assert!(provider.write_count() <= written + 1, "one was under way");
    assert!(converge(&engine, &topology()).await.outcome.is_success());
}

#[tokio::test]
async fn a_run_ends_with_the_cancellation_of_its_engine() {
    let (engine, provider, _) = world();
    let cancel = CancellationToken::new();
    let engine = engine.with_cancellation(cancel.clone());
    cancel.cancel();
    for intent in [Intent::converge(), Intent::remove(), Intent::observe()] {
        let ended = engine.reconcile(topology(), intent).ended().await;
        assert_eq!(ended.outcome, Outcome::Stopped { under_way: 0 });
    }
    assert_eq!(provider.write_count(), 0);
}

#[tokio::test]
async fn a_run_ends_as_a_lost_lease() {
    #[derive(Debug)]
    struct Never;
    impl landbridge_core::engine::WriteGuard for Never {
        fn may_write(&self) -> bool {
            false
        }
    }
    let (engine, provider, _) = world();
    let engine = engine.with_write_guard(Arc::new(Never));
    let ended = converge(&engine, &topology()).await;
    assert_eq!(ended.outcome, Outcome::LostLease { under_way: 0 });
    assert!(ended.outcome.may_continue());
    assert_eq!(provider.write_count(), 0);
}

#[tokio::test]
async fn a_look_returns_early_when_the_run_does_something_else() {
    let (engine, _, clock) = world();
    let run = engine.reconcile(topology(), Intent::converge());
    // Far longer than the run takes: only what matters ends a look, and never the clock.
    let long = Duration::from_secs(100_000_000);
    let mut seen = Vec::new();
    while !run.progress().has_ended() {
        // The manual clock's sleeps end at their next turn, so the look is tried until the run has gone on by itself.
        let stage = run.progress().stage;
        while run.progress().stage == stage {
            tokio::task::yield_now().await;
        }
        let slept = clock.delays().len();
        let look = run.progress_within(long).await;
        seen.push(look.stage);
        assert_eq!(
            clock
                .delays()
                .iter()
                .skip(slept)
                .filter(|d| **d == long)
                .count(),
            0
        );
    }
    assert!(
        seen.contains(&Stage::Applying) && seen.contains(&Stage::Verifying),
        "{seen:?}"
    );
    // After the end every look returns at once.
    let slept = clock.delays().len();
    assert!(run.progress_within(long).await.has_ended());
    assert_eq!(clock.delays().len(), slept);
}

#[tokio::test]
async fn a_look_is_small_whatever_the_size_of_the_topology() {
    let (engine, _, _) = world();
    let mut large = Topology::new("large")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B));
    for number in 0..100 {
        let name = format!("network-with-a-long-name-{}-{number}", "x".repeat(20));
        large.networks.push(network(&name, "a", "r1", number));
    }
    let run = engine
        .clone()
        .with_run_id(RunId::new("r".repeat(5000)))
        .reconcile(large, Intent::converge());
    let seen = looks(&run).await;
    let last = seen.last().expect("a look");
    assert!(
        matches!(last.outcome, Some(Outcome::Ready { .. })),
        "{last:?}"
    );
    assert_eq!(last.total, 300);
    assert!(last.run.as_str().len() <= 64);
}

/// Keeps all events as JSON.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<(String, RunId)>>);

impl EventSink for Told {
    fn emit(&self, record: EventRecord) {
        let ended = matches!(record.event, Event::ApplyEnded { .. });
        let text = match ended {
            true => "ended".to_owned(),
            false => serde_json::to_string(&record).expect("JSON"),
        };
        self.0
            .lock()
            .expect("not poisoned")
            .push((text, record.run));
    }
}

#[tokio::test]
async fn events_of_runs_side_by_side_are_told_apart_and_hold_no_secret() {
    #[derive(Debug)]
    struct Canary;
    impl landbridge_core::engine::SecretSource for Canary {
        fn secret(&self, _: &str) -> Option<secrecy::SecretString> {
            Some("CANARY-of-an-instance".to_owned().into())
        }
    }
    let (engine, _, _) = world();
    let told = Arc::new(Told::default());
    let engine = engine
        .with_events(told.clone())
        .with_secrets(Arc::new(Canary));
    let runs: Vec<Run> = ["one", "two"]
        .into_iter()
        .map(|id| {
            let mut topology = topology();
            topology.name = id.to_owned();
            engine
                .clone()
                .with_run_id(RunId::new(id))
                .reconcile(topology, Intent::converge())
        })
        .collect();
    for run in runs {
        for progress in looks(&run).await {
            let text = serde_json::to_string(&progress).expect("JSON");
            assert!(!text.contains("CANARY"), "{text}");
            assert_eq!(progress.run, *run.id());
        }
    }
    let told = told.0.lock().expect("not poisoned");
    let ids: BTreeSet<&str> = told.iter().map(|(_, run)| run.as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["one", "two"]));
    assert_eq!(told.iter().filter(|(text, _)| text == "ended").count(), 2);
    assert!(told.iter().all(|(text, _)| !text.contains("CANARY")));
}

#[test]
fn what_a_later_version_adds_to_a_progress_does_no_harm() {
    let text = r#"{"v":1,"run":"r","goal":"converge","stage":"applying","more":1,
        "outcome":{"outcome":"sold","price":7}}"#;
    let progress: Progress = serde_json::from_str(text).expect("read");
    assert_eq!(progress.outcome, Some(Outcome::Other));
    let later = r#"{"v":2,"run":"r","goal":"converge","stage":"applying"}"#;
    assert!(serde_json::from_str::<Progress>(later).is_err());
}
