//! What came back, and what it means. Pure.

use std::time::{Duration, SystemTime};

use landbridge_core::backend::{Effect, Fault, MOST_DEPTH};
use landbridge_core::{Error, ErrorKind};
use serde_json::Value;

use crate::document::{Doc, Document, Unread};
use crate::error::CODES;
use crate::paging::check_page;
use crate::request::{Product, Request};

const LONGEST_DELAY: Duration = Duration::from_secs(120);
const SNIPPET: usize = 200;

/// An HTTP answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after_ms: Option<u64>,
    pub(super) date: Option<SystemTime>,
    pub(super) request_id: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The document of a good answer, whose body it takes, or the fault.
pub(super) fn interpret(answer: &mut Answer, request: &Request) -> Result<Document, Fault> {
    let body = match Document::take(&mut answer.body) {
        Ok(body) if body.is_object() => Some(body),
        Ok(other) => {
            answer.body = other.into_bytes();
            None
        }
        Err(Some(Unread::TooDeep(_))) => {
            let message = format!("the answer nests deeper than {MOST_DEPTH} levels");
            return Err(Fault::unreadable(message));
        }
        Err(_) => xml_error(answer),
    };
    match (answer.status, body) {
        (200..300, Some(body)) if failed_inside(body.root(), request) => {
            Err(refused(answer, body.root(), request))
        }
        (200..300, Some(body)) => match request.list() {
            Some(list) => check_page(body.root(), list).map_err(torn).map(|()| body),
            None => Ok(body),
        },
        (200..300, None) => Err(no_json(answer, request)),
        (300..400, _) => Err(redirect(answer)),
        (_, Some(body)) => Err(refused(answer, body.root(), request)),
        (_, None) => Err(by_status(answer, request)),
    }
}

/// Reads an answer with this status and body.
#[cfg(test)]
pub(crate) fn read_for_tests(
    status: u16,
    body: Vec<u8>,
    request: &Request,
) -> Result<Document, Fault> {
    let mut answer = Answer {
        status,
        retry_after_ms: None,
        date: None,
        request_id: None,
        body,
    };
    interpret(&mut answer, request)
}

/// The XML form of an error, which some gateways use whatever was asked for, as if it were the JSON one.
fn xml_error(answer: &Answer) -> Option<Document> {
    if answer.status < 400 {
        return None;
    }
    let text = std::str::from_utf8(&answer.body).ok()?;
    let (_, error) = text.split_once("<Error>")?;
    let field = |name: &str| {
        let (_, rest) = error.split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        Some((name.to_owned(), Value::from(unescape(value))))
    };
    field("Code")?;
    let fields = ["Code", "Message", "RequestId"]
        .into_iter()
        .filter_map(field);
    Document::read(Value::from_iter(fields).to_string()).ok()
}

fn unescape(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    (entities.iter()).fold(text.to_owned(), |text, (entity, letter)| {
        text.replace(entity, letter)
    })
}

// One product answers a failure with a good status: whether it worked is inside.
fn failed_inside(body: Doc<'_>, request: &Request) -> bool {
    request.product() == Product::ExpressConnectRouter
        && (body.flag("Success") == Some(false)
            || body.str("Code").is_some_and(|code| code != "200"))
}

/// The request id of a good answer.
pub(super) fn request_id(body: Doc<'_>) -> Option<&str> {
    either(body, "RequestId", "requestId")
}

// A good status with a broken body: most likely cut off on the way.
fn no_json(answer: &Answer, request: &Request) -> Fault {
    let message = format!(
        "invalid answer: expected a JSON object: {}",
        snippet(answer, request)
    );
    Fault::new(Error::new(ErrorKind::Malformed, message), Effect::Unknown)
}

/// An answer that lacks what it must have, or contradicts itself, may be whole another time.
pub(super) fn torn(error: Error) -> Fault {
    Fault::new(error, Effect::Unknown)
}

fn redirect(answer: &Answer) -> Fault {
    let message = format!(
        "the endpoint answered with a redirect (status {})",
        answer.status
    );
    let error = Error::new(ErrorKind::Refused, message)
        .with_remedy("check the endpoint: Landbridge follows no redirect with a signed request");
    Fault::new(error, Effect::None)
}

fn by_status(answer: &Answer, request: &Request) -> Fault {
    let message = format!("status {}: {}", answer.status, snippet(answer, request));
    finish(answer, Error::new(status_kind(answer.status), message))
}

