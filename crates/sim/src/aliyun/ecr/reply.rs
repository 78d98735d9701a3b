//! The shape of this product's replies: refusals by an operation travel inside an answer that HTTP calls a success.

use serde_json::{Value, json};

use crate::aliyun::failure::{Failure, Outcome};

/// Gives an outcome the product's shape.
pub(crate) fn envelop(outcome: Outcome) -> Outcome {
    match outcome {
        Ok(mut answer) => {
            if let (Some(answer), Value::Object(rest)) = (answer.as_object_mut(), success()) {
                answer.extend(rest);
            }
            Ok(answer)
        }
        Err(failure) => Err(Failure {
            enveloped: true,
            code: own_word(failure.code),
            ..failure
        }),
    }
}

/// What other products call invalid, this one calls illegal.
fn own_word(code: String) -> String {
    match code.strip_prefix("InvalidParameter.") {
        Some(name) => format!("IllegalParam.{name}"),
        None => code,
    }
}

fn success() -> Value {
    json!({
        "Success": true, "Code": "200", "HttpStatusCode": 200, "Message": "OK", "DynamicCode": "",
        "DynamicMessage": "", "AccessDeniedDetail": "",
    })
}

/// The body of a refusal.
pub(crate) fn failure_body(failure: &Failure, request_id: &str) -> Value {
    json!({
        "Success": false, "Code": failure.code, "HttpStatusCode": failure.status, "Message": failure.message,
        "DynamicCode": "", "DynamicMessage": "", "AccessDeniedDetail": "", "RequestId": request_id,
    })
}
