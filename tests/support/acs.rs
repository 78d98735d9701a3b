//! A call to Alibaba Cloud, signed by the test itself: for what the backend has no verb for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use landbridge_sim::AccountKeys;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ec2::{encode, stamp};

pub(crate) const ECS: &str = "2014-05-26";
pub(crate) const VPC: &str = "2016-04-28";

static NONCE: AtomicU64 = AtomicU64::new(1);

/// Calls `action` of the product with this version, signed at this date; gives nothing where it is refused.
pub(crate) async fn call(
    url: &str,
    keys: &AccountKeys,
    now: SystemTime,
    version: &str,
    action: &str,
    parameters: &[(String, String)],
) -> Option<Value> {
    let pairs = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let nonce = NONCE.fetch_add(1, Ordering::Relaxed);
    let headers = [
        (
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ),
        ("host", url.trim_start_matches("http://").to_owned()),
        ("x-acs-action", action.to_owned()),
        ("x-acs-content-sha256", hash(&body)),
        ("x-acs-date", date(now)),
        ("x-acs-signature-nonce", format!("differential-{nonce}")),
        ("x-acs-version", version.to_owned()),
    ];
    let request = headers.iter().filter(|(name, _)| *name != "host").fold(
        reqwest::Client::new().post(url),
        |request, (name, value)| request.header(*name, value),
    );
    let answer = request
        .header("authorization", authorization(keys, &headers))
        .body(body)
        .send()
        .await
        .expect("an answer");
    let is_done = answer.status().is_success();
    let text = answer.text().await.expect("text");
    is_done.then(|| serde_json::from_str(&text).expect("JSON"))
}

/// `YYYY-MM-DDTHH:MM:SSZ`.
fn date(date: SystemTime) -> String {
    let stamp = stamp(date);
    let part = |from: usize, to: usize| &stamp[from..to];
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 15)
    )
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn authorization(keys: &AccountKeys, headers: &[(&str, String)]) -> String {
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let body = &headers[3].1;
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{body}");
    let text = format!("ACS3-HMAC-SHA256\n{}", hash(&canonical));
    let secret = keys.access_key_secret.as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    mac.update(text.as_bytes());
    format!(
        "ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={}",
        keys.access_key_id,
        hex::encode(mac.finalize().into_bytes())
    )
}
