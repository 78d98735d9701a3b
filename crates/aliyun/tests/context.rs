//! What a call makes of the stop and the deadline of the operation that it belongs to.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use landbridge_aliyun::Product;
use landbridge_core::backend::CallContext;
use landbridge_core::retry::Patience;
use landbridge_core::{ErrorKind, Result};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wiremock::{MockServer, Request, Respond, ResponseTemplate};

const READ: &str = "DescribeVpcs";
const WRITE: &str = "CreateVpc";
const TOKEN: &[(&str, &str)] = &[("ClientToken", "t-1")];

/// Cancels, then answers.
struct Stops(CancellationToken, ResponseTemplate);

impl Respond for Stops {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.0.cancel();
        self.1.clone()
    }
}

fn context(clock: &Arc<FakeClock>, limit: Duration, stop: &CancellationToken) -> CallContext {
    CallContext::new(Patience::new(clock.clone(), limit, stop.clone()))
}

async fn call(server: &MockServer, clock: &Arc<FakeClock>, action: &str) -> Result<Value> {
    let cloud = cloud(&server.uri(), clock.clone());
    cloud.client().call(Product::Vpc, action, TOKEN).await
}

async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.expect("recorded").len()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_write_that_was_throttled_is_not_sent_again_after_the_stop() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    on(WRITE)
        .respond_with(Stops(stop.clone(), refused("Throttling")))
        .mount(&server)
        .await;
    let context = context(&clock, MINUTE, &stop);
    let error = context.scope(call(&server, &clock, WRITE)).await;
    let error = error.expect_err("stopped");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.message().contains("Throttling"), "{error}");
    assert_eq!(calls(&server).await, 1);
    assert_eq!(context.request_id().as_deref(), Some("R-1"));
    assert_eq!(context.writes(), 0);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_ends_unsettled_at_the_stop() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    on(WRITE)
        .respond_with(Stops(stop.clone(), ResponseTemplate::new(500)))
        .mount(&server)
        .await;
    let work = call(&server, &clock, WRITE);
    let error = context(&clock, MINUTE, &stop).scope(work).await;
    assert_eq!(error.expect_err("lost").kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn after_the_stop_nothing_is_sent_and_what_was_sent_is_still_heard() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    let made = ok(json!({"VpcId": "vpc-1", "RequestId": "R-9"}));
    on(WRITE)
        .respond_with(Stops(stop.clone(), made))
        .mount(&server)
        .await;
    let context = context(&clock, MINUTE, &stop);
    let answer = context.scope(call(&server, &clock, WRITE)).await;
    assert_eq!(answer.expect("heard")["VpcId"], "vpc-1");
    assert_eq!(context.request_id().as_deref(), Some("R-9"));
    assert_eq!(context.writes(), 1);
    for action in [WRITE, READ] {
        let error = context.scope(call(&server, &clock, action)).await;
        assert_eq!(error.expect_err("stopped").kind(), ErrorKind::Cancelled);
    }
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn a_read_under_way_ends_with_the_stop() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    let never = ok(nothing()).set_delay(Duration::from_secs(3600));
    on(READ)
        .respond_with(Stops(stop.clone(), never))
        .mount(&server)
        .await;
    let work = call(&server, &clock, READ);
    let error = context(&clock, MINUTE, &stop).scope(work).await;
    assert_eq!(error.expect_err("stopped").kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn no_pause_passes_the_deadline_not_even_one_that_the_cloud_asks_for() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    let slow = refused("Throttling.User").insert_header("x-acs-retry-after", "100000");
    on(READ).respond_with(slow).mount(&server).await;
    let work = call(&server, &clock, READ);
    let error = context(&clock, MINUTE, &stop).scope(work).await;
    let error = error.expect_err("no time");
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(!error.is_retryable());
    assert!(error.message().contains("out of time"), "{error}");
    assert!(error.message().contains("100.0 s"), "{error}");
    assert_eq!(calls(&server).await, 1);
    assert!(clock.sleeps().is_empty(), "{:?}", clock.sleeps());
    // Without a context it is waited for.
    call(&server, &clock, READ).await.expect_err("throttled");
    assert!(clock.sleeps().contains(&Duration::from_secs(100)));
}

#[tokio::test]
async fn a_call_is_not_begun_once_time_is_over() {
    let (server, clock, stop) = (server().await, FakeClock::new(), CancellationToken::new());
    let work = call(&server, &clock, READ);
    let error = context(&clock, Duration::ZERO, &stop).scope(work).await;
    assert_eq!(error.expect_err("late").kind(), ErrorKind::Timeout);
    assert_eq!(calls(&server).await, 0);
}
