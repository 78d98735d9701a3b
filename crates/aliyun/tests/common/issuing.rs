//! What the tests of credentials share: services that hand out keys, and whose keys a request was signed with.

use std::path::Path;
use std::sync::Arc;

use landbridge_aliyun::credential::Credentials;
use landbridge_aliyun::sign::{Signable, sign};
use landbridge_aliyun::{AliyunCloud, Environment, Product};
use landbridge_core::Result;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{FakeClock, body, head, nothing, ok, on, place, provider};

/// One hour after [`FakeClock::new`].
pub(crate) const END: &str = "2026-01-02T04:04:05Z";

pub(crate) const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

/// The secret that [`issued`] gives with an id.
pub(crate) fn secret_of(id: &str) -> String {
    format!("{id}-secret-CANARY")
}

/// The token that [`issued`] gives with an id.
pub(crate) fn token_of(id: &str) -> String {
    format!("{id}-token-CANARY")
}

/// A document of the metadata service or a credentials URI.
pub(crate) fn issued(id: &str) -> Value {
    let mut document = credentials(id);
    document["Code"] = json!("Success");
    document
}

/// An answer to `AssumeRole` and its kin.
pub(crate) fn session(role: &str, id: &str) -> Value {
    let arn = format!("{}/landbridge", role.to_lowercase());
    json!({"AssumedRoleUser": {"Arn": arn}, "Credentials": credentials(id)})
}

fn credentials(id: &str) -> Value {
    json!({"AccessKeyId": id, "AccessKeySecret": secret_of(id), "SecurityToken": token_of(id), "Expiration": END})
}

pub(crate) fn identity(account: &str) -> ResponseTemplate {
    let arn = format!("acs:ram::{account}:user/alice");
    ok(json!({"IdentityType": "RAMUser", "AccountId": account, "Arn": arn}))
}

/// Any call of a product that [`call`] makes.
pub(crate) async fn answer_calls(server: &MockServer) {
    on("DescribeVpcs")
        .respond_with(ok(nothing()))
        .mount(server)
        .await;
}

/// A metadata service with one role, which insists on a token.
pub(crate) async fn metadata(server: &MockServer, role: &str, answer: impl Respond + 'static) {
    let token = ResponseTemplate::new(200).set_body_string("metadata-token-CANARY");
    Mock::given(method("PUT"))
        .and(path("/latest/api/token"))
        .and(wiremock::matchers::header(
            "x-aliyun-ecs-metadata-token-ttl-seconds",
            "21600",
        ))
        .respond_with(token)
        .mount(server)
        .await;
    for (at, answer) in [
        (
            ROLES.to_owned(),
            Box::new(ResponseTemplate::new(200).set_body_string(role)) as Box<dyn Respond>,
        ),
        (format!("{ROLES}{role}"), Box::new(answer)),
    ] {
        Mock::given(method("GET"))
            .and(path(at))
            .and(wiremock::matchers::header(
                "x-aliyun-ecs-metadata-token",
                "metadata-token-CANARY",
            ))
            .respond_with(Boxed(answer))
            .mount(server)
            .await;
    }
}

struct Boxed(Box<dyn Respond>);

impl Respond for Boxed {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.respond(request)
    }
}

/// A call of STS that nobody signs.
pub(crate) fn on_anonymous(action: &str) -> wiremock::MockBuilder {
    Mock::given(query_param("Action", action))
}

pub(crate) fn write(home: &Path, file: &str, text: &str) {
    let path = home.join(file);
    std::fs::create_dir_all(path.parent().expect("below home")).expect("made");
    std::fs::write(path, text).expect("written");
}

pub(crate) fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("made")
}

pub(crate) fn with(environment: Environment, variables: &[(&str, &str)]) -> Environment {
    variables
        .iter()
        .fold(environment, |environment, (name, value)| {
            environment.with_variable(*name, *value)
        })
}

/// A place whose account has this source of keys.
pub(crate) fn cloud_of(
    server: &MockServer,
    clock: &Arc<FakeClock>,
    source: Arc<dyn Credentials>,
) -> AliyunCloud {
    let provider = provider(&server.uri(), clock.clone(), source);
    provider.place(&place()).expect("known account")
}

pub(crate) async fn call(cloud: &AliyunCloud) -> Result<()> {
    let answer = cloud.client().call(Product::Vpc, "DescribeVpcs", &[]);
    answer.await.map(drop)
}

/// Makes one call and returns the access key id it was signed with.
pub(crate) async fn signed_with(
    server: &MockServer,
    source: Arc<dyn Credentials>,
) -> Result<String> {
    call(&cloud_of(server, &FakeClock::new(), source)).await?;
    Ok(id_of(&last(server).await))
}

pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.expect("recorded")
}

pub(crate) async fn last(server: &MockServer) -> Request {
    let mut requests = requests(server).await;
    requests.pop().expect("at least one request")
}

/// How many requests asked for this.
pub(crate) async fn count(server: &MockServer, wanted: impl Fn(&Request) -> bool) -> usize {
    let requests = requests(server).await;
    requests.iter().filter(|request| wanted(request)).count()
}

/// The access key id a request names.
pub(crate) fn id_of(request: &Request) -> String {
    field(request, "Credential=")
}

/// Whether a request was signed with this secret.
pub(crate) fn is_signed_by(request: &Request, secret: &str) -> bool {
    let names = field(request, "SignedHeaders=");
    let headers: Vec<_> = names
        .split(';')
        .map(|name| (name.to_owned(), head(request, name)))
        .collect();
    let signable = Signable {
        method: "POST",
        path: "/",
        query: &[],
        headers: &headers,
    };
    sign(&signable, secret).signature == field(request, "Signature=")
}

fn field(request: &Request, name: &str) -> String {
    let authorization = head(request, "authorization");
    let (_, rest) = authorization.split_once(name).expect("signed");
    rest.split(',').next().unwrap_or_default().to_owned()
}

/// The form fields of a request, encoded as they were sent.
pub(crate) fn form(request: &Request) -> Vec<String> {
    body(request).split('&').map(str::to_owned).collect()
}
