//! STS and IAM are asked in the partition of the keys, wherever that is said: by a place, a role's name or a profile.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::*;
use landbridge_aws::Aws;
use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, Mfa, MfaCallback, ProfileCredentials,
    SessionTokenCredentials,
};
use landbridge_aws::home_region;
use landbridge_core::{CrossAccountAuth, EnsureTrust, ErrorKind, Owner, Principal, Region, Trust};
use wiremock::MockServer;

const END: &str = "2026-01-02T04:04:05Z";

async fn sessions() -> MockServer {
    let server = server().await;
    for action in ["AssumeRole", "GetSessionToken"] {
        let opened = sts(action, &session("ASIASESSION", END));
        on(action).respond_with(opened).mount(&server).await;
    }
    somebody(&server).await;
    server
}

/// Asks who we are in a region; gives the regions that STS was asked in, one after the other.
async fn regions_of_sts(
    source: Arc<dyn Credentials>,
    configured: Option<&str>,
    region: &str,
) -> Vec<String> {
    let server = sessions().await;
    let mut builder = Aws::builder()
        .clock(FakeClock::new())
        .endpoint(&server.uri())
        .expect("loopback")
        .credentials(ACCOUNT, source);
    if let Some(region) = configured {
        builder = builder.sts_region(region);
    }
    let provider = builder.build().expect("builds");
    let cloud = provider.place(&place_of(ACCOUNT, region)).expect("known");
    cloud.caller_identity().await.expect("answered");
    let asked = asked_where(&server).await;
    asked.into_iter().map(|(_, region)| region).collect()
}

fn role(partition: &str) -> Arc<dyn Credentials> {
    let arn = format!("arn:{partition}:iam::{ACCOUNT}:role/r");
    Arc::new(AssumeRoleCredentials::new(keys("AKIASOURCE"), arn))
}

#[tokio::test]
async fn a_role_is_assumed_in_its_partition() {
    for (partition, configured, region, expected) in [
        ("aws", None, "eu-central-1", "us-east-1"),
        ("aws", Some("eu-west-1"), "eu-central-1", "eu-west-1"),
        ("aws-cn", None, "cn-northwest-1", "cn-north-1"),
        ("aws-cn", Some("us-east-1"), "cn-north-1", "cn-north-1"),
        (
            "aws-cn",
            Some("cn-northwest-1"),
            "cn-north-1",
            "cn-northwest-1",
        ),
        ("aws-us-gov", None, "us-gov-east-1", "us-gov-west-1"),
        ("aws-eusc", None, "eusc-de-east-1", "eusc-de-east-1"),
        ("aws-iso-f", None, "us-isof-east-1", "us-isof-south-1"),
    ] {
        let asked = regions_of_sts(role(partition), configured, region).await;
        assert_eq!(asked, [expected, region], "{partition} {configured:?}");
    }
}

#[tokio::test]
async fn a_session_of_a_user_is_opened_in_the_partition_of_the_place() {
    let codes = MfaCallback::new(|_| async { Ok("012345".into()) });
    let mfa = Mfa::new("a-device", Arc::new(codes));
    let user = SessionTokenCredentials::new(keys("AKIAUSER")).with_mfa(mfa);
    let asked = regions_of_sts(Arc::new(user), None, "cn-northwest-1").await;
    assert_eq!(asked, ["cn-north-1", "cn-northwest-1"]);
}

fn profile(folder: &Path, region: &str, role: &str) -> ProfileCredentials {
    let config = folder.join("config");
    let text = format!(
        "[profile home]\nregion = {region}\naws_access_key_id = AKIAHOME\naws_secret_access_key = {SECRET}\n\
         [profile over]\nsource_profile = home\nrole_arn = {role}\n"
    );
    std::fs::write(&config, text).expect("written");
    ProfileCredentials::new("over").with_files(config, folder.join("absent"))
}

#[tokio::test]
async fn the_region_of_a_profile_counts_where_none_is_configured() {
    let folder = tempfile::tempdir().expect("made");
    for (region, role, configured, expected) in [
        (
            "cn-northwest-1",
            "arn:aws-cn:iam::011111111111:role/r",
            None,
            "cn-northwest-1",
        ),
        (
            "cn-northwest-1",
            "arn:aws-cn:iam::011111111111:role/r",
            Some("us-east-1"),
            "cn-northwest-1",
        ),
        (
            "eu-west-1",
            "arn:aws:iam::011111111111:role/r",
            Some("eu-west-3"),
            "eu-west-3",
        ),
        (
            "eu-west-1",
            "arn:aws:iam::011111111111:role/r",
            None,
            "eu-west-1",
        ),
    ] {
        let source = Arc::new(profile(folder.path(), region, role));
        let configured_region = configured.map(Region::from);
        let home = home_region(configured_region.as_ref(), source.as_ref());
        assert_eq!(home.as_str(), expected, "{region} {configured:?}");
        let asked = regions_of_sts(source, configured, region).await;
        assert_eq!(asked, [expected, region], "{region} {configured:?}");
    }
}

#[tokio::test]
async fn whose_keys_a_profile_has_is_asked_in_its_partition() {
    let (server, folder) = (sessions().await, tempfile::tempdir().expect("made"));
    let role = "arn:aws-us-gov:iam::011111111111:role/r";
    let source = Arc::new(profile(folder.path(), "us-gov-east-1", role));
    let provider = provider(&server.uri(), FakeClock::new());
    provider.identify(source).await.expect("answered");
    for (action, region) in asked_where(&server).await {
        assert_eq!(region, "us-gov-east-1", "{action}");
    }
}

#[tokio::test]
async fn roles_trust_names_of_their_partition() {
    for (region, home, partition) in [
        ("eu-central-1", "us-east-1", "aws"),
        ("cn-northwest-1", "cn-north-1", "aws-cn"),
        ("us-gov-east-1", "us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "eusc-de-east-1", "aws-eusc"),
    ] {
        let server = server().await;
        let absent = sts_says(404, "NoSuchEntity", "no such role");
        on("GetRole").respond_with(absent).mount(&server).await;
        let seen = sts_says(400, "MalformedPolicyDocument", "seen");
        on("CreateRole").respond_with(seen).mount(&server).await;
        let provider = provider(&server.uri(), FakeClock::new());
        let cloud = provider.place(&place_of(ACCOUNT, region)).expect("known");
        let trusted = Principal::Account(PEER.into());
        let request = EnsureTrust::new("r", Owner::new("t", "trust/r"), trusted);
        let error = cloud.ensure_trust(&request).await.expect_err("seen");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let trust = sent(&server, "CreateRole")
            .await
            .remove("AssumeRolePolicyDocument");
        let trust = trust.expect("sent");
        assert!(
            trust.contains(&format!("arn:{partition}:iam::{PEER}:root")),
            "{trust}"
        );
        for (action, region) in asked_where(&server).await {
            assert_eq!(region, home, "{action}");
        }
    }
}
