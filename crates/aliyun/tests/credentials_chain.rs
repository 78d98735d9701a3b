//! The default chain in a made-up world, and what ends or does not end its search.

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::issuing::*;
use common::*;
use landbridge_aliyun::Environment;
use landbridge_aliyun::credential::{
    Credentials, DefaultCredentials, ExternalCredentials, MetadataCredentials, OidcCredentials,
    UriCredentials,
};
use landbridge_core::{Error, ErrorKind};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ROLE: &str = "acs:ram::1234567890123457:role/PeerRole";
const STATIC: [(&str, &str); 2] = [
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "from-env"),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "env-secret-CANARY"),
];
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

async fn ready() -> MockServer {
    let server = server().await;
    answer_calls(&server).await;
    on_anonymous("AssumeRoleWithOIDC")
        .respond_with(ok(session(ROLE, "STS.Oidc")))
        .mount(&server)
        .await;
    Mock::given(path("/keys"))
        .respond_with(ok(issued("STS.Uri")))
        .mount(&server)
        .await;
    server
}

fn at(environment: &Environment, address: &str) -> MetadataCredentials {
    let source = MetadataCredentials::new(environment);
    source.with_address(address).expect("loopback")
}

fn chain(environment: &Environment, address: &str) -> DefaultCredentials {
    DefaultCredentials::new(environment.clone()).with_metadata(at(environment, address))
}

fn uri(server: &MockServer) -> String {
    format!("{}/keys", server.uri())
}

/// An environment in which every source of the chain has keys.
fn everything(server: &MockServer, home: &Path) -> Environment {
    let keys = r#""access_key_secret":"s-CANARY""#;
    let profile =
        format!(r#"{{"profiles":[{{"name":"default","access_key_id":"from-cli",{keys}}}]}}"#);
    write(home, ".aliyun/config.json", &profile);
    let section =
        "[default]\ntype=access_key\naccess_key_id=from-ini\naccess_key_secret=s-CANARY\n";
    write(home, ".alibabacloud/credentials", section);
    write(home, "token", "oidc.token.CANARY");
    let token = home.join("token").display().to_string();
    let environment = with(Environment::empty().with_home(home), &STATIC);
    with(
        environment,
        &[
            ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
            (
                "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
                "acs:ram::1:oidc-provider/p",
            ),
            ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &token),
            ("ALIBABA_CLOUD_CREDENTIALS_URI", &uri(server)),
        ],
    )
}

async fn error_of(server: &MockServer, source: impl Credentials) -> Error {
    let error = signed_with(server, Arc::new(source)).await;
    let error = error.expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    error
}

#[tokio::test]
async fn the_order_is_the_vendors() {
    let (server, home) = (ready().await, home());
    metadata(&server, "InstanceRole", ok(issued("STS.Instance"))).await;
    let environment = everything(&server, home.path());
    let full = || chain(&environment, &server.uri());
    let no_keys = || full().without_environment();
    let no_oidc = || no_keys().without_oidc();
    let no_profile = || no_oidc().without_profile();
    let no_file = || no_profile().without_file();
    for (source, id) in [
        (full(), "from-env"),
        (no_keys(), "STS.Oidc"),
        (no_oidc(), "from-cli"),
        (no_profile(), "from-ini"),
        (no_file(), "STS.Instance"),
        (no_file().without_metadata(), "STS.Uri"),
    ] {
        let found = signed_with(&server, Arc::new(source)).await;
        assert_eq!(found.expect("found"), id);
    }
}

