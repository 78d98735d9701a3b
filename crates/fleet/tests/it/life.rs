//! Every way from one phase to another.

use std::time::Duration;

use landbridge_core::memory::FaultPoint;
use landbridge_core::reconcile::Outcome;
use landbridge_core::{ErrorKind, Network, Select};
use landbridge_fleet::{
    Attended, Kind, LinkKey, LinkState, Moment, OnDrift, Order, Orders, Phase, Policy, Spec,
    Status, Terms,
};

use crate::common::{A, TICK, World, key, pair, place, spec, triple, world};

async fn round(world: &World) -> usize {
    world.worker().round().await.expect("a round")
}

/// Takes away a subnet, as others do.
async fn harm(world: &World) {
    let cloud = world.provider.memory_cloud(&place(A)).expect("a handle");
    let subnets = cloud.list_subnets(&Select::All).await.expect("a list");
    let subnet = subnets.first().expect("a subnet");
    cloud.delete_subnet(&subnet.id).await.expect("deleted");
    world.clock.advance(Duration::from_secs(60));
}

#[tokio::test]
async fn a_topology_is_submitted_changed_deleted_and_forgotten() {
    let (world, key) = (world(), key("site"));
    let first = world.submit(&key, spec(&pair(&key))).await;
    assert_eq!((first.generation, first.phase), (1, Phase::Applying));
    assert_eq!(round(&world).await, 1);
    let ready = world.status(&key).await;
    assert_eq!(ready.phase, Phase::Ready);
    assert!(
        matches!(&ready.outcome, Some(Outcome::Ready { verdicts }) if verdicts.pairs == 2 && verdicts.reachable == 2),
        "{ready:?}"
    );
    // The same again changes nothing.
    let same = world.submit(&key, spec(&pair(&key))).await;
    assert_eq!(same, ready);
    assert_eq!(round(&world).await, 0);

    let changed = world.submit(&key, spec(&triple(&key))).await;
    assert_eq!((changed.generation, changed.phase), (2, Phase::Applying));
    round(&world).await;
    assert_eq!(world.status(&key).await.phase, Phase::Ready);
    assert!(
        world
            .provider
            .objects()
            .iter()
            .any(|one| one.contains("three"))
    );

    let error = world.fleet.forget(&key).await.expect_err("it is there");
    assert_eq!(error.kind(), ErrorKind::InUse);
    world.fleet.delete(&key).await.expect("asked for");
    let error = world.fleet.submit(&key, spec(&pair(&key))).await;
    assert_eq!(error.expect_err("it goes").kind(), ErrorKind::Busy);
    assert_eq!(world.status(&key).await.phase, Phase::Deleting);
    round(&world).await;
    let deleted = world.status(&key).await;
    assert_eq!(deleted.phase, Phase::Deleted);
    assert_eq!(deleted.outcome, Some(Outcome::Removed { stays: 0 }));
    assert!(world.provider.objects().is_empty());
    assert_eq!(round(&world).await, 0);

    // Its name is free again, and once it is forgotten nothing is known of it.
    let anew = world.submit(&key, spec(&pair(&key))).await;
    assert_eq!(anew.phase, Phase::Applying);
    round(&world).await;
    world.fleet.delete(&key).await.expect("asked for");
    world.fleet.delete(&key).await.expect("twice is once");
    round(&world).await;
    world.fleet.forget(&key).await.expect("deleted");
    world.fleet.forget(&key).await.expect("twice is once");
    let error = world.fleet.status(&key).await.expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_anything_is_kept() {
    let (world, key) = (world(), key("site"));
    for text in ["nonsense: [", "name: acme_other", "name: other"] {
        let error = world.fleet.submit(&key, Spec::new(text)).await;
        assert_eq!(
            error.expect_err("refused").kind(),
            ErrorKind::InvalidInput,
            "{text}"
        );
    }
    assert!(world.fleet.keys().await.expect("keys").is_empty());
    for order in [
        world.fleet.delete(&key).await,
        world.fleet.stop(&key).await,
        world.fleet.resume(&key).await,
        world.fleet.peer_ready(&key).await,
    ] {
        assert_eq!(order.expect_err("unknown").kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn drift_is_told_or_mended_as_the_policy_says() {
    for on_drift in [OnDrift::Tell, OnDrift::Repair] {
        let (world, key) = (world(), key("site"));
        let policy = Policy::default().with_on_drift(on_drift).with_tick(TICK);
        world
            .submit(&key, spec(&pair(&key)).with_policy(policy))
            .await;
        round(&world).await;
        let undisturbed = world.provider.objects();
        // A tick that finds nothing.
        world.clock.advance(TICK);
        let written = world.provider.write_count();
        assert_eq!(round(&world).await, 1);
        assert_eq!(world.status(&key).await.phase, Phase::Ready);
        assert_eq!(world.provider.write_count(), written);
        assert_eq!(round(&world).await, 0, "the next tick is later");

        harm(&world).await;
        world.clock.advance(TICK);
        round(&world).await;
        let status = world.status(&key).await;
        assert_eq!(status.drifts, 1);
        match on_drift {
            OnDrift::Tell => {
                assert_eq!(status.phase, Phase::Drifted);
                let Some(Outcome::Drifted {
                    steps: 1, first, ..
                }) = &status.outcome
                else {
                    panic!("{status:?}");
                };
                assert_eq!(first, &["missing subnet/one/s"]);
                // It stays so until it is resumed.
                world.clock.advance(TICK);
                round(&world).await;
                assert_eq!(world.status(&key).await.phase, Phase::Drifted);
                let resumed = world.fleet.resume(&key).await.expect("resumed");
                assert_eq!(resumed.phase, Phase::Applying);
                round(&world).await;
            }
            _ => assert_eq!(status.phase, Phase::Ready),
        }
        assert_eq!(world.status(&key).await.phase, Phase::Ready);
        assert_eq!(world.provider.objects(), undisturbed);
    }
}

#[tokio::test]
async fn what_no_step_mends_is_told_whatever_the_policy() {
    let (world, key) = (world(), key("site"));
    let policy = Policy::default()
        .with_on_drift(OnDrift::Repair)
        .with_tick(TICK);
    world
        .submit(&key, spec(&pair(&key)).with_policy(policy))
        .await;
    round(&world).await;
    let cloud = world.provider.memory_cloud(&place(A)).expect("a handle");
    let networks = cloud.list_networks(&Select::All).await.expect("a list");
    let range = "10.77.0.0/16".parse().expect("a range");
    world
        .provider
        .add_range(&networks[0].id, range)
        .expect("added");
    // Routes to it are ours to make. The CIDR block itself is not ours to take away.
    world.clock.advance(TICK);
    round(&world).await;
    assert_eq!(world.status(&key).await.phase, Phase::Ready);
    let written = world.provider.write_count();
    world.clock.advance(TICK);
    round(&world).await;
    let status = world.status(&key).await;
    assert_eq!(status.phase, Phase::Drifted, "{status:?}");
    assert!(matches!(
        status.outcome,
        Some(Outcome::Drifted { steps: 0, .. })
    ));
    assert_eq!(world.provider.write_count(), written);
}

#[tokio::test]
async fn a_failure_that_lasts_waits_for_a_person() {
    let (world, key) = (world(), key("site"));
    world
        .provider
        .fail_call(2, FaultPoint::Before, ErrorKind::QuotaExceeded);
    world.submit(&key, spec(&pair(&key))).await;
    assert_eq!(round(&world).await, 1);
    let failed = world.status(&key).await;
    assert_eq!((failed.phase, failed.due), (Phase::Failed, None));
    assert!(
        matches!(&failed.outcome, Some(Outcome::Failed { failure, .. })
        if failure.kind == ErrorKind::QuotaExceeded && !failure.may_pass)
    );
    world.clock.advance(TICK * 10);
    assert_eq!(round(&world).await, 0);
    // The same spec again is a way to go on, too.
    let again = world.submit(&key, spec(&pair(&key))).await;
    assert_eq!(again.phase, Phase::Applying);
    round(&world).await;
    assert_eq!(world.status(&key).await.phase, Phase::Ready);
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_with_growing_pauses_and_not_for_ever() {
    for attempts in [20, 3] {
        let (world, key) = (world(), key("site"));
        let policy = Policy::default().with_attempts(attempts);
        world
            .submit(&key, spec(&pair(&key)).with_policy(policy))
            .await;
        world.provider.set_weather(|call| {
            (call.verb == "read").then_some((FaultPoint::Before, ErrorKind::Unavailable))
        });
        let mut pauses = Vec::new();
        for _ in 0..5 {
            if round(&world).await == 0 {
                break;
            }
            let status = world.status(&key).await;
            let now = Moment::of(landbridge_core::Clock::now(world.clock.as_ref()));
            let Some(due) = status.due else {
                assert_eq!(status.phase, Phase::Failed);
                break;
            };
            assert_eq!(status.phase, Phase::Applying);
            pauses.push(due.since(now).as_millis());
            world.clock.advance(due.since(now));
        }
        match attempts {
            20 => assert_eq!(pauses, [500, 1000, 2000, 4000, 8000]),
            _ => assert_eq!(pauses, [500, 1000, 2000]),
        }
        world.provider.clear_weather();
        world.fleet.resume(&key).await.expect("resumed");
        round(&world).await;
        if attempts == 20 {
            // Nothing was to be resumed: it was on its way, and its pause had passed.
            world.clock.advance(Duration::from_secs(60));
            round(&world).await;
        }
        assert_eq!(world.status(&key).await.phase, Phase::Ready);
    }
}

#[tokio::test]
async fn a_tick_that_fails_is_no_failure_of_the_topology() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    round(&world).await;
    for kind in [ErrorKind::Unavailable, ErrorKind::PermissionDenied] {
        world
            .provider
            .set_weather(move |call| (call.verb == "read").then_some((FaultPoint::Before, kind)));
        world.clock.advance(TICK);
        assert_eq!(round(&world).await, 1);
        let status = world.status(&key).await;
        assert_eq!(status.phase, Phase::Ready);
        assert!(matches!(status.outcome, Some(Outcome::Failed { .. })) && status.due.is_some());
        world.provider.clear_weather();
    }
    world.clock.advance(TICK);
    round(&world).await;
    let outcome = world.status(&key).await.outcome;
    assert!(matches!(outcome, Some(Outcome::Ready { .. })));
}

/// Lets a worker attend until the cloud has seen so many writes, and then gives an order.
async fn during(world: &World, writes: usize, order: impl AsyncFnOnce()) -> Attended {
    let (worker, key) = (world.worker(), key("site"));
    let task = tokio::spawn(async move { worker.attend(&key).await });
    while world.provider.write_count() < writes {
        tokio::task::yield_now().await;
    }
    order().await;
    task.await.expect("it ends").expect("attended")
}

#[tokio::test]
async fn a_stop_ends_the_run_and_a_resume_goes_on() {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let attended = during(&world, 3, async || {
        world.fleet.stop(&key).await.expect("stopped");
    })
    .await;
    assert_eq!(attended, Attended::Ended(Phase::Stopped));
    assert_eq!(world.status(&key).await.progress, None, "the run has ended");
    let written = world.provider.write_count();
    assert!(written < 8, "{:?}", world.provider.writes());
    world.clock.advance(TICK * 10);
    assert_eq!(round(&world).await, 0);
    assert_eq!(world.provider.write_count(), written);
    world.fleet.resume(&key).await.expect("resumed");
    round(&world).await;
    assert_eq!(world.status(&key).await.phase, Phase::Ready);
    // What is up does nothing either once it is stopped.
    world.fleet.stop(&key).await.expect("stopped");
    world.clock.advance(TICK * 10);
    assert_eq!(round(&world).await, 0);
    world.fleet.delete(&key).await.expect("asked for");
    round(&world).await;
    assert!(world.provider.objects().is_empty());
}

#[tokio::test]
async fn another_order_ends_the_run_of_the_one_before() {
    let (one, name) = (world(), key("site"));
    one.submit(&name, spec(&pair(&name))).await;
    let attended = during(&one, 3, async || {
        one.fleet.delete(&name).await.expect("asked for");
    })
    .await;
    assert_eq!(attended, Attended::Ended(Phase::Deleting));
    round(&one).await;
    assert_eq!(one.status(&name).await.phase, Phase::Deleted);
    assert!(one.provider.objects().is_empty());

    let two = world();
    two.submit(&name, spec(&pair(&name))).await;
    let attended = during(&two, 3, async || {
        two.submit(&name, spec(&triple(&name))).await;
    })
    .await;
    assert_eq!(attended, Attended::Ended(Phase::Applying));
    round(&two).await;
    let ready = two.status(&name).await;
    assert_eq!((ready.phase, ready.generation), (Phase::Ready, 2));
    assert!(
        two.provider
            .objects()
            .iter()
            .any(|one| one.contains("three"))
    );
}

#[tokio::test]
async fn what_is_no_topology_keeps_none_from_being_attended_to() {
    let (world, key) = (world(), key("site"));
    let copy = world.store.save(Kind::Link, "copy.of", "{}", None).await;
    assert!(copy.expect("kept"));
    world.submit(&key, spec(&pair(&key))).await;
    assert_eq!(round(&world).await, 1);
    assert_eq!(world.status(&key).await.phase, Phase::Ready);
    let list = world.fleet.list(None, None, 9).await.expect("a list");
    assert_eq!(list.len(), 1);
}

#[tokio::test]
async fn the_state_of_another_version_is_refused_and_new_members_do_no_harm() {
    let (key, now) = (key("site"), Moment::default());
    let order = Order::Submit {
        spec: spec(&pair(&key)),
    };
    let state = LinkState::give(None, &key, order, &Terms::default(), now).expect("taken");
    let mut json = serde_json::to_value(&state).expect("JSON");
    assert_eq!(json["v"], 1);
    json["more"] = serde_json::json!({ "a": 1 });
    json["spec"]["policy"]["more"] = serde_json::json!(1);
    let read: LinkState = serde_json::from_value(json.clone()).expect("read");
    assert_eq!(read, state);
    json["v"] = serde_json::json!(2);
    assert!(serde_json::from_value::<LinkState>(json).is_err());
}

#[tokio::test]
async fn orders_hold_on_their_terms_and_are_carried_out_once() {
    let (world, key) = (world(), key("site"));
    let fleet = &world.fleet;
    let submit = |topology| Order::Submit {
        spec: spec(&topology),
    };
    let anew = Terms::default().with_generation(0).with_id("a");
    let first = fleet.give(&key, submit(pair(&key)), &anew).await;
    assert_eq!(first.expect("taken").generation, 1);
    round(&world).await;
    // The same order again, long after: nothing happens, though its terms hold no more.
    let again = fleet.give(&key, submit(pair(&key)), &anew).await;
    assert_eq!(again.expect("taken").phase, Phase::Ready);
    let late = Terms::default().with_generation(0).with_id("b");
    let error = fleet.give(&key, submit(triple(&key)), &late).await;
    let error = error.expect_err("it is known");
    assert_eq!(error.code(), Some(Terms::OTHER_GENERATION));
    assert!(error.to_string().contains("found 1"), "{error}");

    let second = Terms::default().with_generation(1).with_id("c");
    let changed = fleet.give(&key, submit(triple(&key)), &second).await;
    assert_eq!(changed.expect("taken").generation, 2);
    fleet.stop(&key).await.expect("stopped");
    // A repetition that comes late undoes no later order.
    let late = fleet.give(&key, submit(triple(&key)), &second).await;
    assert_eq!(late.expect("taken").phase, Phase::Stopped);
    let stopped = fleet.stop(&key).await.expect("twice is once");
    assert_eq!(stopped.generation, 3);

    let unknown = crate::common::key("other");
    let first = Terms::default().with_generation(1);
    let error = fleet.give(&unknown, submit(pair(&unknown)), &first).await;
    let error = error.expect_err("it is not known");
    assert_eq!(error.code(), Some(Terms::OTHER_GENERATION));
}

#[tokio::test]
async fn topologies_are_listed_by_tenant_and_page_by_page() {
    let world = world();
    let other = LinkKey::new("other", "x").expect("a key");
    let mine: Vec<LinkKey> = ["a", "b", "c"].iter().map(|name| key(name)).collect();
    for key in mine.iter().chain([&other]) {
        world.submit(key, spec(&pair(key))).await;
    }
    let keys = |list: Vec<Status>| list.into_iter().map(|one| one.key).collect::<Vec<_>>();
    let fleet = &world.fleet;
    let page = fleet.list(Some("acme"), None, 2).await.expect("a list");
    assert_eq!(keys(page), mine[..2]);
    let page = fleet.list(Some("acme"), Some(&mine[1]), 2).await;
    assert_eq!(keys(page.expect("a list")), mine[2..]);
    assert_eq!(fleet.list(None, None, 9).await.expect("a list").len(), 4);
}

#[tokio::test]
async fn a_plan_is_shown_before_anything_is_submitted() {
    let (world, key) = (world(), key("site"));
    let spec = spec(&pair(&key));
    let error = world.fleet.plan(&key, &spec).await.expect_err("no engines");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let fleet = world.fleet.clone();
    let fleet = fleet.with_engines(std::sync::Arc::new(world.engine.clone()));
    let planned = fleet.plan(&key, &spec).await.expect("a plan");
    assert!(
        matches!(planned.outcome, Outcome::Drifted { steps, .. } if steps > 4),
        "{planned:?}"
    );
    assert!(planned.plan.is_some_and(|plan| !plan.is_empty()));
    assert_eq!(world.provider.write_count(), 0);
    assert!(fleet.keys().await.expect("keys").is_empty());
    let text = serde_json::to_string(&fleet.plan(&key, &spec).await.expect("a plan"));
    let read: landbridge_fleet::Planned =
        serde_json::from_str(&text.expect("JSON")).expect("the same");
    assert!(read.plan.is_some());
}
