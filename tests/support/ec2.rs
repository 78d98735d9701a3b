//! A call to EC2, signed by the test itself: for what the backend has no verb for.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use landbridge_sim::AccountKeys;
use sha2::{Digest, Sha256};

/// Calls `action` in `region`, which must answer 200.
pub(crate) async fn call(
    url: &str,
    keys: &AccountKeys,
    region: &str,
    action: &str,
    parameters: &[(&str, &str)],
) {
    let now = SystemTime::now();
    if let Err(text) = attempt(url, keys, now, region, action, parameters).await {
        panic!("{action}: {text}");
    }
}

/// Calls `action` in `region`, signed at this date; gives the text of the answer, also of a refusal.
pub(crate) async fn attempt(
    url: &str,
    keys: &AccountKeys,
    now: SystemTime,
    region: &str,
    action: &str,
    parameters: &[(&str, &str)],
) -> Result<String, String> {
    let mut pairs = vec![("Action", action), ("Version", "2016-11-15")];
    pairs.extend(parameters);
    let body = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect::<Vec<_>>()
        .join("&");
    let host = url.trim_start_matches("http://");
    let stamp = stamp(now);
    let authorization = authorization(keys, region, host, &stamp, &body);
    let answer = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-amz-date", stamp)
        .header("authorization", authorization)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    let text = answer.text().await.expect("text");
    if status.is_success() {
        Ok(text)
    } else {
        Err(text)
    }
}

pub(crate) fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// `YYYYMMDDTHHMMSSZ`.
pub(crate) fn stamp(date: SystemTime) -> String {
    let seconds = date
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let (days, second) = (
        i64::try_from(seconds / 86_400).expect("small"),
        seconds % 86_400,
    );
    // Days since 1970 to a date, by the usual count of eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let era_day = shifted.rem_euclid(146_097);
    let year_of_era = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
    let day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn authorization(keys: &AccountKeys, region: &str, host: &str, stamp: &str, body: &str) -> String {
    let day = &stamp[..8];
    let scope = format!("{day}/{region}/ec2/aws4_request");
    let canonical = format!(
        "POST\n/\n\ncontent-type:application/x-www-form-urlencoded\nhost:{host}\nx-amz-date:{stamp}\n\n\
         content-type;host;x-amz-date\n{}",
        hash(body)
    );
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hash(&canonical));
    let secret = format!("AWS4{}", keys.access_key_secret.as_str());
    let key = [day, region, "ec2", "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part));
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=content-type;host;x-amz-date, Signature={}",
        keys.access_key_id,
        hex::encode(mac(&key, &text))
    )
}
