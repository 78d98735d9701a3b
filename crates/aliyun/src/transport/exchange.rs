//! One attempt: sign, send, read a bounded answer.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::fmt::temporal::DateTimePrinter;
use landbridge_core::backend::{Fault, Tap, take_bytes};
use landbridge_core::{Clock, Error, ErrorKind, Place, Result};
use secrecy::ExposeSecret;

use super::answer::Answer;
use super::listen::Heard;
use crate::credential::Keys;
use crate::endpoint::Endpoint;
use crate::request::Request;
use crate::sign::{self, CONTENT_HASH, Canonical, Hex};

/// The longest answer that is read.
pub(crate) const MAX_BODY_BYTES: usize = 8 << 20;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

const SESSION_KEY_ID: HeaderName = HeaderName::from_static("x-acs-accesskey-id");
const ACTION: HeaderName = HeaderName::from_static("x-acs-action");
const HASH: HeaderName = HeaderName::from_static(CONTENT_HASH);
const DATE: HeaderName = HeaderName::from_static("x-acs-date");
const TOKEN: HeaderName = HeaderName::from_static("x-acs-security-token");
const NONCE: HeaderName = HeaderName::from_static("x-acs-signature-nonce");
const VERSION: HeaderName = HeaderName::from_static("x-acs-version");

const SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

/// What is sent in one attempt, besides the endpoint.
pub(super) struct Signed {
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Prepares an attempt without a signature; the query carries what the headers would.
pub(super) fn unsigned(request: &Request, now: SystemTime, nonce: &str) -> Result<Signed> {
    let common = [
        ("Action", request.action().to_owned()),
        ("Format", "JSON".to_owned()),
        ("SignatureNonce", nonce.to_owned()),
        ("Timestamp", date(now)?),
        ("Version", request.product().version().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let headers = HeaderMap::from_iter([
        (header::ACCEPT, HeaderValue::from_static(JSON)),
        (header::CONTENT_TYPE, HeaderValue::from_static(FORM)),
    ]);
    Ok(Signed {
        query: Some(sign::canonical_query(&common)),
        headers,
        body: request.params().form_body(),
    })
}

/// Signs `request` for one attempt.
pub(super) fn signed(
    request: &Request,
    endpoint: &Endpoint,
    keys: &Keys,
    now: SystemTime,
    nonce: &str,
) -> Result<Signed> {
    let body = request.params().form_body();
    let (date, hash) = (date(now)?, Hex::sha256(body.as_bytes()));
    let (id, token) = (keys.access_key_id(), keys.token());
    let form = (!body.is_empty()).then_some(FORM);
    let session_id = token.map(|_| id);
    // In the order of their names, as they are signed.
    let headers = [
        (header::CONTENT_TYPE, form),
        (header::HOST, Some(endpoint.host.as_str())),
        (SESSION_KEY_ID, session_id),
        (ACTION, Some(request.action())),
        (HASH, Some(hash.as_str())),
        (DATE, Some(&date)),
        (TOKEN, token.map(ExposeSecret::expose_secret)),
        (NONCE, Some(nonce)),
        (VERSION, Some(request.product().version())),
    ];
    let present = || {
        headers
            .iter()
            .filter_map(|(name, value)| Some((name, (*value)?)))
    };
    let lines = present().map(|(name, value)| (name.as_str(), value.trim()));
    let canonical = Canonical::new("POST", "/", "", lines);
    let signature = canonical.sign(keys.access_key_secret().expose_secret());
    let authorization = sign::authorization(id, canonical.signed_headers(), signature.as_str());
    let mut map = HeaderMap::with_capacity(headers.len() + 2);
    for (name, value) in present() {
        map.insert(name, header_value(name, value)?);
    }
    map.insert(
        header::AUTHORIZATION,
        header_value(&header::AUTHORIZATION, &authorization)?,
    );
    map.insert(header::ACCEPT, HeaderValue::from_static(JSON));
    Ok(Signed {
        query: None,
        headers: map,
        body,
    })
}

pub(crate) fn signed_for_benches(
    request: &Request,
    endpoint: &Endpoint,
    keys: &Keys,
    now: SystemTime,
    nonce: &str,
) -> Result<(HeaderMap, String)> {
    let signed = signed(request, endpoint, keys, now, nonce)?;
    Ok((signed.headers, signed.body))
}

fn header_value(name: &HeaderName, value: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        let message = format!("invalid value for header {name}");
        Error::new(ErrorKind::InvalidInput, message)
            .with_remedy("check the keys for spaces, line breaks and other stray characters")
    })?;
    value.set_sensitive(name == header::AUTHORIZATION || name == TOKEN);
    Ok(value)
}

fn date(now: SystemTime) -> Result<String> {
    let stamp = jiff::Timestamp::try_from(now).map_err(|error| {
        Error::new(
            ErrorKind::ClockSkew,
            "invalid date: the clock of this machine is out of range",
        )
        .with_source(error)
    })?;
    Ok(SECONDS.timestamp_to_string(&stamp))
}

/// Who hears an exchange of a place, and the clock by which it is timed.
pub(super) struct Listening<'a> {
    pub(super) tap: &'a dyn Tap,
    pub(super) place: &'a Place,
    pub(super) clock: &'a dyn Clock,
}

