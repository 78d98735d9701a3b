//! Signing, pacing, retrying, and what failures mean, against a server.

mod common;

use std::time::Duration;

use common::*;
use landbridge_aws::Aws;
use landbridge_core::{CloudProvider, CreateNetwork, ErrorKind, Network, Place, Region, Select};
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

fn network() -> CreateNetwork {
    CreateNetwork::new(label("network/n"), "10.0.0.0/16".parse().expect("range"))
}

async fn nothing_there(server: &wiremock::MockServer) {
    on("DescribeVpcs")
        .respond_with(ok("DescribeVpcs", "<vpcSet/>"))
        .mount(server)
        .await;
}

#[tokio::test]
async fn requests_are_signed_for_the_account_and_region_of_the_place_by_our_clock() {
    let server = server().await;
    nothing_there(&server).await;
    let provider = provider(&server.uri(), FakeClock::new());
    for (account, region) in [(ACCOUNT, REGION), (PEER, "us-east-1")] {
        let cloud = provider.place(&place_of(account, region)).expect("known");
        cloud.list_networks(&Select::All).await.expect("lists");
    }
    let requests = server.received_requests().await.expect("recorded");
    let scope = |index: usize| head(&requests[index], "authorization");
    assert!(scope(0).contains("Credential=AKIAOWN/20260102/eu-central-1/ec2/aws4_request"));
    assert!(scope(1).contains("Credential=AKIAPEER/20260102/us-east-1/ec2/aws4_request"));
}

#[tokio::test]
async fn throttling_is_waited_for_by_our_clock_and_slows_the_operation_down() {
    let server = server().await;
    on("DescribeVpcs")
        .respond_with(Script::new([
            refused(503, "RequestLimitExceeded"),
            ok("DescribeVpcs", "<vpcSet/>"),
        ]))
        .mount(&server)
        .await;
    let clock = FakeClock::new();
    let cloud = cloud(&server.uri(), clock.clone());
    cloud.list_networks(&Select::All).await.expect("lists");
    assert_eq!(clock.sleeps()[0], Duration::from_secs(1));
}

#[tokio::test]
async fn throttling_that_lasts_is_reported_as_such() {
    let server = server().await;
    nothing_there(&server).await;
    on("CreateVpc")
        .respond_with(refused(503, "RequestLimitExceeded"))
        .expect(5)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud.create_network(&network()).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.is_retryable());
    assert_eq!(error.code(), Some("RequestLimitExceeded"));
    assert_eq!(error.request_id(), Some("R-1"));
    assert_eq!(error.operation(), Some("CreateVpc"));
    assert_eq!(error.place(), Some(&place_of(ACCOUNT, REGION)));
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_sent_again() {
    for answer in [
        refused(500, "InternalError"),
        ResponseTemplate::new(502).set_body_string("<html>a gateway</html>"),
        ResponseTemplate::new(200).set_body_string("<torn"),
    ] {
        let server = server().await;
        nothing_there(&server).await;
        on("CreateVpc")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let error = cloud.create_network(&network()).await.expect_err("lost");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_delete_whose_answer_is_lost_is_sent_again() {
    let server = server().await;
    on("DeleteVpc")
        .respond_with(Script::new([
            refused(500, "InternalError"),
            refused(400, "InvalidVpcID.NotFound"),
        ]))
        .expect(2)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_network(&"vpc-1".into()).await.expect("gone");
}

#[tokio::test]
async fn a_read_that_keeps_failing_is_unavailable() {
    let server = server().await;
    on("DescribeVpcs")
        .respond_with(refused(503, "Unavailable"))
        .expect(5)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud.list_networks(&Select::All).await.expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_connection_that_is_refused_was_not_used() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let clock = FakeClock::new();
    let cloud = cloud(&address, clock.clone());
    let error = cloud.create_network(&network()).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(clock.sleeps().len(), 4);
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_a_create_unsettled() {
    let server = server().await;
    nothing_there(&server).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    // The first connection (the look for what exists) is answered, the second one is dropped after its request.
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for answered in [true, false] {
            let (mut socket, _) = listener.accept().await.expect("accepts");
            let mut buffer = vec![0; 1 << 16];
            let _ = socket.read(&mut buffer).await;
            if answered {
                let body = "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>";
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
                let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        }
    });
    let cloud = cloud(&address, FakeClock::new());
    let error = cloud.create_network(&network()).await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_never_in_a_circle() {
    let server = server().await;
    let page = |id: &str, token: &str| {
        let set = items("vpcSet", &[vpc(id, "10.0.0.0/16", "")]);
        ok(
            "DescribeVpcs",
            &format!("{set}<nextToken>{token}</nextToken>"),
        )
    };
    on("DescribeVpcs")
        .respond_with(Script::new([page("vpc-1", "a"), page("vpc-2", "")]))
        .mount(&server)
        .await;
    let all = cloud(&server.uri(), FakeClock::new())
        .list_networks(&Select::All)
        .await
        .expect("lists");
    assert_eq!(all.len(), 2);
    server.reset().await;
    on("DescribeVpcs")
        .respond_with(page("vpc-1", "a"))
        .mount(&server)
        .await;
    let circle = cloud(&server.uri(), FakeClock::new());
    let error = circle
        .list_networks(&Select::All)
        .await
        .expect_err("circle");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.operation(), Some("DescribeVpcs"));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let server = server().await;
    let long = format!("<DescribeVpcsResponse>{}", " ".repeat(17 << 20));
    on("DescribeVpcs")
        .respond_with(ResponseTemplate::new(200).set_body_string(long))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .list_networks(&Select::All)
        .await
        .expect_err("too long");
    assert!(matches!(
        error.kind(),
        ErrorKind::Unavailable | ErrorKind::Malformed
    ));
}

#[tokio::test]
async fn pacing_waits_by_our_clock_once_the_burst_is_used_up() {
    let server = server().await;
    on("DeleteVpc")
        .respond_with(ok("DeleteVpc", "<return>true</return>"))
        .mount(&server)
        .await;
    let clock = FakeClock::new();
    let cloud = cloud(&server.uri(), clock.clone());
    for _ in 0..52 {
        cloud
            .delete_network(&"vpc-1".into())
            .await
            .expect("deleted");
    }
    assert_eq!(clock.sleeps().len(), 2);
    assert_eq!(clock.sleeps()[0], Duration::from_millis(200));
}

#[tokio::test]
async fn places_that_are_none_of_ours_are_refused() {
    let provider = provider("http://127.0.0.1:1", FakeClock::new());
    let kind = |place: Place| {
        provider
            .place(&place)
            .map(drop)
            .map_err(|error| error.kind())
    };
    assert_eq!(
        kind(place_of("033333333333", REGION)),
        Err(ErrorKind::Unauthenticated)
    );
    assert_eq!(
        kind(place_of(ACCOUNT, "evil.com/")),
        Err(ErrorKind::InvalidInput)
    );
    let mut elsewhere = place_of(ACCOUNT, REGION);
    elsewhere.cloud = landbridge_core::CloudName::from_static("aliyun");
    assert_eq!(kind(elsewhere), Err(ErrorKind::InvalidInput));
    let cloud = provider
        .cloud(&place_of(ACCOUNT, REGION))
        .await
        .expect("known");
    assert_eq!(cloud.place().region, Region::from(REGION));
}

#[test]
fn plain_http_and_short_account_ids_are_refused() {
    let error = Aws::builder()
        .endpoint("http://example.com")
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let short = Aws::builder()
        .credentials("11111111111", keys("AKIAOWN"))
        .build();
    assert_eq!(short.expect_err("refused").kind(), ErrorKind::InvalidInput);
}