fn refused(answer: &Answer, body: Doc<'_>, request: &Request) -> Fault {
    let Some(code) = either(body, "Code", "code") else {
        return by_status(answer, request);
    };
    let code = shorten(code, SNIPPET);
    let status = body.parse("HttpStatusCode").unwrap_or(answer.status);
    let mut message = match either(body, "Message", "message") {
        Some(message) => shorten(message, 600),
        None => format!("status {status}"),
    };
    if let Some(detail) = denied(body) {
        message = format!("{message} ({detail})");
    }
    let row = CODES.lookup(request.action(), &code);
    let kind = row.map_or_else(|| status_kind(status), |row| row.kind);
    let mut error = Error::new(kind, message).with_code(code);
    if let Some(row) = row {
        error = error.with_remedy(row.remedy);
    }
    if let Some(id) = request_id(body).or(answer.request_id.as_deref()) {
        error = error.with_request_id(shorten(id, SNIPPET));
    }
    finish(answer, error)
}

fn finish(answer: &Answer, error: Error) -> Fault {
    let mut error = error;
    if let Some(delay) = answer.retry_after_ms.filter(|delay| *delay > 0) {
        error = error.with_retry_after(Duration::from_millis(delay).min(LONGEST_DELAY));
        // The header alone means throttling, whatever the code says, unless the cloud itself failed.
        if error.kind() == ErrorKind::Refused {
            error = error.with_kind(ErrorKind::Throttled);
        }
    }
    let effect = match error.kind() {
        ErrorKind::Unavailable => Effect::Unknown,
        _ => Effect::None,
    };
    Fault {
        date: answer.date,
        ..Fault::new(error, effect)
    }
}

// 501 is a server's way to say that it will never do this.
fn status_kind(status: u16) -> ErrorKind {
    match status {
        429 => ErrorKind::Throttled,
        501 => ErrorKind::Refused,
        408 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Refused,
    }
}

/// Why a permission is missing, in short.
fn denied(body: Doc<'_>) -> Option<String> {
    let detail = body.get("AccessDeniedDetail");
    if let Some(text) = detail.as_str() {
        return denied_text(text);
    }
    denied_parts(|key| detail.str(key).map(str::to_owned))
}

// One product writes the detail as a text: JSON, or the action alone.
fn denied_text(text: &str) -> Option<String> {
    let detail: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let parts =
        detail.and_then(|detail| denied_parts(|key| detail.get(key)?.as_str().map(str::to_owned)));
    let is_action = text.split_once(':').is_some_and(|(product, action)| {
        let plain = |word: &str| !word.is_empty() && word.chars().all(char::is_alphanumeric);
        plain(product) && plain(action)
    });
    let whole = || match is_action {
        true => format!("action {text}"),
        false => text.to_owned(),
    };
    (!text.is_empty()).then(|| shorten(&parts.unwrap_or_else(whole), 300))
}

fn denied_parts(value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let part = |key, name: &str| value(key).map(|value| format!("{name} {value}"));
    let parts = [
        part("AuthAction", "action"),
        part("AuthPrincipalType", "caller"),
        part("AuthPrincipalDisplayName", "id"),
        part("PolicyType", "policy"),
        part("NoPermissionType", "result"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| shorten(&parts.join(", "), 300))
}

fn either<'a>(body: Doc<'a>, key: &str, other: &str) -> Option<&'a str> {
    body.str(key).or_else(|| body.str(other))
}

fn snippet(answer: &Answer, request: &Request) -> String {
    if request.is_sensitive() {
        return format!("{} bytes", answer.body.len());
    }
    let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(4 * SNIPPET)]);
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    shorten(clean.trim(), SNIPPET)
}

