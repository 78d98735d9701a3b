//! Every public future of the engine, of permits and of trust is `Send` and runs as a task of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::permit::{Party, Permit};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::retry::{Backoff, Look, Patience, retry, wait_until};
use landbridge_core::topology::Topology;
use landbridge_core::traits::{AssumeRole, EnsureTrust, Owner, Permissions, Principal, Select};
use landbridge_core::trust::wait_for_trust;
use landbridge_core::{CloudProvider, Place};
use tokio_util::sync::CancellationToken;

use crate::common::{A, B, memory, topology, world};

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
