//! Keys that expire: one fetch for all, refreshed in time, and always of the account they are declared for.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use common::issuing::*;
use common::*;
use landbridge_aliyun::credential::{
    AssumeRoleCredentials, Credentials, EnvironmentCredentials, ExternalCredentials, Keys,
    MetadataCredentials, OidcCredentials, UriCredentials,
};
use landbridge_aliyun::{Connection, Environment};
use landbridge_core::{AssumeRole, CrossAccountAuth, ErrorKind, MfaCode, Result};
use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const ROLE: &str = "acs:ram::1234567890123457:role/PeerRole";
const KINDS: [&str; 4] = ["role", "oidc", "metadata", "uri"];

type IsFetch = fn(&Request) -> bool;

/// A source that expires, the service behind it, and how to tell its fetches.
struct Case {
    server: MockServer,
    source: Arc<dyn Credentials>,
    is_fetch: IsFetch,
    _home: TempDir,
}

impl Case {
    /// The service gives keys with these ids, one after the other, and then this answer.
    async fn new(kind: &str, ids: &[&str], then: Option<ResponseTemplate>) -> Self {
        let (server, home) = (server().await, home());
        answer_calls(&server).await;
        on("GetCallerIdentity")
            .respond_with(identity(ACCOUNT))
            .mount(&server)
            .await;
        let document = |id: &&str| match kind {
            "role" | "oidc" => ok(session(ROLE, id)),
            _ => ok(issued(id)),
        };
        let script = Script::new(ids.iter().map(document).chain(then));
        let environment =
            Environment::empty().with_variable("ALIBABA_CLOUD_ECS_METADATA", "InstanceRole");
        write(home.path(), "token", "oidc.token.CANARY");
        let token = home.path().join("token");
        let (source, is_fetch): (Arc<dyn Credentials>, IsFetch) = match kind {
            "role" => {
                on("AssumeRole").respond_with(script).mount(&server).await;
                let source = AssumeRoleCredentials::new(keys(), ROLE);
                (Arc::new(source), |request| action(request) == "AssumeRole")
            }
            "oidc" => {
                on_anonymous("AssumeRoleWithOIDC")
                    .respond_with(script)
                    .mount(&server)
                    .await;
                let source = OidcCredentials::new("acs:ram::1:oidc-provider/p", token, ROLE);
                (Arc::new(source), |request| {
                    body(request).contains("OIDCToken=")
                })
            }
            "metadata" => {
                metadata(&server, "InstanceRole", script).await;
                let source = MetadataCredentials::new(&environment);
                let source = source.with_address(&server.uri()).expect("loopback");
                (Arc::new(source), |request| {
                    request.url.path() == format!("{ROLES}InstanceRole")
                })
            }
            _ => {
                Mock::given(path("/keys"))
                    .respond_with(script)
                    .mount(&server)
                    .await;
                let source = UriCredentials::new(format!("{}/keys", server.uri()));
                (Arc::new(source), |request| request.url.path() == "/keys")
            }
        };
        Self {
            server,
            source,
            is_fetch,
            _home: home,
        }
    }

    async fn fetches(&self) -> usize {
        count(&self.server, self.is_fetch).await
    }

    async fn proofs(&self) -> usize {
        count(&self.server, |request| {
            action(request) == "GetCallerIdentity"
        })
        .await
    }
}

#[tokio::test]
async fn fifty_calls_at_once_make_one_fetch() {
    for kind in KINDS {
        let case = Case::new(kind, &["STS.A"], None).await;
        let cloud = cloud_of(&case.server, &FakeClock::new(), case.source.clone());
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let cloud = cloud.clone();
            calls.spawn(async move { call(&cloud).await });
        }
        while let Some(done) = calls.join_next().await {
            done.expect("no panic").expect(kind);
        }
        assert_eq!(case.fetches().await, 1, "{kind}");
        assert_eq!(case.proofs().await, 0, "{kind}");
    }
}

