//! One owner at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use landbridge_core::Clock;
use landbridge_fleet::{Attended, Phase};
use tokio_util::sync::CancellationToken;

use crate::common::{TICK, key, pair, spec, triple, world};

#[tokio::test]
async fn of_two_workers_one_has_the_lease() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let (one, two) = (world.worker(), world.worker());
    let (first, second) = tokio::join!(one.attend(&key), two.attend(&key));
    let mut both = [first.expect("attended"), second.expect("attended")];
    both.sort_by_key(|attended| *attended != Attended::Elsewhere);
    assert_eq!(both, [Attended::Elsewhere, Attended::Ended(Phase::Ready)]);
    assert_eq!(one.attend(&key).await.expect("idle"), Attended::Idle);
}

#[tokio::test]
async fn a_frozen_worker_writes_nothing_after_the_next_one_has_begun() {
    for freeze_at in [1, 3, 5, 7] {
        let (world, key) = (world(), key("site"));
        world.submit(&key, spec(&triple(&key))).await;
        // The first worker is frozen in the middle of a write, as by SIGSTOP: time passes, and it does not notice.
        let (clock, frozen) = (world.clock.clone(), Arc::new(AtomicUsize::new(usize::MAX)));
        let noted = Arc::clone(&frozen);
        world.provider.on_write(move |index, _| {
            if index == freeze_at {
                noted.store(index, Ordering::SeqCst);
                clock.advance(Duration::from_secs(70));
            }
        });
        let (first, name) = (world.worker(), key.clone());
        let task = tokio::spawn(async move { first.attend(&name).await });
        while frozen.load(Ordering::SeqCst) == usize::MAX {
            tokio::task::yield_now().await;
        }
        // Woken, it goes on while the second one is at work.
        let second = world.worker();
        let attended = second.attend(&key).await.expect("attended");
        let first = task.await.expect("it ends").expect("attended");
        let outcomes = [first, attended];
        assert!(
            outcomes.contains(&Attended::Ended(Phase::Ready))
                || world.status(&key).await.due.is_some(),
            "{outcomes:?}"
        );
        world.outlast_leases();
        world.worker().round().await.expect("a round");
        assert_eq!(world.status(&key).await.phase, Phase::Ready);
        assert_eq!(world.provider.objects(), undisturbed().await);
    }
}

async fn undisturbed() -> Vec<String> {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&triple(&key))).await;
    world.worker().round().await.expect("a round");
    world.provider.objects()
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_keeps_nothing_of_its_run() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let (first, name) = (world.worker(), key.clone());
    let task = tokio::spawn(async move { first.attend(&name).await });
    while world.provider.write_count() < 2 {
        tokio::task::yield_now().await;
    }
    // Another worker has taken over, as its lease says.
    let mut document = world
        .store
        .load(landbridge_fleet::Kind::Link, key.as_str())
        .await
        .expect("read")
        .expect("there");
    let mut state: landbridge_fleet::LinkState =
        serde_json::from_str(&document.text).expect("a state");
    state.lease.as_mut().expect("a lease").holder = "another".to_owned();
    document.text = serde_json::to_string(&state).expect("JSON");
    let saved = world
        .store
        .save(
            landbridge_fleet::Kind::Link,
            key.as_str(),
            &document.text,
            Some(document.revision),
        )
        .await;
    assert!(saved.expect("written"), "nobody else writes here");
    let attended = task.await.expect("it ends").expect("attended");
    assert_eq!(attended, Attended::Lost);
    let written = world.provider.write_count();
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.provider.write_count(), written);
    // Until the other's lease has ended, the topology is elsewhere.
    let third = world.worker();
    assert_eq!(
        third.attend(&key).await.expect("asked"),
        Attended::Elsewhere
    );
    world.outlast_leases();
    let attended = third.attend(&key).await.expect("attended");
    assert_eq!(attended, Attended::Ended(Phase::Ready));
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_gives_its_topologies_back_at_once() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let stop = CancellationToken::new();
    let worker = world.worker().with_cancellation(stop.clone());
    let task = tokio::spawn(async move { worker.run().await });
    while world.provider.write_count() < 2 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    task.await.expect("it ends");
    let status = world.status(&key).await;
    assert_eq!(status.phase, Phase::Applying);
    let attended = world.worker().attend(&key).await.expect("attended");
    assert_eq!(attended, Attended::Ended(Phase::Ready));
}

#[tokio::test]
async fn a_worker_that_runs_ticks_by_itself() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let stop = CancellationToken::new();
    let worker = world.worker().with_cancellation(stop.clone());
    let task = tokio::spawn(async move { worker.run().await });
    let mut ticks = std::collections::BTreeSet::new();
    while ticks.len() < 4 {
        tokio::task::yield_now().await;
        let status = world.status(&key).await;
        if status.phase == Phase::Ready {
            ticks.extend(status.due);
        }
    }
    stop.cancel();
    task.await.expect("it ends");
    let ticks: Vec<_> = ticks.into_iter().collect();
    for pair in ticks.windows(2) {
        assert_eq!(pair[1].since(pair[0]), TICK);
    }
    assert!(world.clock.uptime() >= TICK * 2);
}
