//! Nothing secret is logged or shown. Alone in its process: which log statements are on is known to the whole process,
//! and tests beside it would switch them off.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::*;
use landbridge_aws::Environment;
use landbridge_aws::credential::{
    Credentials, EnvironmentMfaCodes, ProfileCredentials, StaticCredentials,
};
use landbridge_core::{CrossAccountAuth, ErrorKind};
use wiremock::MockServer;

/// Words that are in every secret: of the keys of this test, of the files, of the sessions that STS opens, and a code.
const SECRETS: [&str; 5] = [
    SECRET,
    "CANARY",
    "a-session-secret",
    "a-session-token",
    "918273",
];

const LEVELS: &str =
    "landbridge=trace,landbridge_aws=trace,aws=trace,aws_smithy_runtime=debug,aws_config=debug";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("not poisoned")).into_owned()
    }
}

fn check(text: &str) {
    let secret = |line: &&str| SECRETS.iter().any(|secret| line.contains(secret));
    let lines: Vec<&str> = text.lines().filter(secret).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

/// Asks who we are, and gives all that can be shown of it.
async fn shown(server: &MockServer, source: Arc<dyn Credentials>) -> String {
    let provider = provider_with(&server.uri(), FakeClock::new(), source.clone());
    let cloud = provider.place(&place_of(ACCOUNT, REGION)).expect("known");
    let answer = cloud.caller_identity().await;
    let error = answer.as_ref().err().map(ToString::to_string);
    format!("{source:?} {provider:?} {cloud:?} {answer:?} {error:?}")
}

fn profile(name: &str) -> Arc<dyn Credentials> {
    let variables = Environment::empty().with_variable("CODE", "918273");
    let codes = EnvironmentMfaCodes::new("CODE").with_environment(variables);
    let files = "tests/fixtures/credentials";
    let profile = ProfileCredentials::new(name)
        .with_files(format!("{files}/config"), format!("{files}/credentials"))
        .with_mfa_codes(Arc::new(codes));
    Arc::new(profile)
}

async fn a_refusal_shows_nothing(server: &MockServer) {
    on("GetCallerIdentity")
        .respond_with(sts_refused("AccessDenied"))
        .up_to_n_times(1)
        .mount(server)
        .await;
    let source = StaticCredentials::new("ASIAOWN", SECRET.to_owned())
        .with_token("CANARYsessiontoken".to_owned());
    let provider = provider_with(&server.uri(), FakeClock::new(), Arc::new(source));
    let cloud = provider.place(&place_of(ACCOUNT, REGION)).expect("known");
    let error = cloud.caller_identity().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.request_id(), Some("R-2"));
    check(&format!("{provider:?} {cloud:?} {error} {error:?}"));
}

async fn no_profile_shows_anything(server: &MockServer) {
    for action in ["AssumeRole", "AssumeRoleWithWebIdentity"] {
        let inner = session("ASIAROLE", "2026-01-02T04:04:05Z");
        on(action)
            .respond_with(sts(action, &inner))
            .mount(server)
            .await;
    }
    somebody(server).await;
    for (name, gives_keys) in [
        ("default", true),
        ("session", true),
        ("role-over-itself", true),
        ("mfa", true),
        ("process", true),
        ("web-identity", true),
        ("process-that-fails", false),
        ("process-that-says-nonsense", false),
        ("both", false),
    ] {
        let shown = shown(server, profile(name)).await;
        assert_eq!(shown.contains("Ok("), gives_keys, "{name}: {shown}");
        check(&shown);
    }
}

#[tokio::test]
async fn no_secret_is_shown_in_debug_output_errors_or_our_logs() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(LEVELS)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = server().await;
    a_refusal_shows_nothing(&server).await;
    no_profile_shows_anything(&server).await;
    let logged = log.text();
    assert!(logged.contains("GetCallerIdentity"), "{logged}");
    assert!(logged.contains("AssumeRole"), "{logged}");
    check(&logged);
}
