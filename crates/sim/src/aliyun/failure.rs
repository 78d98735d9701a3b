//! Refusals in the clouds' words.

use serde_json::{Value, json};

/// An error answer. Codes are matched by clients literally, misspelt ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Milliseconds for `x-acs-retry-after`.
    pub(crate) retry_after: Option<u64>,
}

pub(crate) type Outcome<T = Value> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            retry_after: None,
        }
    }

    /// The usual status, 400: most products use it for nearly everything.
    pub(crate) fn bad(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(crate) fn forbidden(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(403, code, message)
    }

    pub(crate) fn missing(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    pub(crate) fn throttled(retry_after: u64) -> Self {
        let message = "Request was denied due to user flow control.";
        Self {
            retry_after: Some(retry_after),
            ..Self::bad("Throttling.User", message)
        }
    }

    pub(crate) fn body(&self, request_id: &str, host: &str) -> Value {
        json!({
            "RequestId": request_id,
            "HostId": host,
            "Code": self.code,
            "Message": self.message,
            "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}", self.code),
        })
    }
}
