//! The transport against a server: what is retried, how long is waited, what is reported.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use common::issuing::identity;
use common::*;
use landbridge_aliyun::credential::{Credentials, Keys};
use landbridge_aliyun::{Connection, Product};
use landbridge_core::{Clock, ErrorKind, Result};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::{MockServer, ResponseTemplate};

const READ: &str = "DescribeVpcs";
const WRITE: &str = "DeleteVSwitch";
const TOKEN: &[(&str, &str)] = &[("ClientToken", "t-1")];

async fn call(
    address: &str,
    clock: Arc<FakeClock>,
    action: &str,
    params: &[(&str, &str)],
) -> Result<serde_json::Value> {
    cloud(address, clock)
        .client()
        .call(Product::Vpc, action, params)
        .await
}

#[tokio::test]
async fn throttling_is_waited_out_as_long_as_the_cloud_asks() {
    let server = server().await;
    let slow = refused("Throttling.User").insert_header("x-acs-retry-after", "2500");
    on(WRITE)
        .respond_with(Script::new([slow, ok(json!({"RequestId": "R"}))]))
        .expect(2)
        .mount(&server)
        .await;
    let clock = FakeClock::new();
    call(&server.uri(), clock.clone(), WRITE, &[])
        .await
        .expect("succeeds");
    assert!(
        clock.sleeps().contains(&Duration::from_millis(2500)),
        "{:?}",
        clock.sleeps()
    );
}

#[tokio::test]
async fn throttling_without_end_is_reported_after_a_bounded_number_of_attempts() {
    let server = server().await;
    on(READ)
        .respond_with(refused("Throttling"))
        .expect(5)
        .mount(&server)
        .await;
    let error = call(&server.uri(), FakeClock::new(), READ, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Throttled);
}

#[tokio::test]
async fn every_attempt_has_its_own_nonce_and_the_same_token() {
    let server = server().await;
    let broken = ResponseTemplate::new(503);
    on("CreateVpc")
        .respond_with(Script::new([broken, ok(json!({"VpcId": "vpc-1"}))]))
        .mount(&server)
        .await;
    call(&server.uri(), FakeClock::new(), "CreateVpc", TOKEN)
        .await
        .expect("succeeds");
    let requests = server.received_requests().await.expect("recorded");
    let [first, second] = requests.as_slice() else {
        panic!("{} requests", requests.len())
    };
    assert_eq!(body(first), body(second));
    for name in ["x-acs-signature-nonce", "x-acs-date", "authorization"] {
        assert_ne!(head(first, name), head(second, name), "{name}");
    }
    let authority = server.uri().replace("http://", "");
    assert_eq!(head(first, "host"), authority);
}