#[tokio::test]
async fn the_source_that_had_keys_is_remembered() {
    let (server, home) = (ready().await, home());
    on("GetCallerIdentity")
        .respond_with(identity(ACCOUNT))
        .mount(&server)
        .await;
    let uri = uri(&server);
    let environment = Environment::empty()
        .with_home(home.path())
        .with_variable("ALIBABA_CLOUD_CREDENTIALS_URI", &uri);
    let clock = FakeClock::new();
    let cloud = cloud_of(&server, &clock, Arc::new(chain(&environment, NOWHERE)));
    call(&cloud).await.expect("found");
    everything(&server, home.path());
    clock.advance(Duration::from_secs(2800));
    call(&cloud).await.expect("refreshed");
    assert_eq!(id_of(&last(&server).await), "STS.Uri");
    assert_eq!(
        count(&server, |request| request.url.path() == "/keys").await,
        2
    );
}

#[tokio::test]
async fn a_metadata_service_that_is_not_there_is_passed_over() {
    let server = ready().await;
    let environment =
        Environment::empty().with_variable("ALIBABA_CLOUD_CREDENTIALS_URI", uri(&server));
    let found = signed_with(&server, Arc::new(chain(&environment, NOWHERE))).await;
    assert_eq!(found.expect("found"), "STS.Uri");
    for answer in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(200).set_body_string("<html>sign in to this network</html>"),
    ] {
        let other = crate::server().await;
        Mock::given(path(ROLES))
            .respond_with(answer)
            .mount(&other)
            .await;
        let found = signed_with(&server, Arc::new(chain(&environment, &other.uri()))).await;
        assert_eq!(found.expect("found"), "STS.Uri");
    }
}

#[tokio::test]
async fn a_metadata_service_that_was_asked_for_and_is_not_there_ends_the_search() {
    let server = ready().await;
    let environment = Environment::empty()
        .with_variable("ALIBABA_CLOUD_CREDENTIALS_URI", uri(&server))
        .with_variable("ALIBABA_CLOUD_ECS_METADATA", "InstanceRole");
    let error = error_of(&server, chain(&environment, NOWHERE)).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("metadata service"), "{error}");
}

#[tokio::test]
async fn a_metadata_service_without_tokens_is_asked_without_unless_that_is_switched_off() {
    let server = ready().await;
    Mock::given(method("GET"))
        .and(path(format!("{ROLES}InstanceRole")))
        .respond_with(ok(issued("STS.Instance")))
        .mount(&server)
        .await;
    let environment =
        Environment::empty().with_variable("ALIBABA_CLOUD_ECS_METADATA", "InstanceRole");
    let source = at(&environment, &server.uri());
    let found = signed_with(&server, Arc::new(source)).await;
    assert_eq!(found.expect("found"), "STS.Instance");
    let strict = environment.with_variable("ALIBABA_CLOUD_IMDSV1_DISABLED", "true");
    let before = requests(&server).await.len();
    let error = error_of(&server, at(&strict, &server.uri())).await;
    assert!(error.message().contains("gave no token"), "{error}");
    assert_eq!(requests(&server).await.len(), before + 1);
}

#[tokio::test]
async fn a_metadata_service_that_is_switched_off_is_not_asked() {
    let server = ready().await;
    let off = Environment::empty().with_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    let error = error_of(&server, chain(&off, &server.uri())).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_metadata_service_that_fails_ends_the_search() {
    let mut failed = issued("STS.Instance");
    failed["Code"] = json!("Failed");
    let mut ended = issued("STS.Instance");
    ended["Expiration"] = json!("2026-01-02T03:04:05Z");
    for answer in [
        ok(failed),
        ok(ended),
        ok(json!({"Code": "Success", "AccessKeySecret": "s-CANARY"})),
        ResponseTemplate::new(200).set_body_string("s-CANARY"),
        ResponseTemplate::new(200).set_body_string("s-CANARY".repeat(10_000)),
        ResponseTemplate::new(302).insert_header("location", "/keys"),
        ResponseTemplate::new(500).set_body_string("s-CANARY"),
    ] {
        let server = ready().await;
        metadata(&server, "InstanceRole", answer).await;
        let environment =
            Environment::empty().with_variable("ALIBABA_CLOUD_CREDENTIALS_URI", uri(&server));
        let error = error_of(&server, chain(&environment, &server.uri())).await;
        assert!(error.remedy().is_some(), "{error}");
        assert_eq!(
            count(&server, |request| request.url.path() == "/keys").await,
            0
        );
    }
}

#[tokio::test]
async fn keys_are_not_fetched_in_the_clear() {
    let server = ready().await;
    let source = UriCredentials::new("http://keys.example.com/uri-secret-CANARY");
    let error = error_of(&server, source).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.message().contains("keys.example.com") && error.message().contains("link-local"),
        "{error}"
    );
    let metadata = MetadataCredentials::new(&Environment::empty());
    assert!(metadata.with_address("http://10.0.0.1").is_err());
}

