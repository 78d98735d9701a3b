//! One attempt: sign, send, read a bounded answer.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use landbridge_core::backend::{Fault, Tap, take_bytes};
use landbridge_core::{Error, ErrorKind, Result};
use secrecy::ExposeSecret;

use super::answer::Answer;
use super::listen::Heard;
use crate::credential::Keys;
use crate::endpoint::Endpoint;
use crate::request::Request;
use crate::sign::{self, Signable};

/// The longest answer that is read.
pub(crate) const MAX_BODY_BYTES: usize = 8 << 20;

const FORM: &str = "application/x-www-form-urlencoded";

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
    let headers = [("accept", "application/json"), ("content-type", FORM)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Signed {
        query: Some(sign::canonical_query(&common)),
        headers: header_map(headers.into_iter())?,
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
    let mut headers = vec![
        ("host", endpoint.host.clone()),
        ("x-acs-action", request.action().to_owned()),
        ("x-acs-version", request.product().version().to_owned()),
        ("x-acs-date", date(now)?),
        ("x-acs-signature-nonce", nonce.to_owned()),
        ("x-acs-content-sha256", sign::sha256_hex(body.as_bytes())),
    ];
    if !body.is_empty() {
        headers.push(("content-type", FORM.to_owned()));
    }
    if let Some(token) = keys.token() {
        headers.push(("x-acs-accesskey-id", keys.access_key_id().to_owned()));
        headers.push(("x-acs-security-token", token.expose_secret().to_owned()));
    }
    let headers: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let signable = Signable {
        method: "POST",
        path: "/",
        query: &[],
        headers: &headers,
    };
    let signature = sign::sign(&signable, keys.access_key_secret().expose_secret());
    let authorization = signature.authorization(keys.access_key_id());
    let others = [
        ("accept", "application/json".to_owned()),
        ("authorization", authorization),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    Ok(Signed {
        query: None,
        headers: header_map(headers.into_iter().chain(others))?,
        body,
    })
}

fn header_map(headers: impl Iterator<Item = (String, String)>) -> Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = || {
            let message = format!("invalid value for header {name}");
            Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("check the keys for spaces, line breaks and other stray characters")
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| wrong())?;
        value.set_sensitive(matches!(
            name.as_str(),
            "authorization" | "x-acs-security-token"
        ));
        map.insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?,
            value,
        );
    }
    Ok(map)
}

fn date(now: SystemTime) -> Result<String> {
    let stamp = jiff::Timestamp::try_from(now).map_err(|error| {
        Error::new(
            ErrorKind::ClockSkew,
            "invalid date: the clock of this machine is out of range",
        )
        .with_source(error)
    })?;
    Ok(stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Sends one attempt and reads its answer; `tap` hears both.
pub(super) async fn exchange(
    http: &reqwest::Client,
    endpoint: &Endpoint,
    signed: Signed,
    tap: Option<&dyn Tap>,
) -> Result<Answer, Fault> {
    let mut url = endpoint.url.clone();
    url.set_query(signed.query.as_deref());
    let heard = tap.map(|tap| (tap, Heard::new(&url, &signed)));
    let result = send(http, url, signed).await;
    if let Some((tap, heard)) = heard {
        let answer = result.as_ref().ok();
        heard.tell(tap, answer.map(|(answer, headers)| (answer, headers)));
    }
    result.map(|(answer, _)| answer)
}

async fn send(
    http: &reqwest::Client,
    url: reqwest::Url,
    signed: Signed,
) -> Result<(Answer, HeaderMap), Fault> {
    let request = http.post(url).headers(signed.headers).body(signed.body);
    let mut response = request.send().await.map_err(unanswered)?;
    let headers = response.headers().clone();
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
