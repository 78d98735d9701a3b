//! Every public future of the engine, of permits and of trust is `Send` and runs as a task of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use landbridge_core::discovery::Discovery;
use landbridge_core::engine::Engine;
use landbridge_core::event::EventStream;
use landbridge_core::journal::History;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::permit::{Party, Permit, PermitPlan};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::probe::ProbePlan;
use landbridge_core::reconcile::Run;
use landbridge_core::retry::{Backoff, Look, Patience, retry, wait_until};
use landbridge_core::topology::Topology;
use landbridge_core::traits::{AssumeRole, EnsureTrust, Owner, Permissions, Principal, Select};
use landbridge_core::trust::wait_for_trust;
use landbridge_core::verify::{Questions, Traffic};
use landbridge_core::{CloudProvider, Observation, Place};
use tokio_util::sync::CancellationToken;

use crate::common::{A, B, memory, topology, world};

/// What the calls are given. No value of it is made: that it compiles is all.
struct Given {
    engine: Engine,
    topology: Topology,
    observation: Observation,
    plan: Plan,
    places: Vec<Place>,
    discovery: Discovery,
    history: History,
    permit: Permit,
    permit_plan: PermitPlan,
    questions: Questions,
    probe: ProbePlan,
    run: Run,
}

/// Compiles only if the future of each call can be spawned: `Send`, and without a borrow that is not its own.
macro_rules! spawnable {
    ($given:expr, $g:ident => $($call:expr),* $(,)?) => {
        $({
            let $g: Arc<Given> = Arc::clone(&$given);
            drop(spawned(async move { drop($call.await) }));
        })*
    };
}

const _: fn(&Arc<Given>) = every_call_can_be_spawned;

fn every_call_can_be_spawned(given: &Arc<Given>) {
    spawnable! { given, g =>
        g.engine.cloud(&g.places[0]),
        g.engine.observe(&g.topology),
        g.engine.observe_shared(&g.topology),
        g.engine.observe_for_destroy(&g.topology),
        g.engine.observe_for_residue(&g.topology),
        g.engine.observe_after_destroy(&g.topology, &g.observation),
        g.engine.observe_again(&g.topology, &g.observation),
        g.engine.apply(&g.plan),
        g.engine.verify(&g.topology),
        g.engine.verify_observed(&g.topology, &g.observation),
        g.engine.verify_traffic(&g.topology, &g.observation, Traffic::PING),
        g.engine.second_opinion(&g.observation, &g.questions),
        g.engine.probe(&g.probe),
        g.engine.residue(&g.topology, Some(&g.plan)),
        g.engine.residue_observed(&g.topology, &g.observation, Some(&g.plan)),
        g.engine.resume(&g.history),
        g.engine.note_nothing_left(),
        g.engine.discover(&g.places),
        g.engine.draft(&g.discovery, &g.topology.accounts),
        g.engine.rebuild(&g.discovery, "name", &g.topology.accounts),
        g.engine.refresh_prices(&g.topology),
        g.engine.plan_permit(&g.permit),
        g.engine.plan_withdrawal(&g.permit),
        g.engine.apply_permit(&g.permit_plan),
        g.engine.prove_permit(&g.permit),
        g.run.progress_within(Duration::ZERO),
    }
    let ended = |run: Run| drop(spawned(run.ended()));
    let next =
        |mut events: EventStream| drop(spawned(async move { events.next().await.is_some() }));
    let _ = (ended, next);
}

#[test]
fn every_public_call_is_among_those_that_can_be_spawned() {
    let here = include_str!("spawn.rs");
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let parts = ["engine", "event", "permit", "probe", "reconcile"];
    let mut directories: Vec<_> = parts.iter().map(|part| source.join(part)).collect();
    let mut calls = 0;
    while let Some(directory) = directories.pop() {
        for file in std::fs::read_dir(directory).expect("a directory") {
            let path = file.expect("a file").path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            for line in text.lines() {
                let Some(rest) = line.trim().strip_prefix("pub async fn ") else {
                    continue;
                };
                let name = rest.split(['(', '<']).next().expect("a name");
                assert!(
                    here.contains(&format!(".{name}(")),
                    "`{name}` of {} is not among the calls of this file",
                    path.display()
                );
                calls += 1;
            }
        }
    }
    assert!(calls >= 23, "{calls}");
}

