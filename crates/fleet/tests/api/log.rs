//! The log: a line for each request, and no secret.

use std::cell::RefCell;
use std::io::{self, Write};

use serde_json::Value;

use crate::served::{ACME, served, topology};

thread_local! {
    /// What this thread has logged. The server of a test runs on the test's thread.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what each thread logs apart. The subscriber is that of the whole program: what is logged first on another thread would
/// else be taken for what is never of interest.
#[derive(Clone, Copy, Debug)]
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_request_is_one_line_without_its_secrets() {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(|| Log)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("it is the only one");
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
    let all = LOG.with_borrow(|log| String::from_utf8_lossy(log).into_owned());
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
