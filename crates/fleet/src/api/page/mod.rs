//! The status page: one document, which asks for a login and shows what the routes say.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

static PAGE: LazyLock<String> = LazyLock::new(|| {
    HTML.replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT)
});

// The page runs this script and no other, asks this server and no other, and shows pictures that it was given.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src blob: data:; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
});

pub(super) async fn page() -> Response {
    let set = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let headers = [
        set(CONTENT_TYPE, "text/html; charset=utf-8"),
        set(CONTENT_SECURITY_POLICY, POLICY.as_str()),
    ];
    (headers, PAGE.as_str()).into_response()
}
