//! What the tests over HTTP share: a clock that never waits, and a server that is loud about the unexpected.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_aws::credential::{Credentials, StaticCredentials};
use landbridge_aws::{Aws, AwsCloud, AwsProvider, CLOUD};
use landbridge_core::{Clock, CloudName, CrossAccountAuth, Label, Owner, Place, Result, Token};
use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const ACCOUNT: &str = "011111111111";
pub(crate) const PEER: &str = "022222222222";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const SECRET: &str = "the-secret-of-the-key";

/// Sleeping takes no time: it is written down and the clock jumps.
#[derive(Debug)]
pub(crate) struct FakeClock {
    start: SystemTime,
    passed: Mutex<Duration>,
    sleeps: Mutex<Vec<Duration>>,
}

impl FakeClock {
    /// At 2026-01-02T03:04:05Z.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045),
            passed: Mutex::default(),
            sleeps: Mutex::default(),
        })
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

pub(crate) fn place_of(account: &str, region: &str) -> Place {
    Place::new(CloudName::from_static(CLOUD), account, region)
}

pub(crate) fn keys(id: &str) -> Arc<dyn Credentials> {
    Arc::new(StaticCredentials::new(id, SECRET.to_owned()))
}

pub(crate) fn provider_with(
    address: &str,
    clock: Arc<FakeClock>,
    source: Arc<dyn Credentials>,
) -> AwsProvider {
    Aws::builder()
        .clock(clock)
        .endpoint(address)
        .expect("loopback")
        .credentials(ACCOUNT, source)
        .credentials(PEER, keys("AKIAPEER"))
        .build()
        .expect("builds")
}

pub(crate) fn provider(address: &str, clock: Arc<FakeClock>) -> AwsProvider {
    provider_with(address, clock, keys("AKIAOWN"))
}

pub(crate) fn cloud(address: &str, clock: Arc<FakeClock>) -> AwsCloud {
    provider(address, clock)
        .place(&place_of(ACCOUNT, REGION))
        .expect("known account")
}

pub(crate) fn token() -> Token {
    Token::derive(&["x"])
}

pub(crate) fn label(key: &str) -> Label {
    Label::new("a name", Owner::new("t", key), token())
}

/// A server that answers 501 to whatever nobody asked for.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    let loud = |request: &Request| {
        let line = format!("unmatched {}", body(request));
        ResponseTemplate::new(501).set_body_string(line)
    };
    Mock::given(any())
        .respond_with(loud)
        .with_priority(u8::MAX)
        .mount(&server)
        .await;
    server
}

