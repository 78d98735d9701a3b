//! Nothing secret is logged or shown. Alone in its process: which log statements are on is known to the whole process,
//! and tests beside it would switch them off.

mod common;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::issuing::*;
use common::*;
use landbridge_aliyun::Environment;
use landbridge_aliyun::credential::{
    Credentials, IniCredentials, MetadataCredentials, ProfileCredentials,
};
use landbridge_core::{AssumeRole, Compute, CrossAccountAuth, Label, Owner, RunInstance, Token};
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer};

const PEER: &str = "acs:ram::1234567890123457:role/PeerRole";

fn label(key: &str) -> Label {
    Label::new("a name", Owner::new("t", key), Token::derive(&["x"]))
}

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

fn read(fixture: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/credentials");
    std::fs::read_to_string(folder.join(fixture)).expect("the fixture is there")
}

/// Where every service hands out keys, and every file of the fixtures is in its place.
async fn world(server: &MockServer, home: &Path) {
    answer_calls(server).await;
    on("GetCallerIdentity")
        .respond_with(identity(ACCOUNT))
        .mount(server)
        .await;
    on_anonymous("AssumeRoleWithOIDC")
        .respond_with(ok(session(PEER, "STS.Oidc")))
        .mount(server)
        .await;
    on("AssumeRole")
        .respond_with(ok(session(PEER, "STS.Peer")))
        .mount(server)
        .await;
    Mock::given(path("/keys"))
        .respond_with(ok(issued("STS.Uri")))
        .mount(server)
        .await;
    metadata(server, "InstanceRole", ok(issued("STS.Instance"))).await;
    for name in ["oidc-token", "external keys.json"] {
        write(home, name, &read(name));
    }
}

/// Uses each source, lets it refresh and then end, and returns all that was shown.
async fn use_sources() -> String {
    let (server, home) = (server().await, home());
    world(&server, home.path()).await;
    let environment = Environment::empty().with_home(home.path());
    let metadata = MetadataCredentials::new(&environment)
        .with_address(&server.uri())
        .expect("loopback");
    let mut shown = format!("{metadata:?}");
    for name in [
        "cli/ak",
        "cli/ststoken",
        "cli/ramrolearn",
        "cli/ecsramrole",
        "cli/oidc",
        "cli/credentialsuri",
        "cli/external",
        "cli/cloudsso",
        "cli/oauth",
        "cli/bearertoken",
        "cli/rsakeypair",
        "ini/sts",
        "ini/rsa_key_pair",
    ] {
        let source: Arc<dyn Credentials> = if name.starts_with("cli/") {
            put(
                &server,
                home.path(),
                &format!("{name}.json"),
                ".aliyun/config.json",
            );
            let source = ProfileCredentials::new(environment.clone());
            Arc::new(source.with_metadata(metadata.clone()))
        } else {
            put(
                &server,
                home.path(),
                &format!("{name}.ini"),
                ".alibabacloud/credentials",
            );
            Arc::new(IniCredentials::new(environment.clone()))
        };
        let clock = FakeClock::new();
        let cloud = cloud_of(&server, &clock, source);
        for _ in 0..3 {
            shown += &format!("{:?} {cloud:?}", issuing::call(&cloud).await);
            clock.advance(Duration::from_secs(2800));
        }
    }
    for request in requests(&server).await {
        assert!(
            !request
                .url
                .query()
                .unwrap_or_default()
                .contains("oidc.token")
        );
    }
    shown
}

fn put(server: &MockServer, home: &Path, fixture: &str, file: &str) {
    let text = read(fixture)
        .replace("@SERVER@", &server.uri())
        .replace("@HOME@", &home.display().to_string());
    write(home, file, &text);
}

#[tokio::test]
async fn no_secret_reaches_the_logs_or_an_error() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = server().await;
    let session = json!({"AssumedRoleUser": {"Arn": "acs:ram::1:role/r/me"},
        "Credentials": {"AccessKeyId": "STS.x", "AccessKeySecret": "s3ssion-secret", "SecurityToken": "s3ssion-token"}});
    on("AssumeRole")
        .respond_with(ok(session))
        .mount(&server)
        .await;
    on("RunInstances")
        .respond_with(refused("OperationDenied.NoStock"))
        .mount(&server)
        .await;
    on("DescribeVSwitches")
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let malformed = cloud
        .assume_role(&AssumeRole::new("acs:ram::1:role/r", "me"))
        .await
        .expect_err("no expiry");
    let mut instance = RunInstance::new(
        label("instance/i"),
        "vsw-1".into(),
        vec!["sg-1".into()],
        "ecs.t6",
        "img",
    );
    instance.password = Some("Passw0rd".to_owned().into());
    let denied = cloud.run_instance(&instance).await.expect_err("no stock");
    let shown = use_sources().await;
    let written = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    assert!(written.contains("RunInstances"), "{written}");
    assert!(written.contains("AssumeRoleWithOIDC"), "{written}");
    let all = format!("{written} {malformed:?} {denied:?} {cloud:?} {shown}");
    for secret in [
        "the-secret",
        "s3ssion-secret",
        "s3ssion-token",
        "Passw0rd",
        "Signature=",
        "CANARY",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
