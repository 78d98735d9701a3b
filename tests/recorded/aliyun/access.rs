//! Who calls, as whom, and with keys that are still good.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use landbridge_aliyun::credential::{AssumeRoleCredentials, OidcCredentials, StaticCredentials};
use landbridge_core::{
    AssumeRole, CrossAccountAuth, ErrorKind, Grant, Hub, IdentityKind, Network, Select,
};

use super::{OURS, Scene, THEIRS, assert_refused, network};

fn peer_role() -> AssumeRole {
    AssumeRole::new(format!("acs:ram::{THEIRS}:role/PeerRole"), "landbridge")
}

fn operator() -> String {
    format!("acs:ram::{OURS}:role/Operator")
}

async fn as_operator(scenario: &str) -> Scene {
    let source = Arc::new(StaticCredentials::new("the-id", "the-secret".to_owned()));
    Scene::with_keys(OURS, scenario, |_| {
        Arc::new(AssumeRoleCredentials::new(source, operator()))
    })
    .await
}

#[tokio::test]
async fn callers_are_told_apart() {
    let scene = Scene::of("identities").await;
    for kind in [IdentityKind::User, IdentityKind::Role, IdentityKind::Root] {
        let caller = scene.cloud.caller_identity().await.expect("told");
        assert_eq!((caller.kind, caller.account.as_str()), (kind, OURS));
        assert!(caller.arn.starts_with("acs:ram::"), "{}", caller.arn);
    }
    let alias = scene.cloud.account_alias().await.expect("read");
    assert_eq!(alias.as_deref(), Some("acme"));
    assert_eq!(scene.cloud.account_alias().await.expect("read"), None);
    scene.finish();
}

#[tokio::test]
async fn a_role_of_another_account_is_assumed() {
    let scene = Scene::of("assumed-role").await;
    let with_id = peer_role().with_external_id("a handshake");
    let session = scene.cloud.assume_role(&with_id).await.expect("opened");
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + 3600);
    assert_eq!(session.expires_at, end);
    let long = peer_role().with_duration(Duration::from_secs(7200));
    scene.cloud.assume_role(&long).await.expect("a user may");
    let error = scene.cloud.assume_role(&long).await.expect_err("chained");
    assert_refused(&error, ErrorKind::InvalidInput, "", "one hour");
    scene.finish();
}

#[tokio::test]
async fn why_a_role_was_not_assumed_is_told() {
    let scene = Scene::of("refused-roles").await;
    for (kind, code, remedy) in [
        (
            ErrorKind::PermissionDenied,
            "NoPermission",
            "keys of a user or a role",
        ),
        (
            ErrorKind::PermissionDenied,
            "NoPermission",
            "let the role trust it",
        ),
        (ErrorKind::NotFound, "EntityNotExist.Role", "check the name"),
        (
            ErrorKind::InvalidInput,
            "InvalidParameter.DurationSeconds",
            "correct the parameter",
        ),
    ] {
        let error = scene
            .cloud
            .assume_role(&peer_role())
            .await
            .expect_err("refused");
        assert_refused(&error, kind, code, remedy);
        assert!(!error.to_string().contains("***"), "{error}");
    }
    scene.finish();
}

#[tokio::test]
async fn an_expired_session_is_renewed_once() {
    let scene = as_operator("session-renewed").await;
    let networks = scene
        .cloud
        .list_networks(&Select::All)
        .await
        .expect("renewed");
    assert!(networks.is_empty());
    scene.finish();
}

#[tokio::test]
async fn a_session_that_stays_refused_is_given_up() {
    let scene = as_operator("session-refused").await;
    let error = scene
        .cloud
        .list_networks(&Select::All)
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    assert_eq!(error.code(), Some("InvalidSecurityToken.Expired"));
    assert!(!error.is_retryable());
    assert!(error.message().contains(&operator()), "{error}");
    scene.finish();
}

#[tokio::test]
async fn a_session_is_opened_with_a_token_of_an_identity_provider() {
    let provider = format!("acs:ram::{OURS}:oidc-provider/ci");
    let scene = Scene::with_keys(OURS, "session-by-oidc", |recording| {
        Arc::new(OidcCredentials::new(
            provider,
            recording.file("token.txt"),
            operator(),
        ))
    })
    .await;
    scene
        .cloud
        .list_networks(&Select::All)
        .await
        .expect("opened");
    scene.finish();
}

#[tokio::test]
async fn a_wrong_clock_is_corrected() {
    let scene = Scene::of("clock-skew").await;
    scene
        .cloud
        .list_networks(&Select::All)
        .await
        .expect("corrected");
    let heard = scene.heard();
    assert_eq!(heard.len(), 2);
    assert!(
        heard[0].date.starts_with("2026-01-01T00:00"),
        "{}",
        heard[0].date
    );
    assert_ne!(heard[0].date, heard[1].date);
    assert!(scene.clock.delays().is_empty(), "nothing waits");
    scene.finish();
}

#[tokio::test]
async fn keys_without_their_token_are_given_up() {
    let scene = Scene::of("token-missing").await;
    let error = scene
        .cloud
        .list_networks(&Select::All)
        .await
        .expect_err("refused");
    assert_refused(
        &error,
        ErrorKind::SessionExpired,
        "MissingSecurityToken",
        "refresh the session",
    );
    assert!(!error.is_retryable());
    scene.finish();
}

#[tokio::test]
async fn whoever_may_see_less_sees_less() {
    let scene = Scene::seen_by(THEIRS, "barred").await;
    let hubs = scene.cloud.list_hubs(&Select::All).await.expect("listed");
    assert_eq!(hubs.len(), 1);
    let grants = scene
        .cloud
        .list_grants(&network("vpc-2", THEIRS))
        .await
        .expect("listed");
    assert_eq!(grants.len(), 1);
    let error = scene
        .cloud
        .list_hubs(&Select::id("ecr-1"))
        .await
        .expect_err("asked for by name");
    assert_refused(
        &error,
        ErrorKind::PermissionDenied,
        "NoPermission",
        "allow the action",
    );
    scene.finish();
}
