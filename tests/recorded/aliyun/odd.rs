//! Answers that are not what an answer should be, and answers that never come.

use landbridge_core::{ErrorKind, Grant, Hub, Network, Phase, Routing, Select};

use super::cen::wanted_grant;
use super::network::wanted_network;
use super::{OURS, Scene, THEIRS, assert_refused, owner, range};

const READ_BACK: &str = "read the object back";

#[tokio::test]
async fn proxies_answer_with_pages() {
    let scene = Scene::of("odd-proxies").await;
    let list = async || scene.cloud.list_networks(&Select::All).await;
    list().await.expect("repeated");
    let error = list().await.expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error.message().contains("Access denied by policy"),
        "{error}"
    );
    let error = list().await.expect_err("a redirect");
    assert_refused(&error, ErrorKind::Refused, "", "check the endpoint");
    let error = list().await.expect_err("no answer of the cloud");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(!error.message().contains('\n'), "{error}");
    scene.finish();
}

#[tokio::test]
async fn answers_break_off() {
    let scene = Scene::of("odd-truncated").await;
    scene
        .cloud
        .list_networks(&Select::All)
        .await
        .expect("repeated");
    let made = scene
        .cloud
        .create_network(&wanted_network())
        .await
        .expect("repeated");
    assert_eq!(made.id.as_str(), "vpc-1");
    let heard = scene.heard();
    assert!(heard[2].token.is_some() && heard[2].token == heard[3].token);
    let error = scene
        .cloud
        .delete_subnet(&"vsw-1".into())
        .await
        .expect_err("unknown");
    assert_refused(&error, ErrorKind::OutcomeUnknown, "", READ_BACK);
    scene.finish();
}

#[tokio::test]
async fn errors_come_in_other_dress() {
    let scene = Scene::of("odd-errors").await;
    let delete = async || scene.cloud.delete_network(&"vpc-1".into()).await;
    let error = delete().await.expect_err("in use");
    assert_refused(
        &error,
        ErrorKind::InUse,
        "DependencyViolation.VSwitch",
        "remove what depends on it",
    );
    assert!(error.message().contains("vSwitches & cannot"), "{error}");
    assert_eq!(
        error.request_id(),
        Some("1F5D2A6B-3C41-5E07-A9D2-64B0C8E1F3A7")
    );
    delete().await.expect("gone, in lower camel case");
    let error = delete().await.expect_err("protected");
    assert_refused(
        &error,
        ErrorKind::Refused,
        "InvalidOperation.DeletionProtection",
        "switch deletion protection off",
    );
    let error = delete().await.expect_err("no code");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, None));
    scene.finish();
}

#[tokio::test]
async fn shapes_vary() {
    let scene = Scene::of("odd-shapes").await;
    let cloud = &scene.cloud;
    for what in ["no list, counted as empty", "an empty wrapper"] {
        let networks = cloud.list_networks(&Select::All).await.expect(what);
        assert!(networks.is_empty(), "{what}");
    }
    let networks = cloud
        .list_networks(&Select::All)
        .await
        .expect("a bare list");
    let network = &networks[0];
    assert_eq!(
        (network.account.as_str(), network.name.as_str()),
        (OURS, "20260101")
    );
    assert_eq!(
        (&network.owner, network.status.phase),
        (&Some(owner("network/n")), Phase::Ready)
    );
    let subnets = cloud.list_subnets(&Select::All).await.expect("no total");
    assert_eq!(subnets[0].free_addresses, Some(12));
    let error = cloud
        .list_networks(&Select::All)
        .await
        .expect_err("ours, without a range");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.operation(), Some("DescribeVpcs"));
    assert!(error.message().contains("CidrBlock"), "{error}");
    assert!(
        cloud
            .list_learning(&"vtb-tr-1".into())
            .await
            .expect("nulls")
            .is_empty()
    );
    scene.finish();
}

#[tokio::test]
async fn a_list_that_turns_in_circles_is_left() {
    let scene = Scene::of("odd-pages").await;
    let error = scene
        .cloud
        .list_hub_routes(&"vtb-tr-1".into())
        .await
        .expect_err("circles");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    scene.finish();
}

#[tokio::test]
async fn a_lost_write_with_a_token_is_sent_again_with_it() {
    let scene = Scene::of("lost-tokened").await;
    let made = scene
        .cloud
        .create_network(&wanted_network())
        .await
        .expect("made");
    assert_eq!(made.id.as_str(), "vpc-1");
    let heard = scene.heard();
    assert_eq!(heard.len(), 3);
    assert!(
        heard
            .iter()
            .all(|request| request.token.is_some() && request.token == heard[0].token)
    );
    assert_ne!(heard[0].nonce, heard[1].nonce);
    assert_eq!(scene.clock.delays().len(), 2);
    scene.finish();
}

#[tokio::test]
async fn a_write_that_is_lost_for_good_has_an_unknown_outcome() {
    let scene = Scene::of("lost-for-good").await;
    let error = scene
        .cloud
        .create_network(&wanted_network())
        .await
        .expect_err("lost");
    assert_refused(&error, ErrorKind::OutcomeUnknown, "", READ_BACK);
    scene.finish();
}

#[tokio::test]
async fn a_lost_write_without_a_token_is_not_sent_again() {
    let scene = Scene::seen_by(THEIRS, "lost-untokened").await;
    let cloud = &scene.cloud;
    let error = cloud.create_grant(&wanted_grant()).await.expect_err("lost");
    assert_refused(&error, ErrorKind::OutcomeUnknown, "", READ_BACK);
    let (table, hop) = ("vtb-1".into(), "tr-attach-1".into());
    let error = cloud
        .delete_route(&table, &range("10.0.20.0/24"), &hop)
        .await
        .expect_err("lost");
    assert_refused(&error, ErrorKind::OutcomeUnknown, "", READ_BACK);
    let error = cloud.delete_hub(&"cen-1".into()).await.expect_err("lost");
    assert_refused(
        &error,
        ErrorKind::OutcomeUnknown,
        "InternalError",
        READ_BACK,
    );
    assert!(scene.clock.delays().is_empty(), "nothing is repeated");
    scene.finish();
}

#[tokio::test]
async fn a_used_nonce_may_mean_that_the_write_was_done() {
    let scene = Scene::of("nonce-used").await;
    scene
        .cloud
        .create_network(&wanted_network())
        .await
        .expect("repeated");
    let heard = scene.heard();
    assert_eq!(heard[0].token, heard[1].token);
    assert_ne!(heard[0].nonce, heard[1].nonce);
    let error = scene
        .cloud
        .delete_subnet(&"vsw-1".into())
        .await
        .expect_err("unknown");
    assert_refused(
        &error,
        ErrorKind::OutcomeUnknown,
        "SignatureNonceUsed",
        READ_BACK,
    );
    scene.finish();
}
