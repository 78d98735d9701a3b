//! Refusals on the wire.

use serde_json::{Value, json};

pub(crate) use crate::failure::Failure;

pub(crate) type Outcome<T = Value> = Result<T, Failure>;

pub(crate) fn throttled(retry_after: u64) -> Failure {
    let message = "Request was denied due to user flow control.";
    Failure {
        retry_after: Some(retry_after),
        ..Failure::bad("Throttling.User", message)
    }
}

pub(crate) fn body(failure: &Failure, request_id: &str, host: &str) -> Value {
    let mut body = json!({
        "RequestId": request_id,
        "HostId": host,
        "Code": failure.code,
        "Message": failure.message,
        "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}", failure.code),
    });
    if let Some(detail) = &failure.detail {
        body["AccessDeniedDetail"] = (**detail).clone();
    }
    body
}
