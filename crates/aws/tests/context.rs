//! What a call makes of the stop and the deadline of the operation that it belongs to.

mod common;

use std::time::Duration;

use common::*;
use landbridge_core::backend::CallContext;
use landbridge_core::retry::Patience;
use landbridge_core::{CreateNetwork, ErrorKind, Network, Select};
use tokio_util::sync::CancellationToken;
use wiremock::{Request, Respond, ResponseTemplate};

/// Cancels, then answers.
struct Stops(CancellationToken, ResponseTemplate);

impl Respond for Stops {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.0.cancel();
        self.1.clone()
    }
}

fn network() -> CreateNetwork {
    CreateNetwork::new(label("network/n"), "10.0.0.0/16".parse().expect("range"))
}

#[tokio::test]
async fn a_write_that_was_throttled_is_not_sent_again_after_the_stop() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    on("DescribeVpcs")
        .respond_with(ok("DescribeVpcs", "<vpcSet/>"))
        .mount(&server)
        .await;
    let throttled = refused(503, "RequestLimitExceeded");
    on("CreateVpc")
        .respond_with(Stops(stop.clone(), throttled))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), clock.clone());
    let patience = Patience::new(clock, Duration::from_secs(60), stop);
    let context = CallContext::new(patience);
    let request = network();
    let error = context.scope(cloud.create_network(&request)).await;
    assert_eq!(error.expect_err("stopped").kind(), ErrorKind::Cancelled);
    assert_eq!(context.request_id().as_deref(), Some("R-1"));
}

#[tokio::test]
async fn the_request_id_of_a_good_answer_is_noted() {
    let (server, clock) = (server().await, FakeClock::new());
    let answer = ok("DescribeVpcs", "<vpcSet/>").insert_header("x-amzn-requestid", "R-7");
    on("DescribeVpcs").respond_with(answer).mount(&server).await;
    let cloud = cloud(&server.uri(), clock.clone());
    let patience = Patience::new(clock, Duration::from_secs(60), CancellationToken::new());
    let context = CallContext::new(patience);
    let list = context.scope(cloud.list_networks(&Select::All)).await;
    list.expect("lists");
    assert_eq!(context.request_id().as_deref(), Some("R-7"));
}

#[tokio::test]
async fn no_back_off_passes_the_deadline() {
    let (server, clock) = (server().await, FakeClock::new());
    on("DescribeVpcs")
        .respond_with(refused(503, "RequestLimitExceeded"))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), clock.clone());
    let limit = Duration::from_millis(500);
    let patience = Patience::new(clock, limit, CancellationToken::new());
    let listing = cloud.list_networks(&Select::All);
    let error = CallContext::new(patience).scope(listing).await;
    let error = error.expect_err("no time");
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.message().contains("out of time"), "{error}");
}
