//! Nothing secret is logged or shown. Alone in its process: which log statements are on is known to the whole process,
//! and tests beside it would switch them off.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::*;
use landbridge_core::{AssumeRole, Compute, CrossAccountAuth, Label, Owner, RunInstance, Token};
use serde_json::json;

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
    let session = json!({"Credentials": {"AccessKeyId": "STS.x", "AccessKeySecret": "s3ssion-secret", "SecurityToken": "s3ssion-token"}});
    on("AssumeRole")
        .respond_with(ok(session))
        .mount(&server)
        .await;
    on("RunInstances")
        .respond_with(refused("OperationDenied.NoStock"))
        .mount(&server)
        .await;
    on("DescribeVSwitches")
        .respond_with(ok(json!({})))
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
    let written = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    assert!(written.contains("RunInstances"), "{written}");
    let all = format!("{written} {malformed:?} {denied:?} {cloud:?}");
    for secret in [
        "the-secret",
        "s3ssion-secret",
        "s3ssion-token",
        "Passw0rd",
        "Signature=",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
