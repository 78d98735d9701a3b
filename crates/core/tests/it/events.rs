//! Events as a stream: what a slow reader and one that is gone mean for a run.

use futures_core::Stream;
use futures_util::StreamExt;
use landbridge_core::engine::Engine;
use landbridge_core::event::{Event, EventRecord};
use landbridge_core::plan::{Plan, plan};
use landbridge_core::topology::Topology;

use crate::common::{topology, world};

async fn plan_of(engine: &Engine, topology: &Topology) -> Plan {
    plan(topology, &engine.observe(topology).await.expect("read"))
}

#[tokio::test]
async fn a_reader_that_comes_after_the_run_reads_all_of_it_and_its_end() {
    let (engine, _, _) = world();
    let plan = plan_of(&engine, &topology()).await;
    let (run, events) = engine.clone().with_event_stream();
    let applied = run.apply(&plan).await.expect("applied");
    drop(run);
    let told: Vec<EventRecord> = events.collect().await;
    let is_done = |record: &&EventRecord| matches!(record.event, Event::StepDone { .. });
    assert_eq!(told.iter().filter(is_done).count(), applied.steps);
    let first = told.first().map(|record| &record.event);
    let total = plan.steps.len();
    assert!(matches!(first, Some(Event::ApplyStarted { steps, .. }) if *steps == total));
    let last = told.last().expect("an event");
    assert!(matches!(last.event, Event::ApplyEnded { done, .. } if done == total));
}

#[tokio::test]
async fn a_run_goes_on_without_its_reader() {
    let (engine, provider, _) = world();
    let plan = plan_of(&engine, &topology()).await;
    let (run, mut events) = engine.with_event_stream();
    let (applied, ()) = tokio::join!(run.apply(&plan), async {
        assert!(events.next().await.is_some());
        drop(events);
    });
    assert_eq!(applied.expect("applied").steps, plan.steps.len());
    assert!(!provider.objects().is_empty());
}

#[tokio::test]
async fn a_stream_lives_as_long_as_a_clone_of_its_engine() {
    let (engine, _, _) = world();
    let (run, events) = engine.with_event_stream();
    let clone = run.clone();
    drop(run);
    let plan = plan_of(&clone, &topology()).await;
    clone.apply(&plan).await.expect("applied");
    let (waiting, most) = events.size_hint();
    assert!(waiting > plan.steps.len() && most.is_none());
    drop(clone);
    assert_eq!(events.count().await, waiting);
}
