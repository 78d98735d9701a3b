//! A region that an account has not enabled refuses good keys: it is told as that, and wrong keys as wrong keys.

mod common;

use common::*;
use landbridge_aws::{AwsCloud, AwsProvider};
use landbridge_core::{CrossAccountAuth, Error, ErrorKind, Network, Select};
use wiremock::{MockServer, ResponseTemplate};

const DISABLED: &str = "me-south-1";

fn in_region(provider: &AwsProvider, region: &str) -> AwsCloud {
    provider.place(&place_of(ACCOUNT, region)).expect("known")
}

async fn refuses(server: &MockServer, action: &'static str, answer: ResponseTemplate) {
    on(action)
        .and(SignedFor(DISABLED))
        .respond_with(answer)
        .with_priority(1)
        .mount(server)
        .await;
}

/// What the home region says of the regions of the account.
async fn opted(server: &MockServer, status: &str) {
    let region = format!("<regionName>{DISABLED}</regionName><optInStatus>{status}</optInStatus>");
    let answer = ok("DescribeRegions", &items("regionInfo", &[region]));
    on("DescribeRegions")
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn list_networks(server: &MockServer) -> Error {
    let provider = provider(&server.uri(), FakeClock::new());
    let cloud = in_region(&provider, DISABLED);
    let listed = cloud.list_networks(&Select::id("vpc-1")).await;
    listed.expect_err("refused")
}

async fn identify(server: &MockServer) -> Error {
    let provider = provider(&server.uri(), FakeClock::new());
    let cloud = in_region(&provider, DISABLED);
    cloud.caller_identity().await.expect_err("refused")
}

fn calls(calls: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(action, region): &(&str, &str)| ((*action).to_owned(), (*region).to_owned());
    calls.iter().map(owned).collect()
}

#[tokio::test]
async fn good_keys_in_a_region_that_is_not_enabled_are_not_blamed() {
    let server = server().await;
    somebody(&server).await;
    opted(&server, "not-opted-in").await;
    refuses(&server, "DescribeVpcs", refused(401, "AuthFailure")).await;
    let error = list_networks(&server).await;
    assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
    assert_eq!(error.code(), Some("AuthFailure"));
    assert_eq!(error.operation(), Some("DescribeVpcs"));
    let text = error.to_string();
    assert!(text.contains("region me-south-1 is not enabled"), "{text}");
    assert!(text.contains("enable region me-south-1"), "{text}");
    let expected = [
        ("DescribeVpcs", DISABLED),
        ("GetCallerIdentity", "us-east-1"),
        ("DescribeRegions", "us-east-1"),
    ];
    assert_eq!(asked_where(&server).await, calls(&expected));
    let question = sent(&server, "DescribeRegions").await;
    assert_eq!(question["AllRegions"], "true");
    assert_eq!(question["RegionName.1"], DISABLED);
}

#[tokio::test]
async fn whoever_may_not_ask_for_regions_is_told_what_is_likely() {
    let server = server().await;
    somebody(&server).await;
    refuses(
        &server,
        "GetCallerIdentity",
        sts_refused("InvalidClientTokenId"),
    )
    .await;
    let denied = refused(403, "UnauthorizedOperation");
    on("DescribeRegions")
        .respond_with(denied)
        .mount(&server)
        .await;
    let error = identify(&server).await;
    assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
    let text = error.to_string();
    assert!(text.contains("me-south-1 refuses the keys"), "{text}");
    assert!(text.contains("may not be enabled"), "{text}");
}

#[tokio::test]
async fn a_region_that_is_enabled_and_does_not_know_the_keys_yet_is_told_as_that() {
    let server = server().await;
    somebody(&server).await;
    opted(&server, "opted-in").await;
    refuses(
        &server,
        "GetCallerIdentity",
        sts_refused("InvalidClientTokenId"),
    )
    .await;
    let error = identify(&server).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(
        error.to_string().contains("the region is enabled"),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_keys_are_told_as_wrong_keys() {
    let server = server().await;
    let unknown = sts_refused("InvalidClientTokenId");
    on("GetCallerIdentity")
        .respond_with(unknown)
        .mount(&server)
        .await;
    refuses(&server, "DescribeVpcs", refused(401, "AuthFailure")).await;
    let error = list_networks(&server).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.to_string().contains("check the keys"), "{error}");
    assert!(!error.to_string().contains("enable"), "{error}");
}

#[tokio::test]
async fn nothing_else_is_asked_where_nothing_is_wrong_or_every_account_has_the_region() {
    let server = server().await;
    somebody(&server).await;
    let provider = provider(&server.uri(), FakeClock::new());
    in_region(&provider, DISABLED)
        .caller_identity()
        .await
        .expect("answered");
    on("DescribeVpcs")
        .respond_with(refused(401, "AuthFailure"))
        .mount(&server)
        .await;
    let home = in_region(&provider, REGION);
    let listed = home.list_networks(&Select::id("vpc-1")).await;
    assert_eq!(
        listed.expect_err("refused").kind(),
        ErrorKind::Unauthenticated
    );
    let expected = [("GetCallerIdentity", DISABLED), ("DescribeVpcs", REGION)];
    assert_eq!(asked_where(&server).await, calls(&expected));
}

#[tokio::test]
async fn what_the_cloud_says_of_the_region_itself_is_told_at_once() {
    for (action, answer) in [
        ("DescribeVpcs", refused(401, "OptInRequired")),
        ("GetCallerIdentity", sts_refused("RegionDisabledException")),
    ] {
        let server = server().await;
        refuses(&server, action, answer).await;
        let error = match action {
            "DescribeVpcs" => list_networks(&server).await,
            _ => identify(&server).await,
        };
        assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
        let text = error.to_string();
        assert!(
            text.contains("enable the region") && text.contains(DISABLED),
            "{text}"
        );
        assert_eq!(asked_where(&server).await, calls(&[(action, DISABLED)]));
    }
}