#[tokio::test]
async fn a_failure_of_the_cloud_leaves_a_write_without_token_in_doubt() {
    let server = server().await;
    on(WRITE)
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = call(&server.uri(), FakeClock::new(), WRITE, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn conflicts_go_up_at_once_with_all_that_is_known() {
    let server = server().await;
    on("CreateCen")
        .respond_with(refused("Operation.Blocking"))
        .expect(1)
        .mount(&server)
        .await;
    let client = cloud(&server.uri(), FakeClock::new());
    let error = client
        .client()
        .call(Product::Cbn, "CreateCen", TOKEN)
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "busy (CreateCen in aliyun:0123456789012345:cn-hangzhou): the message [Operation.Blocking] [request R-1]; \
         wait until the object has settled, then repeat"
    );
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_from_the_date_of_the_answer() {
    let server = server().await;
    let late =
        refused("InvalidTimeStamp.Expired").insert_header("date", "Fri, 02 Jan 2026 05:04:05 GMT");
    on(WRITE)
        .respond_with(Script::new([late, ok(nothing())]))
        .mount(&server)
        .await;
    call(&server.uri(), FakeClock::new(), WRITE, &[])
        .await
        .expect("succeeds");
    let requests = server.received_requests().await.expect("recorded");
    assert_eq!(head(&requests[0], "x-acs-date"), "2026-01-02T03:04:05Z");
    assert_eq!(head(&requests[1], "x-acs-date"), "2026-01-02T05:04:05Z");
}

#[tokio::test]
async fn a_clock_that_stays_wrong_is_an_error() {
    let server = server().await;
    let late =
        refused("InvalidTimeStamp.Expired").insert_header("date", "Fri, 02 Jan 2026 05:04:05 GMT");
    // One attempt with this machine's time, and as many with the cloud's as a call takes it over.
    on(READ).respond_with(late).expect(7).mount(&server).await;
    let error = call(&server.uri(), FakeClock::new(), READ, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::ClockSkew);
}

#[derive(Debug, Default)]
struct Numbered(AtomicU32);

#[async_trait]
impl Credentials for Numbered {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let expiry = connection.now() + Duration::from_secs(3600);
        let keys = Keys::new(format!("id-{number}"), "the-secret".to_owned());
        Ok(keys.with_token("the-token".to_owned()).with_expiry(expiry))
    }
}

fn session(address: &str, clock: Arc<FakeClock>) -> landbridge_aliyun::AliyunCloud {
    provider(address, clock, Arc::new(Numbered::default()))
        .place(&place())
        .expect("known account")
}

/// A server that knows whose renewed keys are.
async fn identifying() -> MockServer {
    let server = server().await;
    on("GetCallerIdentity")
        .respond_with(identity(ACCOUNT))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_refused_session_is_renewed_once() {
    let server = identifying().await;
    let expired = refused("InvalidSecurityToken.Expired");
    on(WRITE)
        .respond_with(Script::new([expired, ok(nothing())]))
        .mount(&server)
        .await;
    let cloud = session(&server.uri(), FakeClock::new());
    cloud
        .client()
        .call(Product::Vpc, WRITE, &[])
        .await
        .expect("succeeds");
    let requests = server.received_requests().await.expect("recorded");
    let ids: Vec<_> = requests
        .iter()
        .filter(|request| action(request) == WRITE)
        .map(|request| head(request, "x-acs-accesskey-id"))
        .collect();
    assert_eq!(ids, ["id-1", "id-2"]);
    assert_eq!(head(&requests[0], "x-acs-security-token"), "the-token");
}

#[tokio::test]
async fn a_session_that_is_refused_again_is_given_up() {
    let server = identifying().await;
    on(READ)
        .respond_with(refused("InvalidSecurityToken.Malformed"))
        .expect(2)
        .mount(&server)
        .await;
    let cloud = session(&server.uri(), FakeClock::new());
    let error = cloud
        .client()
        .call(Product::Vpc, READ, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn many_tasks_fetch_keys_once_and_again_only_near_expiry() {
    let server = identifying().await;
    on(READ).respond_with(ok(nothing())).mount(&server).await;
    let clock = FakeClock::new();
    let cloud = session(&server.uri(), clock.clone());
    let calls = (0..6).map(|_| {
        let client = cloud.client().clone();
        tokio::spawn(async move { client.call(Product::Vpc, READ, &[]).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("runs").expect("succeeds");
    }
    clock.advance(Duration::from_secs(2800));
    cloud
        .client()
        .call(Product::Vpc, READ, &[])
        .await
        .expect("succeeds");
    let requests = server.received_requests().await.expect("recorded");
    let ids: Vec<_> = requests
        .iter()
        .map(|request| head(request, "x-acs-accesskey-id"))
        .collect();
    assert_eq!(ids.iter().filter(|id| *id == "id-1").count(), 6);
    assert_eq!(ids.last().map(String::as_str), Some("id-2"));
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_asked_for_again_and_then_reported() {
    let server = server().await;
    let html = || ResponseTemplate::new(200).set_body_string("<html>");
    on(READ)
        .respond_with(Script::new([html(), ok(nothing())]))
        .mount(&server)
        .await;
    on(WRITE)
        .respond_with(html())
        .expect(1)
        .mount(&server)
        .await;
    on("ListX")
        .respond_with(html())
        .expect(5)
        .mount(&server)
        .await;
    call(&server.uri(), FakeClock::new(), READ, &[])
        .await
        .expect("succeeds");
    let error = call(&server.uri(), FakeClock::new(), WRITE, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let error = call(&server.uri(), FakeClock::new(), "ListX", &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read() {
    let server = server().await;
    let long = ResponseTemplate::new(200).set_body_bytes(vec![b' '; (8 << 20) + 1]);
    on(READ).respond_with(long).expect(1).mount(&server).await;
    let error = call(&server.uri(), FakeClock::new(), READ, &[])
        .await
        .expect_err("fails");
    assert_eq!(
        (error.kind(), error.message()),
        (
            ErrorKind::Malformed,
            "the answer is longer than 8388608 bytes"
        )
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = server().await;
    let elsewhere =
        ResponseTemplate::new(307).insert_header("location", format!("{}/x", server.uri()));
    on(READ)
        .respond_with(elsewhere)
        .expect(1)
        .mount(&server)
        .await;
    let error = call(&server.uri(), FakeClock::new(), READ, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Refused);
}

#[tokio::test]
async fn what_nobody_expected_is_loud() {
    let server = server().await;
    let error = call(&server.uri(), FakeClock::new(), READ, &[("RegionId", "r")])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error
            .message()
            .contains("unmatched DescribeVpcs RegionId=r"),
        "{error}"
    );
}

/// A server that answers each connection with these bytes and hangs up.
async fn raw(answers: Vec<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept().await else {
                return;
            };
            let mut buffer = [0; 8192];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

const CUT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"VpcId\"";
const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_only_where_that_is_safe() {
    for broken in ["", CUT] {
        for (action, params) in [(READ, &[] as &[_]), ("CreateVpc", TOKEN)] {
            let address = raw(vec![broken, WHOLE]).await;
            call(&address, FakeClock::new(), action, params)
                .await
                .expect("succeeds");
        }
        let address = raw(vec![broken, WHOLE]).await;
        let error = call(&address, FakeClock::new(), WRITE, &[])
            .await
            .expect_err("in doubt");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_has_received_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let clock = FakeClock::new();
    let error = call(&address, clock.clone(), WRITE, &[])
        .await
        .expect_err("fails");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(clock.sleeps().len(), 4);
}

#[tokio::test]
async fn the_rate_is_bounded_by_the_injected_clock() {
    let server = server().await;
    on(READ).respond_with(ok(nothing())).mount(&server).await;
    let clock = FakeClock::new();
    let cloud = cloud(&server.uri(), clock.clone());
    for _ in 0..15 {
        cloud
            .client()
            .call(Product::Vpc, READ, &[])
            .await
            .expect("succeeds");
    }
    assert_eq!(clock.sleeps().len(), 5);
    assert!(clock.now() > SystemTime::UNIX_EPOCH);
}
