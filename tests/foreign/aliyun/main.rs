//! Alibaba Cloud's official SDK as a judge: of the simulator's protocol, of what the backend sends, of signatures.
//!
//! - [`scenarios`]: the SDK's clients build and remove whole scenarios on the simulator. Every raw answer must agree with
//!   the SDK's models.
//! - [`requests`]: what the backend sends for a whole topology must agree with the SDK's models.
//! - [`one_side`]: the commands of a hand-over, as the owner of another account takes them.
//! - [`signatures`]: random requests, signed by the SDK's code and by ours.

mod differences;
mod one_side;
#[path = "../../support/python.rs"]
mod python;
mod requests;
mod scenarios;
#[path = "../../support/shell.rs"]
mod shell;
mod signatures;
#[path = "../../support/virtual_time.rs"]
mod virtual_time;

use std::panic::resume_unwind;

use landbridge_sim::AccountKeys;
use serde_json::{Value, json};

use crate::python::Python;

const A: &str = "1234567890123456";
const B: &str = "1234567890123457";

/// The SDK's packages.
fn python() -> Option<Python> {
    Python::ready("tests/foreign/aliyun/requirements.txt")
}

/// Runs a script of this directory without holding up the simulator.
async fn run(python: Python, script: &'static str, job: Value) -> Value {
    let path = format!("tests/foreign/aliyun/{script}");
    let output = tokio::task::spawn_blocking(move || python.run(&path, &job));
    output
        .await
        .unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

fn as_json(keys: &AccountKeys) -> Value {
    json!({
        "account": keys.account_id,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    })
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list.iter().map(text).collect()
}