#[tokio::test]
async fn the_identity_is_asked_once_for_each_keys_however_many_want_to_know() {
    let case = Case::new("uri", &["STS.A", "STS.B"], None).await;
    let clock = FakeClock::new();
    let cloud = cloud_of(&case.server, &clock, case.source.clone());
    let ask = || async {
        cloud
            .known_identity()
            .await
            .expect("known")
            .account
            .to_string()
    };
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    assert_eq!([first, second, third], [ACCOUNT; 3]);
    assert_eq!(case.proofs().await, 1);
    clock.advance(Duration::from_secs(2710));
    ask().await;
    let renewed = case.proofs().await;
    assert_eq!(
        renewed, 3,
        "the new keys are proven to belong to the account, then asked about"
    );
    ask().await;
    assert_eq!(case.proofs().await, renewed);
    cloud.caller_identity().await.expect("told");
    assert_eq!(case.proofs().await, renewed + 1, "this verb always asks");
}

#[tokio::test]
async fn keys_are_refreshed_before_they_end_and_proven_once() {
    for kind in KINDS {
        let case = Case::new(kind, &["STS.A", "STS.B"], None).await;
        let clock = FakeClock::new();
        let cloud = cloud_of(&case.server, &clock, case.source.clone());
        call(&cloud).await.expect("fresh");
        clock.advance(Duration::from_secs(2690));
        call(&cloud).await.expect("still fresh");
        assert_eq!(case.fetches().await, 1, "{kind}");
        clock.advance(Duration::from_secs(20));
        for _ in 0..2 {
            call(&cloud).await.expect("refreshed");
            assert_eq!(id_of(&last(&case.server).await), "STS.B", "{kind}");
        }
        assert!(case.fetches().await >= 2, "{kind}");
        assert_eq!(case.proofs().await, 1, "{kind}");
    }
}

