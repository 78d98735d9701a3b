//! Roles and their policies.

use std::time::Duration;

use landbridge_core::{EnsureTrust, ErrorKind, Permissions, Principal, Trust};

use super::{OURS, Scene, THEIRS, TOPOLOGY, assert_refused, owner};

fn wanted() -> EnsureTrust {
    let actions = ["vpc:DescribeVpcs", "vpc:DescribeVSwitches"].map(str::to_owned);
    EnsureTrust::new("peer", owner("role/peer"), Principal::Account(OURS.into()))
        .with_permissions(Permissions::Actions(actions.to_vec()))
}

async fn scene(scenario: &str) -> Scene {
    Scene::seen_by(THEIRS, scenario).await
}

#[tokio::test]
async fn an_absent_role_is_made() {
    let scene = scene("role-made").await;
    let role = scene.cloud.ensure_trust(&wanted()).await.expect("made");
    assert_eq!(role.arn, format!("acs:ram::{THEIRS}:role/peer"));
    assert_eq!(role.owner, Some(owner("role/peer")));
    assert!(role.policies.contains_key("landbridge-net-role-peer"));
    scene.finish();
}

#[tokio::test]
async fn a_role_that_differs_is_corrected() {
    let scene = scene("role-corrected").await;
    let role = scene
        .cloud
        .ensure_trust(&wanted().with_replace(true))
        .await
        .expect("corrected");
    assert_eq!(role.principals, [Principal::Account(OURS.into())]);
    assert_eq!(role.max_session, Duration::from_secs(3600));
    assert_eq!(role.policies.len(), 1);
    scene.finish();
}

#[tokio::test]
async fn a_role_that_is_as_wanted_is_left_alone() {
    let scene = scene("role-as-wanted").await;
    let role = scene.cloud.ensure_trust(&wanted()).await.expect("is so");
    assert_eq!(role.owner, Some(owner("role/peer")));
    scene.finish();
}

#[tokio::test]
async fn a_role_is_deleted_with_what_is_its_own() {
    let scene = scene("role-deleted").await;
    scene
        .cloud
        .delete_trust("peer", TOPOLOGY)
        .await
        .expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn a_role_whose_creation_went_unanswered_is_found_again() {
    let scene = scene("role-found-again").await;
    let role = scene.cloud.ensure_trust(&wanted()).await.expect("found");
    assert_eq!(role.owner, Some(owner("role/peer")));
    scene.finish();
}

#[tokio::test]
async fn why_a_role_was_not_made_or_deleted_is_told() {
    let scene = scene("roles-refused").await;
    for (kind, code, remedy) in [
        (
            ErrorKind::QuotaExceeded,
            "LimitExceeded.Role",
            "Quota Center",
        ),
        (
            ErrorKind::InvalidInput,
            "MalformedPolicyDocument",
            "correct the policy document",
        ),
        (ErrorKind::AlreadyExists, "", "choose another name"),
    ] {
        let error = scene
            .cloud
            .ensure_trust(&wanted())
            .await
            .expect_err("refused");
        assert_refused(&error, kind, code, remedy);
    }
    let error = scene
        .cloud
        .delete_trust("peer", TOPOLOGY)
        .await
        .expect_err("used");
    assert_refused(
        &error,
        ErrorKind::InUse,
        "DeleteConflict.Role.Policy",
        "detach the policy",
    );
    scene.finish();
}