async fn spawned<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(future)
        .await
        .expect("the task ended by itself")
}

fn place(account: &str) -> Place {
    Place::new(memory(), account, "r1")
}

async fn instance(provider: &MemoryProvider, account: &str) -> Party {
    let place = place(account);
    let cloud = provider.cloud(&place).await.expect("a handle");
    let instances = cloud.list_instances(&Select::All).await.expect("a list");
    Party::Instance {
        place,
        id: instances.first().expect("an instance").id.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_life_of_a_topology_runs_in_spawned_tasks() {
    let (engine, provider, _) = world();
    let wanted = Arc::new(topology());
    let cloud = {
        let engine = engine.clone();
        spawned(async move { engine.cloud(&place(A)).await }).await
    };
    assert_eq!(cloud.expect("a handle").place(), &place(A));

    let first = apply(&engine, &wanted).await;
    assert!(first > 0);
    let verified = {
        let (engine, wanted) = (engine.clone(), Arc::clone(&wanted));
        spawned(async move { engine.verify(&wanted).await }).await
    };
    assert!(verified.expect("verify").passed());

    permit(&engine, &provider).await;

    let residue = {
        let (engine, wanted) = (engine.clone(), Arc::clone(&wanted));
        spawned(async move {
            let observation = engine.observe(&wanted).await?;
            let destroy = plan_destroy(&wanted, &observation);
            engine.apply(&destroy).await.expect("destroy");
            engine.residue(&wanted, Some(&destroy)).await
        })
        .await
    };
    assert!(residue.expect("residue").is_empty());
}

async fn apply(engine: &Engine, wanted: &Arc<Topology>) -> usize {
    let (engine, wanted) = (engine.clone(), Arc::clone(wanted));
    let applied = spawned(async move {
        let observation = engine.observe(&wanted).await.expect("observe");
        engine.apply(&plan(&wanted, &observation)).await
    });
    applied.await.expect("apply").steps
}

async fn permit(engine: &Engine, provider: &MemoryProvider) {
    let left = instance(provider, A).await;
    let right = instance(provider, B).await;
    let engine = engine.clone();
    let proven = spawned(async move {
        let permit = Permit::new("spawned", left, right);
        let plan = engine.plan_permit(&permit).await?;
        engine.apply_permit(&plan).await?;
        let proof = engine.prove_permit(&permit).await?;
        let withdrawal = engine.plan_withdrawal(&permit).await?;
        engine.apply_permit(&withdrawal).await?;
        landbridge_core::Result::<_>::Ok(proof)
    });
    assert!(proven.await.expect("a proof").passed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_and_waiting_run_in_spawned_tasks() {
    let (_, provider, clock) = world();
    let (a, b) = (
        provider.cloud(&place(A)).await.expect("a handle"),
        provider.cloud(&place(B)).await.expect("a handle"),
    );
    let request = EnsureTrust::new(
        "peer",
        Owner::new("demo", "role/peer"),
        Principal::Account(A.into()),
    )
    .with_permissions(Permissions::Actions(vec!["net:Grant".to_owned()]));
    let role = spawned(async move { b.ensure_trust(&request).await }).await;
    let role = role.expect("a role");
    let patience = Patience::new(
        clock.clone(),
        Duration::from_secs(300),
        CancellationToken::new(),
    );
    let waiting = patience.clone();
    let session = spawned(async move {
        let request = AssumeRole::new(role.arn, "spawned");
        wait_for_trust(a.as_ref(), &request, &waiting, |_| {}).await
    });
    session.await.expect("a session");
    assert_eq!(spawned(counted(patience, clock)).await, 2);
}

async fn counted(patience: Patience, clock: Arc<ManualClock>) -> u32 {
    let backoff = Backoff::default();
    let look = || async { Ok(Look::Ready(1)) };
    let waited = wait_until("it", &patience, &backoff, |_| {}, look).await;
    let retried = retry(
        &patience,
        &backoff,
        |_, _| {},
        |attempt| async move { Ok(attempt) },
    )
    .await;
    assert!(clock.delays().len() < 100);
    waited.expect("ready") + retried.expect("done")
}
