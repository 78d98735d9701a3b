//! Nothing secret is logged or shown. Alone in its process: which log statements are on is known to the whole process,
//! and tests beside it would switch them off.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::*;
use landbridge_core::{CrossAccountAuth, ErrorKind};

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
async fn no_secret_is_shown_in_debug_output_errors_or_our_logs() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("landbridge=trace,landbridge_aws=trace,aws=trace,aws_smithy_runtime=debug,aws_config=debug")
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = server().await;
    on("GetCallerIdentity")
        .respond_with(sts_refused("AccessDenied"))
        .mount(&server)
        .await;
    let source = landbridge_aws::credential::StaticCredentials::new("ASIAOWN", SECRET.to_owned())
        .with_token("the-session-token".to_owned());
    let provider = provider_with(&server.uri(), FakeClock::new(), Arc::new(source));
    let cloud = provider.place(&place_of(ACCOUNT, REGION)).expect("known");
    let error = cloud.caller_identity().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.request_id(), Some("R-2"));
    let shown = format!("{provider:?} {cloud:?} {error} {error:?}");
    let logged = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    assert!(logged.contains("GetCallerIdentity"), "{logged}");
    for text in [shown, logged] {
        assert!(
            !text.contains(SECRET) && !text.contains("the-session-token"),
            "{text}"
        );
    }
}