/// Sends one attempt and reads its answer; who is listening hears both.
pub(super) async fn exchange(
    http: &reqwest::Client,
    endpoint: &Endpoint,
    signed: Signed,
    listening: Option<Listening<'_>>,
) -> Result<Answer, Fault> {
    let mut url = endpoint.url.clone();
    url.set_query(signed.query.as_deref());
    let heard = listening.map(|on| {
        let heard = Heard::new(&url, &signed, on.place);
        (heard, on.clock.uptime(), on)
    });
    let result = send(http, url, signed).await;
    if let Some((heard, began, on)) = heard {
        let answer = result.as_ref().ok();
        let answer = answer.map(|(answer, headers)| (answer, headers));
        heard.tell(on.tap, answer, on.clock.uptime().saturating_sub(began));
    }
    result.map(|(answer, _)| answer)
}

async fn send(
    http: &reqwest::Client,
    url: reqwest::Url,
    signed: Signed,
) -> Result<(Answer, HeaderMap), Fault> {
    let mut request = reqwest::Request::new(Method::POST, url);
    *request.headers_mut() = signed.headers;
    *request.body_mut() = Some(signed.body.into());
    let mut response = http.execute(request).await.map_err(unanswered)?;
    let headers = std::mem::take(response.headers_mut());
    let mut answer = head(response.status(), &headers);
    loop {
        match response.chunk().await {
            Ok(None) => return Ok((answer, headers)),
            Ok(Some(chunk)) if answer.body.len() + chunk.len() <= MAX_BODY_BYTES => {
                take_bytes(chunk.len()).map_err(Fault::too_much)?;
                answer.body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                return Err(Fault::unreadable(format!(
                    "the answer is longer than {MAX_BODY_BYTES} bytes"
                )));
            }
            Err(error) => {
                return Err(Fault::lost("the connection broke before the answer ended")
                    .with_source(error.without_url()));
            }
        }
    }
}

fn head(status: StatusCode, headers: &HeaderMap) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Answer {
        status: status.as_u16(),
        retry_after_ms: text("x-acs-retry-after").and_then(|text| text.trim().parse().ok()),
        date: text("date").and_then(http_date),
        request_id: text("x-acs-request-id").map(str::to_owned),
        body: Vec::new(),
    }
}

fn http_date(text: &str) -> Option<SystemTime> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(SystemTime::from(zoned.timestamp()))
}

// A connection that was never made carried no request; everything later may have.
fn unanswered(error: reqwest::Error) -> Fault {
    if error.is_connect() || error.is_builder() {
        Fault::unsent("the endpoint cannot be reached").with_source(error.without_url())
    } else {
        Fault::lost("the connection broke before an answer arrived")
            .with_source(error.without_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoints;
    use crate::params::Params;
    use crate::request::Product;
    use std::time::Duration;

    fn attempt(keys: &Keys) -> Signed {
        let request = Request::new(
            Product::Vpc,
            "DescribeVpcs",
            Params::new().with("RegionId", "r"),
        );
        let endpoints = Endpoints::new()
            .with_address("http://127.0.0.1:8080")
            .expect("loopback");
        let endpoint = endpoints
            .resolve(Product::Vpc, &"r".into())
            .expect("resolves");
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_323_045_999);
        signed(&request, &endpoint, keys, now, "n1").expect("signs")
    }

    #[test]
    fn the_bytes_of_a_request_are_these() {
        let signed = attempt(&Keys::new("id", "secret"));
        assert_eq!(signed.body, "RegionId=r");
        let header = |name: &str| signed.headers[name].to_str().expect("text").to_owned();
        assert_eq!(header("host"), "127.0.0.1:8080");
        assert_eq!(header("x-acs-action"), "DescribeVpcs");
        assert_eq!(header("x-acs-version"), "2016-04-28");
        assert_eq!(header("x-acs-date"), "2026-01-02T03:04:05Z");
        assert_eq!(header("content-type"), FORM);
        assert!(header("authorization").starts_with(
            "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=content-type;host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        ));
        assert!(!signed.headers.contains_key("x-acs-security-token"));
    }

    #[test]
    fn the_token_of_a_session_is_signed_and_hidden() {
        let signed = attempt(&Keys::new("id", "secret").with_token("t0ken"));
        let authorization = signed.headers["authorization"].to_str().expect("text");
        assert!(authorization.contains("x-acs-accesskey-id;"));
        assert!(authorization.contains(";x-acs-security-token;"));
        let shown = format!("{:?}", signed.headers);
        assert!(
            !shown.contains("t0ken") && !shown.contains("Signature="),
            "{shown}"
        );
    }

    #[test]
    fn an_anonymous_request_carries_no_trace_of_keys() {
        let request = Request::new(
            Product::Sts,
            "AssumeRoleWithOIDC",
            Params::new().with("RoleArn", "r"),
        );
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let plain = unsigned(&request, now, "n1").expect("prepared");
        assert_eq!(
            plain.query.as_deref(),
            Some(
                "Action=AssumeRoleWithOIDC&Format=JSON&SignatureNonce=n1\
                 &Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01"
            )
        );
        assert_eq!(plain.body, "RoleArn=r");
        let names: Vec<_> = plain.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept", "content-type"]);
    }

    #[test]
    fn http_dates_are_understood() {
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(expected));
        assert_eq!(http_date("yesterday"), None);
    }
}
