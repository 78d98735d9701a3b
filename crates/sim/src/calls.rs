//! The record of every call, without secrets.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// One call as the simulator saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Position in the record, from 1.
    pub seq: u64,
    /// Virtual date of arrival.
    pub at: SystemTime,
    /// The caller's account; empty if the caller could not be told.
    pub account: String,
    /// The product, for example `vpc`; empty if unknown.
    pub product: String,
    /// The operation, for example `CreateVpc`.
    pub action: String,
    /// The region asked for; empty if none.
    pub region: String,
    /// Whether the operation changes something.
    pub write: bool,
    /// The operation's parameters, secrets replaced by `***`.
    pub parameters: BTreeMap<String, String>,
    /// The HTTP status answered; 0 if the connection was dropped instead.
    pub status: u16,
    /// The error code answered, if any.
    pub code: Option<String>,
    /// The request id answered.
    pub request_id: String,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct CallLog {
    calls: Vec<Call>,
}

impl CallLog {
    pub(crate) fn record(&mut self, mut call: Call) {
        call.seq = self.calls.len() as u64 + 1;
        call.parameters = without_secrets(call.parameters);
        self.calls.push(call);
    }

    pub(crate) fn all(&self) -> &[Call] {
        &self.calls
    }

    /// The calls after the one of this number.
    pub(crate) fn after(&self, number: usize) -> &[Call] {
        self.calls.get(number..).unwrap_or_default()
    }
}

/// Parts of parameter names whose values never reach the record.
const SECRET: [&str; 8] = [
    "password",
    "secret",
    "signature",
    "securitytoken",
    "tokencode",
    "oidctoken",
    "userdata",
    "accesskeyid",
];

fn without_secrets(parameters: BTreeMap<String, String>) -> BTreeMap<String, String> {
    parameters
        .into_iter()
        .map(|(name, value)| {
            let lower = name.to_lowercase();
            let secret = SECRET.iter().any(|part| lower.contains(part));
            (name, if secret { "***".to_owned() } else { value })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_replaced() {
        let kept = without_secrets(BTreeMap::from([
            ("Password".to_owned(), "hunter2".to_owned()),
            ("VpcId".to_owned(), "vpc-1".to_owned()),
        ]));
        assert_eq!(kept["Password"], "***");
        assert_eq!(kept["VpcId"], "vpc-1");
    }
}