#[tokio::test]
async fn a_failure_to_refresh_is_told_only_once_the_keys_have_ended() {
    for kind in KINDS {
        let down = ResponseTemplate::new(503).set_body_string("down-CANARY");
        let case = Case::new(kind, &["STS.A"], Some(down)).await;
        let clock = FakeClock::new();
        let cloud = cloud_of(&case.server, &clock, case.source.clone());
        call(&cloud).await.expect("fresh");
        clock.advance(Duration::from_secs(2800));
        call(&cloud).await.expect("still valid");
        assert!(case.fetches().await > 1, "{kind}");
        assert_eq!(id_of(&last(&case.server).await), "STS.A", "{kind}");
        clock.advance(Duration::from_secs(800));
        let error = call(&cloud).await.expect_err("ended");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{kind}: {error}");
        assert!(!error.to_string().contains("CANARY"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_run_once_for_all_and_its_keys_outlive_its_failures() {
    let (server, home) = (server().await, home());
    answer_calls(&server).await;
    let keys = json!({"mode": "StsToken", "access_key_id": "STS.x", "access_key_secret": "s-CANARY",
        "sts_token": "t-CANARY", "expiration": END});
    write(home.path(), "keys", &keys.to_string());
    let folder = home.path().display();
    let command = format!("sh -c 'echo run >> {folder}/runs; cat {folder}/keys'");
    let clock = FakeClock::new();
    let cloud = cloud_of(&server, &clock, Arc::new(ExternalCredentials::new(command)));
    let calls = (0..50).map(|_| call(&cloud));
    for done in futures_util::future::join_all(calls).await {
        done.expect("signed");
    }
    let runs = || {
        let text = std::fs::read_to_string(home.path().join("runs")).expect("it ran");
        text.lines().count()
    };
    assert_eq!(runs(), 1);
    std::fs::remove_file(home.path().join("keys")).expect("removed");
    clock.advance(Duration::from_secs(2800));
    call(&cloud).await.expect("still valid");
    assert_eq!(runs(), 2);
    clock.advance(Duration::from_secs(800));
    let error = call(&cloud).await.expect_err("ended");
    assert!(error.message().contains("`sh`: it failed"), "{error}");
}

/// Gives other keys each time.
#[derive(Debug)]
struct Sequence(Vec<Keys>, AtomicUsize);

impl Sequence {
    fn new(ids: &[&str]) -> Arc<Self> {
        let keys = ids.iter().map(|id| Keys::new(*id, "s").with_token("t"));
        Arc::new(Self(keys.collect(), AtomicUsize::new(0)))
    }
}

#[async_trait]
impl Credentials for Sequence {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        let at = self.1.fetch_add(1, Ordering::Relaxed);
        Ok(self.0[at.min(self.0.len() - 1)].clone())
    }
}

async fn refusing_once(code: &str) -> MockServer {
    let server = server().await;
    on("DescribeVpcs")
        .respond_with(Script::new([refused(code), ok(nothing())]))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn renewed_keys_of_another_account_sign_nothing_but_their_own_proof() {
    let server = refusing_once("InvalidSecurityToken.Expired").await;
    on("GetCallerIdentity")
        .respond_with(identity("9999999999999999"))
        .mount(&server)
        .await;
    let cloud = cloud_of(&server, &FakeClock::new(), Sequence::new(&["a", "b"]));
    let error = call(&cloud).await.expect_err("another account");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let text = error.to_string();
    assert!(
        text.contains(ACCOUNT) && text.contains("9999999999999999"),
        "{text}"
    );
    assert!(error.remedy().is_some());
    let foreign =
        |request: &Request| id_of(request) == "b" && action(request) != "GetCallerIdentity";
    assert_eq!(count(&server, foreign).await, 0);
}

#[tokio::test]
async fn renewed_keys_of_the_same_account_are_used_after_one_proof() {
    let server = refusing_once("InvalidSecurityToken.Expired").await;
    on("GetCallerIdentity")
        .respond_with(identity(ACCOUNT))
        .mount(&server)
        .await;
    let cloud = cloud_of(&server, &FakeClock::new(), Sequence::new(&["a", "b"]));
    call(&cloud).await.expect("renewed");
    call(&cloud).await.expect("the same keys");
    let requests = requests(&server).await;
    let seen: Vec<_> = requests
        .iter()
        .map(|request| format!("{} {}", id_of(request), action(request)))
        .collect();
    assert_eq!(
        seen,
        [
            "a DescribeVpcs",
            "b GetCallerIdentity",
            "b DescribeVpcs",
            "b DescribeVpcs"
        ]
    );
}

#[tokio::test]
async fn a_static_token_that_has_expired_is_told_with_its_source() {
    let server = server().await;
    on("DescribeVpcs")
        .respond_with(refused("InvalidSecurityToken.Expired"))
        .mount(&server)
        .await;
    let environment = with(
        Environment::empty(),
        &[
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "STS.x"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s-CANARY"),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", "t-CANARY"),
        ],
    );
    let source = Arc::new(EnvironmentCredentials::new(environment));
    let error = signed_with(&server, source).await.expect_err("expired");
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    assert_eq!(error.code(), Some("InvalidSecurityToken.Expired"));
    assert!(!error.is_retryable());
    assert!(
        error.message().starts_with(
            "the session token from the variable ALIBABA_CLOUD_SECURITY_TOKEN has expired"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn root_may_not_assume_roles_and_is_told_so() {
    let server = server().await;
    let refusal = json!({"Code": "NoPermission", "RequestId": "R",
        "Message": "Roles may not be assumed by root accounts."});
    on("AssumeRole")
        .respond_with(ResponseTemplate::new(403).set_body_json(refusal))
        .mount(&server)
        .await;
    let source = Arc::new(AssumeRoleCredentials::new(keys(), ROLE));
    let chained = signed_with(&server, source).await.expect_err("root");
    let cloud = cloud(&server.uri(), FakeClock::new());
    let direct = cloud.assume_role(&AssumeRole::new(ROLE, "me")).await;
    for error in [chained, direct.expect_err("root")] {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.message().contains("(root)"), "{error}");
        assert!(
            error
                .remedy()
                .is_some_and(|text| text.contains("a user or a role")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_session_of_another_role_is_not_used() {
    let server = server().await;
    on("AssumeRole")
        .respond_with(ok(session("acs:ram::1234567890123457:role/Other", "STS.x")))
        .mount(&server)
        .await;
    let source = Arc::new(AssumeRoleCredentials::new(keys(), ROLE));
    let error = signed_with(&server, source).await.expect_err("another");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains(ROLE), "{error}");
}

#[tokio::test]
async fn what_no_role_allows_is_refused_before_anything_is_sent() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let role = AssumeRole::new(ROLE, "me");
    let mfa = MfaCode::new("acs:ram::1:mfa/alice", "123456".to_owned().into());
    let error = cloud.assume_role(&role.clone().with_mfa(mfa)).await;
    assert_eq!(
        error.expect_err("no such thing").kind(),
        ErrorKind::Unsupported
    );
    let error = cloud
        .assume_role(&role.with_duration(Duration::from_secs(60)))
        .await;
    assert_eq!(
        error.expect_err("too short").kind(),
        ErrorKind::InvalidInput
    );
    assert!(requests(&server).await.is_empty());
}
