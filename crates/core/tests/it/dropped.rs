//! An apply whose future is dropped stops, and the next apply completes what it began.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};

use crate::apply::apply;
use crate::common::{topology, world};

/// Polls a future so many times, and gives other tasks a turn after each. Tells whether it was dropped unfinished.
async fn dropped_after(polls: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        let poll = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        if poll.await.is_ready() {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}

/// Nothing is written any more, however long one waits.
async fn assert_still(provider: &MemoryProvider, clock: &ManualClock) {
    let writes = provider.write_count();
    for _ in 0..50 {
        clock.advance(Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    assert_eq!(provider.write_count(), writes, "written after the drop");
}

async fn plan_now(engine: &Engine) -> Plan {
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    plan(&topology, &observation)
}

#[tokio::test]
async fn dropped_anywhere_it_writes_nothing_more_and_the_next_apply_completes_it() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let wanted = provider.objects();
    let mut unfinished = 0;
    for polls in 0.. {
        let (engine, provider, clock) = world();
        let plan = plan_now(&engine).await;
        if !dropped_after(polls, engine.apply(&plan)).await {
            break;
        }
        unfinished += usize::from(provider.write_count() > 0);
        assert_still(&provider, &clock).await;
        apply(&engine, &topology()).await;
        assert_eq!(provider.objects(), wanted, "dropped after {polls} polls");
        assert!(plan_now(&engine).await.is_empty());
    }
    assert!(unfinished > 10, "only {unfinished} drops came amid writes");
}

#[tokio::test]
async fn a_dropped_destroy_is_completed_by_the_next() {
    for polls in (0..).step_by(3) {
        let (engine, provider, clock) = world();
        let topology = topology();
        apply(&engine, &topology).await;
        let observation = engine.observe(&topology).await.expect("observe");
        let destroy = plan_destroy(&topology, &observation);
        let dropped = dropped_after(polls, engine.apply(&destroy)).await;
        assert_still(&provider, &clock).await;
        let observation = engine.observe(&topology).await.expect("observe");
        let rest = plan_destroy(&topology, &observation);
        assert!(dropped || rest.is_empty(), "{rest}");
        engine.apply(&rest).await.expect("destroy");
        let left = Vec::<String>::new();
        assert_eq!(provider.objects(), left, "dropped after {polls} polls");
        if !dropped {
            break;
        }
    }
}
