//! A moto server.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Map, Value, json};

use crate::python::Python;

/// The packages of moto and of boto3.
pub(crate) const REQUIREMENTS: &str = "tests/foreign/requirements.txt";

/// A moto server of its own, gone when this is dropped or the test dies.
#[derive(Debug)]
pub(crate) struct Moto {
    server: Child,
    port: u16,
}

impl Moto {
    /// Starts it; it listens when this returns.
    pub(crate) fn start(python: &Python) -> Self {
        let mut server = python
            .command("tests/support/serve_moto.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("moto says its port or ends");
        let Ok(port) = line.trim().parse() else {
            panic!("moto ended: {:?}", server.wait());
        };
        Self { server, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Keys of sessions in these accounts, as the scripts want them.
    pub(crate) fn sessions(&self, python: &Python, accounts: &[&str]) -> Value {
        let roles: Map<String, Value> = accounts
            .iter()
            .map(|id| ((*id).to_owned(), role(id).into()))
            .collect();
        let keys = json!({
            "account": "123456789012",
            "access_key_id": VISITOR,
            "access_key_secret": VISITOR,
        });
        let job = json!({"endpoint": self.url(), "keys": keys, "roles": roles});
        python.run("tests/foreign/sessions.py", &job)["accounts"].take()
    }
}

/// A key that moto takes for one of an account of its own, as it takes every key.
pub(crate) const VISITOR: &str = "AKIAFOREIGN000000000";

/// A role that opens a session in this account. Moto takes any role of any account for real.
pub(crate) fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/owner")
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