fn shorten(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let head: String = text.chars().take(longest).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Params;
    use serde_json::json;

    fn fault(status: u16, body: &str, retry_after_ms: Option<u64>) -> Fault {
        let mut answer = Answer {
            status,
            retry_after_ms,
            date: None,
            request_id: Some("header-id".to_owned()),
            body: body.as_bytes().to_vec(),
        };
        let request = Request::new(Product::Cbn, "CreateCen", Params::new());
        interpret(&mut answer, &request).expect_err("an error")
    }

    #[test]
    fn codes_decide_and_statuses_do_not() {
        let body = json!({"Code": "InvalidVpcId.NotFound", "Message": "gone", "RequestId": "R"});
        let error = fault(400, &body.to_string(), None).error;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            (error.code(), error.request_id()),
            (Some("InvalidVpcId.NotFound"), Some("R"))
        );
    }

    #[test]
    fn a_failure_inside_a_good_answer_is_a_failure_of_the_one_product_that_does_so() {
        let read = |product, body: &Value| {
            let mut answer = Answer {
                status: 200,
                retry_after_ms: None,
                date: None,
                request_id: None,
                body: body.to_string().into_bytes(),
            };
            interpret(&mut answer, &Request::new(product, "X", Params::new()))
        };
        let body = json!({"Success": false, "Code": "ResourceNotFound.EcrId", "HttpStatusCode": 404, "RequestId": "R"});
        let error = read(Product::ExpressConnectRouter, &body)
            .expect_err("failed")
            .error;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.request_id(), Some("R"));
        let broken = json!({"Success": false, "Code": "Never.Heard", "HttpStatusCode": 500});
        let fault = read(Product::ExpressConnectRouter, &broken).expect_err("failed");
        assert_eq!(fault.effect, Effect::Unknown);
        assert!(read(Product::Cbn, &body).is_ok());
        for silent in [
            json!({"Success": false, "RequestId": "R"}),
            json!({"Success": "false", "Code": "200"}),
        ] {
            read(Product::ExpressConnectRouter, &silent).expect_err("failed");
        }
        let fine = json!({"Success": true, "Code": "200", "HttpStatusCode": 200});
        assert!(read(Product::ExpressConnectRouter, &fine).is_ok());
    }

    #[test]
    fn lower_camel_keys_are_understood() {
        let error = fault(
            403,
            r#"{"code":"NoPermission","message":"no","requestId":"R"}"#,
            None,
        )
        .error;
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.request_id(), Some("R"));
    }

    #[test]
    fn errors_in_xml_are_understood_and_pages_are_not_taken_for_them() {
        let xml = "<?xml version='1.0'?><Error><RequestId>R</RequestId><Code>InvalidVpcId.NotFound</Code>\
                   <Message>a &lt;b&gt; &amp;amp; c</Message></Error>";
        let error = fault(404, xml, None).error;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            (error.message(), error.request_id()),
            ("a <b> &amp; c", Some("R"))
        );
        for page in [
            "<html><h1>Error</h1></html>",
            "<Error></Error>",
            "<Error><Code>x",
        ] {
            assert_eq!(fault(400, page, None).error.code(), None, "{page}");
        }
        assert_eq!(fault(200, xml, None).error.kind(), ErrorKind::Malformed);
    }

    #[test]
    fn a_denial_says_what_is_missing() {
        let body = json!({"Code": "NoPermission", "Message": "no", "AccessDeniedDetail":
            {"AuthAction": "cen:CreateCen", "NoPermissionType": "ImplicitDeny", "EncodedDiagnosticMessage": "AAAA"}});
        let error = fault(403, &body.to_string(), None).error;
        assert_eq!(
            error.message(),
            "no (action cen:CreateCen, result ImplicitDeny)"
        );
        assert_eq!(error.request_id(), Some("header-id"));
    }

    #[test]
    fn any_refusal_with_a_delay_is_throttling_and_the_delay_is_capped() {
        let error = fault(400, r#"{"Code":"Never.Heard","Message":"x"}"#, Some(1500)).error;
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
        let error = fault(429, "", Some(999_999_999)).error;
        assert_eq!(error.retry_after(), Some(LONGEST_DELAY));
    }

    #[test]
    fn only_failures_of_the_cloud_may_have_had_an_effect() {
        assert_eq!(fault(500, "<html>", None).effect, Effect::Unknown);
        assert_eq!(
            fault(503, r#"{"Code":"ServiceUnavailable"}"#, None).effect,
            Effect::Unknown
        );
        assert_eq!(fault(200, "{\"Cen", None).effect, Effect::Unknown);
        assert_eq!(
            fault(400, r#"{"Code":"Operation.Blocking"}"#, None).effect,
            Effect::None
        );
        assert_eq!(fault(302, "", None).error.kind(), ErrorKind::Refused);
        assert_eq!(fault(501, "x", None).error.kind(), ErrorKind::Refused);
    }

    #[test]
    fn nothing_a_server_sends_makes_it_panic() {
        for body in [
            "",
            "[]",
            "null",
            "{}",
            "\u{0}",
            "{\"Code\":{}}",
            "é".repeat(500).as_str(),
        ] {
            for status in [200, 302, 400, 500] {
                let mut answer = Answer {
                    status,
                    retry_after_ms: None,
                    date: None,
                    request_id: None,
                    body: body.into(),
                };
                let request = Request::new(Product::Cbn, "X", Params::new());
                let _ = interpret(&mut answer, &request);
            }
        }
    }
}
