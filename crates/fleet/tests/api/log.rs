//! The log: a line for each request, and no secret.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use crate::served::{ACME, served, topology};

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn each_request_is_one_line_without_its_secrets() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let served = served();
    let text = topology("acme", "site");
    let put = served.ask("PUT", "/v1/topologies/site?prune");
    put.header("idempotency-key", "CANARY-ID")
        .yaml(&text)
        .send()
        .await
        .is(202);
    served.get("/v1/topologies/site").await.is(200);
    served.get("/nowhere/CANARY-PATH").await.is(404);
    served
        .ask_as("GET", "/v1/summary", Some("lbk_CANARY-KEY"))
        .send()
        .await
        .is(401);
    served
        .ask_as("GET", "/v1/summary", Some("CANARY.TOKEN.x"))
        .send()
        .await
        .is(401);
    let all = log.text();
    let lines = all
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    // Crates of the server and of this client log, too, on the same thread.
    let ours: Vec<Value> = lines
        .filter(|line| {
            line["target"]
                .as_str()
                .is_some_and(|target| target.starts_with("landbridge"))
        })
        .collect();
    let told: Vec<_> = ours
        .iter()
        .map(|line| &line["fields"])
        .filter(|fields| fields["message"] == "a request")
        .map(|fields| {
            let text = |name: &str| fields[name].as_str().unwrap_or_default();
            (
                text("method"),
                text("route"),
                fields["status"].as_u64(),
                text("tenant"),
            )
        })
        .collect();
    let one = "/v1/topologies/{name}";
    let expected = [
        ("PUT", one, Some(202), "acme"),
        ("GET", one, Some(200), "acme"),
        ("GET", "unknown", Some(404), ""),
        ("GET", "/v1/summary", Some(401), ""),
        ("GET", "/v1/summary", Some(401), ""),
    ];
    assert_eq!(told, expected);
    let ours = ours.iter().map(Value::to_string).collect::<String>();
    for secret in [ACME.reveal(), &ACME.hash(), "CANARY", "10.1.0.0", "Bearer"] {
        assert!(!ours.contains(secret), "{secret}: {ours}");
    }
    assert!(!all.contains(ACME.reveal()), "another crate tells the key");
}
