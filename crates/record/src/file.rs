//! The text of recorded requests and answers.

use std::fmt::Write as _;

use landbridge_core::backend::{Exchange, ExchangeAnswer};
use sha2::{Digest, Sha256};

use crate::mask::Masker;

/// A header of a recorded answer whose body was left out. No cloud sends it, and no client gets it.
const LEFT_OUT: &str = "x-landbridge-body";

/// What a replay sends instead of such a body. As little as the original could a client read it.
const UNREADABLE: &[u8] = b"(the recording has no body of this answer)";

/// A request as it is written into a recording and compared with another.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
    masker: &mut Masker,
) -> String {
    let mut text = format!("{method} {}\n", masker.path(path));
    let kept = masker.request_headers(headers);
    for (name, value) in &kept {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push('\n');
    let kind = kept.iter().find(|(name, _)| name == "content-type");
    let kind = kind.map_or("", |(_, value)| value.as_str());
    match masker.request_body(body, kind) {
        Some(body) => text.push_str(&body),
        None => text.push_str(&left_out(body)),
    }
    text
}

/// The request of an exchange.
pub(crate) fn request_of(exchange: &Exchange<'_>, masker: &mut Masker) -> String {
    request(
        exchange.method,
        path(exchange.url),
        exchange.request_headers,
        exchange.request_body,
        masker,
    )
}

/// An answer as it is written into a recording.
pub(crate) fn answer(answer: &ExchangeAnswer<'_>, masker: &mut Masker) -> Vec<u8> {
    let kept = masker.answer_headers(answer.headers);
    let kind = answer.headers.iter();
    let kind = kind
        .clone()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let body = masker.answer_body(answer.body, kind.map(|(_, value)| value.as_str()));
    let mut text = format!("{}\n", answer.status);
    for (name, value) in kept {
        let _ = writeln!(text, "{name}: {value}");
    }
    if body.is_none() {
        let _ = writeln!(text, "{LEFT_OUT}: {}", left_out(answer.body));
    }
    text.push('\n');
    text.push_str(&body.unwrap_or_default());
    text.into_bytes()
}

/// What is written of a body that cannot be read: enough to compare it with another.
fn left_out(body: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(body));
    format!("left out: {} bytes, SHA-256 {}", body.len(), &digest[..16])
}

/// The operation that a request names, for the name of its file.
pub(crate) fn operation(exchange: &Exchange<'_>, masker: &mut Masker) -> String {
    let header = (exchange.request_headers.iter()).find(|(name, _)| name == "x-acs-action");
    let parameter = || {
        let body = String::from_utf8_lossy(exchange.request_body).into_owned();
        let query = exchange.url.split_once('?').map_or("", |(_, query)| query);
        let pairs = format!("{query}&{body}");
        let found = pairs
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="));
        found.map(str::to_owned)
    };
    // `AWSPriceListService.GetProducts`
    let target = (exchange.request_headers.iter()).find(|(name, _)| name == "x-amz-target");
    let target = target.and_then(|(_, value)| value.rsplit('.').next());
    let name = header.map(|(_, value)| value.clone());
    let name = name.or(target.map(str::to_owned)).or_else(parameter);
    let name = name.unwrap_or_else(|| exchange.method.to_owned());
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(80)
        .collect();
    masker.operation(&name)
}

fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// A recorded answer, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Reads an answer; none if the file is empty, which stands for a lost one.
pub(crate) fn read_answer(bytes: &[u8]) -> Result<Option<Recorded>, String> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut rest = bytes;
    let mut line = || -> Result<String, String> {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or("the head does not end with an empty line")?;
        let line = String::from_utf8_lossy(&rest[..end]).trim_end().to_owned();
        rest = &rest[end + 1..];
        Ok(line)
    };
    let first = line()?;
    let status = first
        .parse()
        .map_err(|_| format!("`{first}` is no status"))?;
    let mut headers = Vec::new();
    loop {
        let text = line()?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text
            .split_once(':')
            .ok_or(format!("`{text}` is no header"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let headers_of_file = headers.len();
    headers.retain(|(name, _)| name != LEFT_OUT);
    let is_left_out = headers.len() < headers_of_file;
    let body = if is_left_out { UNREADABLE } else { rest };
    Ok(Some(Recorded {
        status,
        headers,
        body: body.to_vec(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let answered = ExchangeAnswer::new(404, &headers, b"{\"Code\":\n1}");
        let bytes = answer(&answered, &mut Masker::default());
        let read = read_answer(&bytes)
            .expect("well written")
            .expect("an answer");
        assert_eq!(
            (read.status, read.headers.as_slice()),
            (404, headers.as_slice())
        );
        assert_eq!(read.body, b"{\"Code\":\n1}");
        assert_eq!(read_answer(b""), Ok(None));
        let torn = ExchangeAnswer::new(200, &headers, b"{\"AccessKeySecret\":\"abc");
        let bytes = answer(&torn, &mut Masker::default());
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        assert!(text.contains("left out: 23 bytes, SHA-256 "), "{text}");
        let read = read_answer(&bytes)
            .expect("well written")
            .expect("an answer");
        assert_eq!(read.headers, headers);
        assert_eq!(read.body, UNREADABLE);
        for bad in ["x\n\n", "200\nno header\n\n", "200\na: b"] {
            assert!(read_answer(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_operation_names_the_file() {
        let header = [("x-acs-action".to_owned(), "CreateVpc".to_owned())];
        let by_header = Exchange::new("POST", "https://h/", &header, b"");
        assert_eq!(operation(&by_header, &mut Masker::default()), "CreateVpc");
        let header = [("x-amz-target".to_owned(), "Prices.GetProducts".to_owned())];
        let by_target = Exchange::new("POST", "https://h/", &header, b"{}");
        assert_eq!(operation(&by_target, &mut Masker::default()), "GetProducts");
        let by_form = Exchange::new("POST", "https://h/", &[], b"Version=1&Action=CreateVpc");
        assert_eq!(operation(&by_form, &mut Masker::default()), "CreateVpc");
        let hostile = Exchange::new("GET", "https://h/?Action=../../x", &[], b"");
        assert_eq!(operation(&hostile, &mut Masker::default()), "x");
    }
}
