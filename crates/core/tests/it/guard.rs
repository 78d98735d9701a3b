//! No write begins once the guard of a run has said no, and the run ends as a lost lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::engine::{ApplyError, Engine, Stopped, WriteGuard};
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::journal::{Entry, Happening, Journal};
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::plan::{Plan, plan};
use landbridge_core::{Clock, ErrorKind, Result};

use crate::common::{topology, world};

/// A lease that is held until a moment of the clock.
#[derive(Debug)]
struct Lease {
    clock: Arc<ManualClock>,
    until: Duration,
}

impl WriteGuard for Lease {
    fn may_write(&self) -> bool {
        self.clock.uptime() < self.until
    }
}

/// A guard that a test closes.
#[derive(Debug, Default)]
struct Door {
    closed: AtomicBool,
}

impl WriteGuard for Door {
    fn may_write(&self) -> bool {
        !self.closed.load(Ordering::SeqCst)
    }
}

async fn plan_now(engine: &Engine) -> Plan {
    let topology = topology();
    plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    )
}

fn is_lost(error: &ApplyError) {
    assert!(matches!(error.reason, Stopped::LeaseLost), "{error}");
    assert_eq!(error.kind(), ErrorKind::LeaseLost);
    assert!(error.to_string().starts_with("lost lease after"), "{error}");
    assert!(error.may_continue() && error.failures().is_empty());
}

#[tokio::test]
async fn no_write_begins_after_the_guard_has_closed() {
    let (engine, provider, _) = world();
    engine.apply(&plan_now(&engine).await).await.expect("done");
    let whole = provider.write_count();
    for n in 0..whole {
        let (engine, provider, _) = world();
        let door = Arc::new(Door::default());
        let steps = plan_now(&engine).await;
        let closing = Arc::clone(&door);
        provider.on_write(move |index, _| {
            if index == n {
                closing.closed.store(true, Ordering::SeqCst);
            }
        });
        let engine = engine.with_write_guard(door);
        let applied = engine.apply(&steps).await;
        // Calls of the in-memory cloud begin one tick before they have their effect.
        let begun = provider.write_count() - n - 1;
        assert!(begun < 32, "{begun} writes after the guard closed at {n}");
        match applied {
            Err(error) => is_lost(&error),
            Ok(_) => assert_eq!(provider.write_count(), whole),
        }
    }
}

#[tokio::test]
async fn with_one_call_at_a_time_nothing_at_all_is_written_after_the_guard_has_closed() {
    let (_, provider, _) = one_at_a_time();
    let whole = {
        let (engine, provider, _) = one_at_a_time();
        engine.apply(&plan_now(&engine).await).await.expect("done");
        provider.write_count()
    };
    assert_eq!(provider.write_count(), 0);
    for n in 0..whole - 1 {
        let (engine, provider, _) = one_at_a_time();
        let door = Arc::new(Door::default());
        let steps = plan_now(&engine).await;
        let closing = Arc::clone(&door);
        provider.on_write(move |index, _| {
            if index == n {
                closing.closed.store(true, Ordering::SeqCst);
            }
        });
        let engine = engine.with_write_guard(door);
        let error = engine.apply(&steps).await.expect_err("closed");
        is_lost(&error);
        assert_eq!(provider.write_count(), n + 1, "closed at {n}: {error}");
    }
}

fn one_at_a_time() -> (Engine, MemoryProvider, Arc<ManualClock>) {
    let (engine, provider, clock) = world();
    let mut options = landbridge_core::engine::EngineOptions::default();
    options.parallel = 1;
    (engine.with_options(options), provider, clock)
}

/// A worker that is frozen for a minute after it has noted a write and before it sends it.
#[derive(Debug)]
struct Freezing {
    clock: Arc<ManualClock>,
    provider: MemoryProvider,
    at: usize,
    frozen: AtomicBool,
    /// What was written by then.
    written: AtomicUsize,
}

#[async_trait]
impl Journal for Freezing {
    async fn keep(&self, entry: &Entry) -> Result<()> {
        let sends =
            matches!(entry.what, Happening::Intent { write, .. } if write as usize == self.at);
        if sends && !self.frozen.swap(true, Ordering::SeqCst) {
            self.written
                .store(self.provider.write_count(), Ordering::SeqCst);
            self.clock.advance(Duration::from_secs(2_000));
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_worker_that_was_frozen_before_its_call_does_not_make_it() {
    for at in [1, 2, 5, 9] {
        let (engine, provider, clock) = one_at_a_time();
        let steps = plan_now(&engine).await;
        let until = clock.uptime() + Duration::from_secs(900);
        let lease = Lease {
            clock: clock.clone(),
            until,
        };
        let journal = Arc::new(Freezing {
            clock: clock.clone(),
            provider: provider.clone(),
            at,
            frozen: AtomicBool::new(false),
            written: AtomicUsize::new(0),
        });
        let engine = engine
            .with_write_guard(Arc::new(lease))
            .with_journal(journal.clone());
        let error = engine.apply(&steps).await.expect_err("frozen");
        is_lost(&error);
        assert!(journal.frozen.load(Ordering::SeqCst));
        let before = journal.written.load(Ordering::SeqCst);
        // One call may have begun before.
        let under_way = usize::from(at > 1);
        let after = provider.write_count() - before;
        assert!(
            after <= under_way,
            "frozen at write {at}, {after} more: {error}"
        );
    }
}

#[tokio::test]
async fn the_next_worker_goes_on_where_the_lease_was_lost() {
    let (engine, provider, _) = world();
    engine.apply(&plan_now(&engine).await).await.expect("done");
    let undisturbed = provider.objects();

    let (engine, provider, _) = world();
    let door = Arc::new(Door::default());
    let closing = Arc::clone(&door);
    provider.on_write(move |index, _| {
        if index == 7 {
            closing.closed.store(true, Ordering::SeqCst);
        }
    });
    let steps = plan_now(&engine).await;
    let first = engine.clone().with_write_guard(door);
    is_lost(&first.apply(&steps).await.expect_err("closed"));
    let rest = plan_now(&engine).await;
    engine.apply(&rest).await.expect("the other worker");
    assert_eq!(provider.objects(), undisturbed);
}

/// Whether a step was told to have failed.
#[derive(Debug, Default)]
struct Failures(AtomicBool);

impl EventSink for Failures {
    fn emit(&self, record: EventRecord) {
        if matches!(record.event, Event::StepFailed { .. }) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn a_closed_guard_is_no_failed_step() {
    let (engine, provider, _) = world();
    let steps = plan_now(&engine).await;
    let (door, failures) = (Arc::new(Door::default()), Arc::new(Failures::default()));
    door.closed.store(true, Ordering::SeqCst);
    let engine = engine.with_write_guard(door).with_events(failures.clone());
    is_lost(&engine.apply(&steps).await.expect_err("closed"));
    assert_eq!(provider.write_count(), 0);
    assert!(!failures.0.load(Ordering::SeqCst));
}
