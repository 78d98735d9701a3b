//! What the tests over HTTP share: a clock that never waits, and a server that is loud about the unexpected.
#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod issuing;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_aliyun::credential::{Credentials, StaticCredentials};
use landbridge_aliyun::{Aliyun, AliyunCloud, AliyunProvider};
use landbridge_core::{Clock, CloudName, Place};
use serde_json::Value;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const ACCOUNT: &str = "0123456789012345";
pub(crate) const REGION: &str = "cn-hangzhou";

/// Sleeping takes no time: it is written down and the clock jumps.
#[derive(Debug)]
pub(crate) struct FakeClock {
    start: SystemTime,
    passed: Mutex<Duration>,
    sleeps: Mutex<Vec<Duration>>,
}

impl FakeClock {
    pub(crate) fn at(start: SystemTime) -> Arc<Self> {
        Arc::new(Self {
            start,
            passed: Mutex::default(),
            sleeps: Mutex::default(),
        })
    }

    /// At 2026-01-02T03:04:05Z.
    pub(crate) fn new() -> Arc<Self> {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045))
    }

    pub(crate) fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().expect("not poisoned").clone()
    }

    pub(crate) fn advance(&self, duration: Duration) {
        *self.passed.lock().expect("not poisoned") += duration;
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        self.start + self.uptime()
    }

    fn uptime(&self) -> Duration {
        *self.passed.lock().expect("not poisoned")
    }

    async fn sleep(&self, duration: Duration) {
        self.sleeps.lock().expect("not poisoned").push(duration);
        self.advance(duration);
    }

    fn chance(&self) -> f64 {
        0.0
    }
}

pub(crate) fn place() -> Place {
    Place::new(CloudName::from_static("aliyun"), ACCOUNT, REGION)
}

pub(crate) fn keys() -> Arc<dyn Credentials> {
    Arc::new(StaticCredentials::new("the-id", "the-secret".to_owned()))
}

pub(crate) fn provider(
    address: &str,
    clock: Arc<FakeClock>,
    keys: Arc<dyn Credentials>,
) -> AliyunProvider {
    Aliyun::builder()
        .clock(clock)
        .endpoint(address)
        .expect("loopback")
        .credentials(ACCOUNT, keys)
        .build()
        .expect("builds")
}

pub(crate) fn cloud(address: &str, clock: Arc<FakeClock>) -> AliyunCloud {
    provider(address, clock, keys())
        .place(&place())
        .expect("known account")
}

/// A server that answers 501 to whatever nobody asked for.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    let loud = |request: &Request| {
        let line = format!("unmatched {} {}", action(request), body(request));
        ResponseTemplate::new(501).set_body_string(line)
    };
    Mock::given(any())
        .respond_with(loud)
        .with_priority(u8::MAX)
        .mount(&server)
        .await;
    server
}

pub(crate) fn on(action: &str) -> wiremock::MockBuilder {
    Mock::given(header("x-acs-action", action))
}

pub(crate) fn action(request: &Request) -> String {
    head(request, "x-acs-action")
}

pub(crate) fn head(request: &Request, name: &str) -> String {
    let value = request
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

pub(crate) fn body(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

/// One answer after the other; the last one stays.
pub(crate) struct Script(Mutex<Vec<ResponseTemplate>>);

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = ResponseTemplate>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Self(Mutex::new(answers))
    }
}

impl Respond for Script {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut answers = self.0.lock().expect("not poisoned");
        match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop().expect("at least one answer"),
        }
    }
}

/// An answer that lists nothing, whatever is asked for: most operations count, and the others have an empty list.
pub(crate) fn nothing() -> Value {
    serde_json::json!({
        "TotalCount": 0,
        "AvailableZones": [],
        "Entries": [],
        "Instances": [],
        "InstanceCloudAssistantStatusSet": [],
        "NetworkInterfaceSets": [],
        "Permissions": [],
        "Policies": [],
        "Roles": [],
        "SecurityGroups": [],
        "Zones": [],
    })
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn refused(code: &str) -> ResponseTemplate {
    let body = serde_json::json!({"Code": code, "Message": "the message", "RequestId": "R-1"});
    ResponseTemplate::new(400).set_body_json(body)
}
