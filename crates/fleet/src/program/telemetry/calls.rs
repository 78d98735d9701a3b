//! Counts calls to clouds.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_core::{AccountId, CloudName};
use landbridge_fleet::clouds::CloudEngines;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter};

/// The longest code that is told.
const MOST: usize = 64;

#[derive(Debug)]
pub(super) struct Calls {
    calls: Counter<u64>,
    /// The accounts that were called.
    accounts: Arc<Mutex<BTreeSet<(CloudName, AccountId)>>>,
}

impl Calls {
    pub(super) fn new(meter: &Meter) -> Self {
        let calls = meter.u64_counter("landbridge.calls");
        Self {
            calls: calls
                .with_description("Answers of clouds, by account and code")
                .build(),
            accounts: Arc::default(),
        }
    }

    pub(super) fn count_throttles(&self, engines: Arc<CloudEngines>, meter: &Meter) {
        let accounts = Arc::clone(&self.accounts);
        meter
            .u64_observable_counter("landbridge.calls.throttled")
            .with_description("Answers that asked to slow down, by account")
            .with_callback(move |counter| {
                let accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
                for (cloud, account) in &*accounts {
                    let throttled = engines.rate_usage(cloud, account).throttled;
                    counter.observe(throttled, &whose(cloud, account));
                }
            })
            .build();
    }
}

fn whose(cloud: &CloudName, account: &AccountId) -> [KeyValue; 2] {
    [
        KeyValue::new("cloud", cloud.to_string()),
        KeyValue::new("account", account.to_string()),
    ]
}

impl Tap for Calls {
    fn take(&self, exchange: Exchange<'_>) {
        let code = KeyValue::new("code", code(exchange.answer));
        let Some(place) = exchange.place else {
            self.calls.add(1, &[code]);
            return;
        };
        let [cloud, account] = whose(&place.cloud, &place.account);
        self.calls.add(1, &[cloud, account, code]);
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.insert((place.cloud.clone(), place.account.clone()));
    }
}

/// `ok`, `no-answer`, or the cloud's code of an error. Of the rest of an answer nothing is told.
fn code(answer: Option<ExchangeAnswer<'_>>) -> String {
    let Some(answer) = answer else {
        return "no-answer".to_owned();
    };
    if answer.status < 400 {
        return "ok".to_owned();
    }
    let code = in_json(answer.body).or_else(|| in_xml(answer.body));
    let plain = |code: &String| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !code.is_empty() && code.len() <= MOST && code.bytes().all(known)
    };
    code.filter(plain)
        .unwrap_or_else(|| answer.status.to_string())
}

fn in_json(body: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    document["Code"].as_str().map(str::to_owned)
}

fn in_xml(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_and_nothing_else_of_an_answer() {
        for (status, body, expected) in [
            (200, "{\"Code\":\"x\"}", "ok"),
            (
                400,
                "{\"Code\":\"Throttling.User\",\"Message\":\"key LTAI\"}",
                "Throttling.User",
            ),
            (
                400,
                "<Response><Errors><Error><Code>DryRunOperation</Code></Error></Errors></Response>",
                "DryRunOperation",
            ),
            (503, "busy", "503"),
            (400, "{\"Code\":\"a secret with spaces\"}", "400"),
        ] {
            let answer = ExchangeAnswer::new(status, &[], body.as_bytes());
            assert_eq!(code(Some(answer)), expected);
        }
        assert_eq!(code(None), "no-answer");
    }
}