/// The requests that have one action.
pub(crate) struct Action(&'static str);

impl Match for Action {
    fn matches(&self, request: &Request) -> bool {
        action(request) == self.0
    }
}

pub(crate) fn on(action: &'static str) -> wiremock::MockBuilder {
    Mock::given(Action(action))
}

/// The parameters of a form.
pub(crate) fn form(request: &Request) -> BTreeMap<String, String> {
    let body = body(request);
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let (byte, tail) = match (byte, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("ascii");
                (u8::from_str_radix(digits, 16).expect("hex"), tail)
            }
            (b'+', tail) => (b' ', tail),
            (byte, tail) => (byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).expect("utf-8")
}

pub(crate) fn action(request: &Request) -> String {
    form(request).remove("Action").unwrap_or_default()
}

pub(crate) fn body(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

pub(crate) fn head(request: &Request, name: &str) -> String {
    let value = request.headers.get(name);
    let value = value.and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

pub(crate) async fn actions(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    requests.iter().map(action).collect()
}

/// The form of the only request with this action.
pub(crate) async fn sent(server: &MockServer, wanted: &str) -> BTreeMap<String, String> {
    let requests = server.received_requests().await.expect("recorded");
    let mut sent: Vec<_> = requests
        .iter()
        .filter(|request| action(request) == wanted)
        .collect();
    assert_eq!(sent.len(), 1, "{wanted} is sent once");
    form(sent.remove(0))
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

/// An answer of EC2: what stands inside `<{action}Response>`.
pub(crate) fn ok(action: &str, inner: &str) -> ResponseTemplate {
    let space = "http://ec2.amazonaws.com/doc/2016-11-15/";
    let xml = format!(
        "<{action}Response xmlns=\"{space}\">{inner}<requestId>R-0</requestId></{action}Response>"
    );
    ResponseTemplate::new(200).set_body_raw(xml, "text/xml")
}

/// Makes a server give one answer to an action.
pub(crate) async fn answers(server: &MockServer, action: &'static str, inner: &str) {
    on(action)
        .respond_with(ok(action, inner))
        .mount(server)
        .await;
}

/// A refusal of EC2.
pub(crate) fn refused(status: u16, code: &str) -> ResponseTemplate {
    let xml = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>the message</Message></Error></Errors>\
         <RequestID>R-1</RequestID></Response>"
    );
    // The date of `FakeClock`: a server that lives in another year would refuse every request.
    ResponseTemplate::new(status)
        .set_body_raw(xml, "text/xml")
        .insert_header("date", "Fri, 02 Jan 2026 03:04:05 GMT")
}

/// An answer of STS.
pub(crate) fn sts(action: &str, inner: &str) -> ResponseTemplate {
    let space = "https://sts.amazonaws.com/doc/2011-06-15/";
    let xml = format!(
        "<{action}Response xmlns=\"{space}\"><{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>R-0</RequestId></ResponseMetadata></{action}Response>"
    );
    ResponseTemplate::new(200).set_body_raw(xml, "text/xml")
}

/// An answer of IAM.
pub(crate) fn iam(action: &str, inner: &str) -> ResponseTemplate {
    let space = "https://iam.amazonaws.com/doc/2010-05-08/";
    let xml = format!(
        "<{action}Response xmlns=\"{space}\"><{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>R-0</RequestId></ResponseMetadata></{action}Response>"
    );
    ResponseTemplate::new(200).set_body_raw(xml, "text/xml")
}

pub(crate) fn sts_refused(code: &str) -> ResponseTemplate {
    sts_says(403, code, "the message")
}

/// A refusal of STS or IAM.
pub(crate) fn sts_says(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let xml = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>R-2</RequestId></ErrorResponse>"
    );
    ResponseTemplate::new(status).set_body_raw(xml, "text/xml")
}

/// What `GetCallerIdentity` says.
pub(crate) fn caller(account: &str, who: &str) -> ResponseTemplate {
    let arn = format!("arn:aws:{who}");
    let inner = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>{account}</Account>");
    sts("GetCallerIdentity", &inner)
}

/// The key id that a request was signed with.
pub(crate) fn signer(request: &Request) -> String {
    scope(request, 0)
}

/// The region that a request was signed for.
pub(crate) fn signed_region(request: &Request) -> String {
    scope(request, 2)
}

/// A part of what the signature of a request is good for.
fn scope(request: &Request, part: usize) -> String {
    let authorization = head(request, "authorization");
    let scope = authorization
        .split("Credential=")
        .nth(1)
        .unwrap_or_default();
    scope.split('/').nth(part).unwrap_or_default().to_owned()
}

/// Actions with the regions that they were signed for.
pub(crate) async fn asked_where(server: &MockServer) -> Vec<(String, String)> {
    let requests = server.received_requests().await.expect("recorded");
    let one = |request: &Request| (action(request), signed_region(request));
    requests.iter().map(one).collect()
}

/// The requests that are signed for one region.
pub(crate) struct SignedFor(pub(crate) &'static str);

impl Match for SignedFor {
    fn matches(&self, request: &Request) -> bool {
        signed_region(request) == self.0
    }
}

/// Whoever asks is told to be a role's session in the account.
pub(crate) async fn somebody(server: &MockServer) {
    on("GetCallerIdentity")
        .respond_with(caller(
            ACCOUNT,
            "sts::011111111111:assumed-role/r/landbridge",
        ))
        .mount(server)
        .await;
}

/// Asks who we are with keys of `source`, and gives what the request was signed with.
pub(crate) async fn signed_with(
    server: &MockServer,
    source: Arc<dyn Credentials>,
) -> Result<String> {
    let provider = provider_with(&server.uri(), FakeClock::new(), source);
    let cloud = provider.place(&place_of(ACCOUNT, REGION)).expect("known");
    cloud.caller_identity().await?;
    let requests = server.received_requests().await.expect("recorded");
    Ok(signer(requests.last().expect("sent")))
}

pub(crate) fn session(id: &str, expiration: &str) -> String {
    format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>a-session-secret</SecretAccessKey>\
         <SessionToken>a-session-token</SessionToken><Expiration>{expiration}</Expiration></Credentials>"
    )
}

pub(crate) fn tags(key: &str) -> String {
    format!(
        "<tagSet><item><key>Name</key><value>a name</value></item>\
         <item><key>landbridge:topology</key><value>t</value></item>\
         <item><key>landbridge:key</key><value>{key}</value></item></tagSet>"
    )
}

pub(crate) fn vpc(id: &str, range: &str, tags: &str) -> String {
    format!(
        "<vpcId>{id}</vpcId><ownerId>{ACCOUNT}</ownerId><state>available</state><cidrBlock>{range}</cidrBlock>{tags}"
    )
}

pub(crate) fn peering(id: &str, code: &str, tags: &str) -> String {
    let end = |vpc: &str, account: &str| {
        format!("<ownerId>{account}</ownerId><vpcId>{vpc}</vpcId><region>{REGION}</region>")
    };
    format!(
        "<vpcPeeringConnectionId>{id}</vpcPeeringConnectionId>\
         <requesterVpcInfo>{}</requesterVpcInfo><accepterVpcInfo>{}</accepterVpcInfo>\
         <status><code>{code}</code><message>a reason</message></status>{tags}",
        end("vpc-1", ACCOUNT),
        end("vpc-2", PEER),
    )
}

pub(crate) fn items(set: &str, items: &[String]) -> String {
    let items: String = items
        .iter()
        .map(|item| format!("<item>{item}</item>"))
        .collect();
    format!("<{set}>{items}</{set}>")
}