#[tokio::test]
async fn a_credentials_uri_that_fails_ends_the_search() {
    for answer in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(500),
        ResponseTemplate::new(302).insert_header("location", "/keys"),
        ok(json!({"Code": "Failed", "AccessKeySecret": "s-CANARY"})),
    ] {
        let server = ready().await;
        Mock::given(path("/broken"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let source = UriCredentials::new(format!("{}/broken?uri-CANARY", server.uri()));
        let error = error_of(&server, source).await;
        assert!(
            !error.is_not_found() && error.message().contains("127.0.0.1"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_token_file_is_read_for_each_fetch() {
    let (server, home) = (ready().await, home());
    on("GetCallerIdentity")
        .respond_with(identity(ACCOUNT))
        .mount(&server)
        .await;
    let file = home.path().join("token");
    std::fs::write(&file, "first.CANARY\n").expect("written");
    let source = OidcCredentials::new("acs:ram::1:oidc-provider/p", &file, ROLE);
    let clock = FakeClock::new();
    let cloud = cloud_of(&server, &clock, Arc::new(source));
    call(&cloud).await.expect("assumed");
    std::fs::write(&file, "second.CANARY\n").expect("written");
    clock.advance(Duration::from_secs(2800));
    call(&cloud).await.expect("assumed again");
    for token in ["first", "second"] {
        let field = format!("OIDCToken={token}.CANARY");
        let sent = count(&server, |request| form(request).contains(&field)).await;
        assert_eq!(sent, 1, "{token}");
    }
}

#[tokio::test]
async fn oidc_is_tried_only_if_all_of_it_is_set_and_then_must_work() {
    let (server, home) = (ready().await, home());
    let environment = Environment::empty()
        .with_variable("ALIBABA_CLOUD_ROLE_ARN", ROLE)
        .with_variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "p")
        .with_variable("ALIBABA_CLOUD_CREDENTIALS_URI", uri(&server));
    let found = signed_with(&server, Arc::new(chain(&environment, NOWHERE))).await;
    assert_eq!(found.expect("found"), "STS.Uri");
    let file = home.path().join("absent").display().to_string();
    let environment = environment.with_variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &file);
    let error = error_of(&server, chain(&environment, NOWHERE)).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains(&file), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_that_fails_is_named_and_not_quoted() {
    let server = ready().await;
    for (command, part) in [
        ("false --password p-CANARY", "`false`: it failed"),
        ("echo p-CANARY", "`echo`: invalid output: expected JSON"),
        (
            "echo {\\\"access_key_id\\\":\\\"i\\\"}",
            "expected the key `access_key_secret`",
        ),
        ("head -c 100000 /dev/zero", "more than 64 KiB"),
        ("/nonexistent/tool p-CANARY", "cannot start it"),
        ("echo 'p-CANARY", "expected a closing quote"),
        ("  ", "expected a command"),
        ("sleep 600", "did not end within"),
    ] {
        let source = ExternalCredentials::new(command).with_timeout(match part {
            "did not end within" => Duration::from_millis(1),
            _ => Duration::from_secs(60),
        });
        assert!(!format!("{source:?}").contains("CANARY"));
        let error = error_of(&server, source).await;
        assert!(error.message().contains(part), "{error}");
    }
}
