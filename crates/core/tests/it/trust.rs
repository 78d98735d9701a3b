//! Roles between two accounts.

use std::time::Duration;

use landbridge_core::memory::MemoryAccount;
use landbridge_core::retry::Patience;
use landbridge_core::topology::ModelChoice;
use landbridge_core::traits::{
    AssumeRole, CallerIdentity, CrossAccountAuth, EnsureTrust, Owner, Permissions, Principal,
    SessionCredentials, SessionToken,
};
use landbridge_core::trust::{actions_of, life_actions, wait_for_trust};
use landbridge_core::{CloudProvider, ErrorKind, Place, Result, plan};
use tokio_util::sync::CancellationToken;

use crate::common::{A, B, memory, topology, world, world_of};

fn request() -> EnsureTrust {
    EnsureTrust::new(
        "peer",
        Owner::new("demo", "role/peer"),
        Principal::Account(A.into()),
    )
    .with_permissions(Permissions::Actions(vec!["net:Grant".to_owned()]))
}

fn place(account: &str) -> Place {
    Place::new(memory(), account, "r1")
}

#[tokio::test]
async fn a_role_is_made_once_corrected_when_it_drifts_and_deleted_by_its_topology_only() {
    let (_, provider, _) = world();
    let b = provider.cloud(&place(B)).await.expect("a handle");
    let drift = b.trust_drift(&request()).await.expect("drift");
    assert_eq!(drift.len(), 1, "the role is missing: {drift:?}");
    let made = b.ensure_trust(&request()).await.expect("made");
    assert_eq!(b.trust_drift(&request()).await.expect("drift"), []);
    let writes = provider.write_count();
    b.ensure_trust(&request()).await.expect("there");
    assert_eq!(
        provider.write_count(),
        writes,
        "a role that matches the request is not written"
    );

    let with_id = request().with_external_id("x-1");
    let drift = b.trust_drift(&with_id).await.expect("drift");
    assert_eq!(drift[0].to_string(), "external id: wanted x-1, found none");
    let corrected = b.ensure_trust(&with_id).await.expect("corrected");
    assert_eq!(
        (corrected.arn, corrected.external_id),
        (made.arn, Some("x-1".to_owned()))
    );

    let stranger = EnsureTrust::new(
        "peer",
        Owner::new("other", "role/peer"),
        Principal::Account(A.into()),
    );
    let refusals = [
        b.ensure_trust(&stranger).await.expect_err("foreign"),
        b.delete_trust("peer", "other").await.expect_err("foreign"),
    ];
    assert!(
        refusals
            .iter()
            .all(|error| error.kind() == ErrorKind::AlreadyExists)
    );
    b.delete_trust("peer", "demo").await.expect("deleted");
    b.delete_trust("peer", "demo")
        .await
        .expect("absent already");
    assert_eq!(b.describe_trust("peer").await.expect("look"), None);
}

#[tokio::test]
async fn the_delay_of_a_new_role_is_waited_out_and_an_untrusting_one_is_told_in_the_end() {
    let (_, provider, clock) = world();
    let b = provider.cloud(&place(B)).await.expect("a handle");
    let a = provider.cloud(&place(A)).await.expect("a handle");
    let role = b.ensure_trust(&request()).await.expect("made");
    let assume = AssumeRole::new(role.arn, "test");
    a.assume_role(&assume).await.expect_err("not known yet");
    let patience = || {
        Patience::new(
            clock.clone(),
            Duration::from_secs(90),
            CancellationToken::new(),
        )
    };
    let mut refusals = 0;
    wait_for_trust(a.as_ref(), &assume, &patience(), |_| refusals += 1)
        .await
        .expect("known in the end");
    assert!(refusals > 0);
    let refused = wait_for_trust(b.as_ref(), &assume, &patience(), |_| {})
        .await
        .expect_err("it does not trust its own account");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
}

#[derive(Debug)]
struct Broken;

#[async_trait::async_trait]
impl CrossAccountAuth for Broken {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        Err(landbridge_core::Error::unsupported("not asked for"))
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        Ok(None)
    }

    async fn assume_role(&self, _: &AssumeRole) -> Result<SessionCredentials> {
        Err(landbridge_core::Error::unsupported("broken"))
    }

    async fn session_token(&self, _: &SessionToken) -> Result<SessionCredentials> {
        Err(landbridge_core::Error::unsupported("broken"))
    }
}

#[tokio::test]
async fn an_error_that_waiting_does_not_mend_is_told_at_once() {
    let (_, _, clock) = world();
    let patience = Patience::new(
        clock.clone(),
        Duration::from_secs(90),
        CancellationToken::new(),
    );
    let error = wait_for_trust(&Broken, &AssumeRole::new("r", "s"), &patience, |_| {})
        .await
        .expect_err("broken");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(clock.delays().is_empty());
}

#[tokio::test]
async fn a_plan_tells_the_actions_of_each_account() {
    let (engine, _, _) = world_of([MemoryAccount::new(A), MemoryAccount::new(B)]);
    let observation = engine.observe(&topology()).await.expect("observe");
    let plan = plan::plan(&topology(), &observation);
    let of = |account: &str| actions_of(&plan, &observation, &account.into());
    let (a, b) = (of(A), of(B));
    assert!(
        a.iter().any(|action| action == "memory:create-hub"),
        "{a:?}"
    );
    assert!(
        !b.iter().any(|action| action == "memory:create-hub"),
        "{b:?}"
    );
    assert!(
        b.iter().any(|action| action == "memory:create-grant"),
        "{b:?}"
    );
    assert!(of("9999").is_empty());
}

#[tokio::test]
async fn the_actions_of_a_life_are_the_same_before_and_after_and_hold_all_that_is_done() {
    let (engine, _, _) = world();
    let mut topology = topology();
    topology.interconnects[0].model = ModelChoice::Hub;
    let life = |account: &str| life_actions(&topology, &engine.capabilities(), &account.into());
    let (a, b) = (life(A), life(B));
    let plans = || async {
        let observation = engine.observe(&topology).await.expect("observe");
        let create = plan::plan(&topology, &observation);
        let destroy = plan::plan_destroy(&topology, &observation);
        (observation, create, destroy)
    };
    let (empty, create, _) = plans().await;
    engine.apply(&create).await.expect("apply");
    let (full, _, destroy) = plans().await;
    for (account, life) in [(A, &a), (B, &b)] {
        let mut done = actions_of(&create, &empty, &account.into());
        done.extend(actions_of(&destroy, &full, &account.into()));
        // What a later change of the topology takes.
        done.push("memory:revoke-rules".to_owned());
        done.sort();
        done.dedup();
        assert_eq!(*life, done, "no more and no less");
    }
    assert_eq!((a, b), (life(A), life(B)));
}
