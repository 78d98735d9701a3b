//! Laws under faults: whatever call fails, and however, running again gives the same end state.

use std::sync::Arc;

use landbridge_core::ErrorKind;
use landbridge_core::engine::{Engine, Stopped};
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{topology, world};

async fn plan_now(engine: &Engine) -> Plan {
    let topology = topology();
    plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    )
}

async fn end_state() -> (Vec<String>, usize) {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    (provider.objects(), provider.write_count())
}

/// Notes how many writes had been made when the first failure was told.
#[derive(Debug)]
struct AtFailure {
    provider: MemoryProvider,
    writes: std::sync::Mutex<Option<usize>>,
}

impl EventSink for AtFailure {
    fn emit(&self, record: EventRecord) {
        if let Event::StepFailed { .. } = record.event {
            self.writes
                .lock()
                .expect("lock")
                .get_or_insert(self.provider.write_count());
        }
    }
}

#[tokio::test]
async fn a_refusal_at_any_write_stops_everything_and_a_second_run_completes() {
    let (wanted, writes) = end_state().await;
    for n in 0..writes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider, _) = world();
            provider.fail_call(n, point, ErrorKind::PermissionDenied);
            let sink = Arc::new(AtFailure {
                provider: provider.clone(),
                writes: Default::default(),
            });
            let watched = engine.clone().with_events(sink.clone());
            let error = watched
                .apply(&plan_now(&engine).await)
                .await
                .expect_err("the injected refusal");
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            let told = sink
                .writes
                .lock()
                .expect("lock")
                .expect("a failure was told");
            assert_eq!(
                provider.write_count(),
                told,
                "nothing is written after a failure is told (write {n})"
            );

            apply(&engine, &topology()).await;
            assert_eq!(
                provider.objects(),
                wanted,
                "after a refusal {point:?} write {n}"
            );
            assert!(plan_now(&engine).await.is_empty());
        }
    }
}

#[tokio::test]
async fn a_lost_answer_at_any_write_is_settled_within_one_run() {
    let (wanted, writes) = end_state().await;
    for n in 0..writes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider, _) = world();
            provider.fail_call(n, point, ErrorKind::OutcomeUnknown);
            engine
                .apply(&plan_now(&engine).await)
                .await
                .expect("a lost answer is no failure");
            assert_eq!(
                provider.objects(),
                wanted,
                "after a lost answer {point:?} write {n}"
            );
        }
    }
}

#[tokio::test]
async fn a_busy_or_throttling_cloud_is_waited_for() {
    let (wanted, writes) = end_state().await;
    for (n, kind) in (0..writes).zip(
        [
            ErrorKind::Busy,
            ErrorKind::Throttled,
            ErrorKind::Unavailable,
        ]
        .into_iter()
        .cycle(),
    ) {
        let (engine, provider, _) = world();
        provider.fail_call(n, FaultPoint::Before, kind);
        engine
            .apply(&plan_now(&engine).await)
            .await
            .expect("temporary errors are no failure");
        assert_eq!(provider.objects(), wanted);
    }
}

#[tokio::test]
async fn cancelled_at_any_write_nothing_more_is_written_and_a_second_run_completes() {
    let (wanted, writes) = end_state().await;
    for n in 0..writes {
        let (engine, provider, _) = world();
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        provider.on_write(move |index, _| {
            if index == n {
                token.cancel();
            }
        });
        let one_at_a_time = {
            let mut options = landbridge_core::engine::EngineOptions::default();
            options.parallel = 1;
            options
        };
        let cancelled = engine
            .clone()
            .with_cancellation(cancel)
            .with_options(one_at_a_time);
        let plan = plan_now(&engine).await;
        let outcome = cancelled.apply(&plan).await;
        assert_eq!(
            provider.write_count(),
            n + 1,
            "cancellation stops before the next write"
        );
        if n + 1 < writes {
            let error = outcome.expect_err("cancelled");
            assert!(matches!(error.reason, Stopped::Cancelled), "{error}");
        }
        apply(&engine, &topology()).await;
        assert_eq!(provider.objects(), wanted, "after cancelling at write {n}");
    }
}

#[tokio::test]
async fn a_destroy_that_fails_anywhere_is_completed_by_the_next() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let before = provider.write_count();
    destroy(&engine).await;
    let deletes = provider.write_count() - before;
    for n in 0..deletes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider, _) = world();
            apply(&engine, &topology()).await;
            provider.fail_call(n, point, ErrorKind::PermissionDenied);
            let topology = topology();
            let plan = plan_destroy(
                &topology,
                &engine.observe(&topology).await.expect("observe"),
            );
            engine.apply(&plan).await.expect_err("the injected refusal");
            destroy(&engine).await;
            assert_eq!(
                provider.objects(),
                Vec::<String>::new(),
                "after a refusal {point:?} delete {n}"
            );
        }
    }
}

async fn destroy(engine: &Engine) {
    let topology = topology();
    let plan = plan_destroy(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    engine.apply(&plan).await.expect("destroy");
    let residue = engine
        .residue(&topology, Some(&plan))
        .await
        .expect("residue");
    assert!(residue.is_empty(), "{residue}");
}
