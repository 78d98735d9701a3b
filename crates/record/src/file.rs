//! The text of recorded requests and answers.

use std::fmt::Write as _;

use landbridge_core::backend::{Exchange, ExchangeAnswer};

use crate::mask::{self, Accounts};

/// A request as it is written into a recording and compared with another.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
    accounts: &mut Accounts,
) -> String {
    let mut text = format!("{method} {}\n", mask::text(path, accounts));
    for (name, value) in mask::request_headers(headers) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push('\n');
    text.push_str(&mask::text(&String::from_utf8_lossy(body), accounts));
    text
}

/// The request of an exchange.
pub(crate) fn request_of(exchange: &Exchange<'_>, accounts: &mut Accounts) -> String {
    request(
        exchange.method,
        path(exchange.url),
        exchange.request_headers,
        exchange.request_body,
        accounts,
    )
}

/// An answer as it is written into a recording.
pub(crate) fn answer(answer: &ExchangeAnswer<'_>, accounts: &mut Accounts) -> Vec<u8> {
    let mut head = format!("{}\n", answer.status);
    for (name, value) in mask::answer_headers(answer.headers) {
        let _ = writeln!(head, "{name}: {value}");
    }
    head.push('\n');
    let body = match std::str::from_utf8(answer.body) {
        Ok(text) => mask::text(text, accounts).into_bytes(),
        // What is no text holds no field that could be found and masked.
        Err(_) => answer.body.to_vec(),
    };
    let mut bytes = head.into_bytes();
    bytes.extend(body);
    bytes
}

/// The operation that a request names, for the name of its file.
pub(crate) fn operation(exchange: &Exchange<'_>) -> String {
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
    let name = header.map(|(_, value)| value.clone()).or_else(parameter);
    let name = name.unwrap_or_else(|| exchange.method.to_owned());
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(80)
        .collect()
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
    Ok(Some(Recorded {
        status,
        headers,
        body: rest.to_vec(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let answered = ExchangeAnswer::new(404, &headers, b"{\"Code\":\n1}");
        let bytes = answer(&answered, &mut Accounts::default());
        let read = read_answer(&bytes)
            .expect("well written")
            .expect("an answer");
        assert_eq!(
            (read.status, read.headers.as_slice()),
            (404, headers.as_slice())
        );
        assert_eq!(read.body, b"{\"Code\":\n1}");
        assert_eq!(read_answer(b""), Ok(None));
        for bad in ["x\n\n", "200\nno header\n\n", "200\na: b"] {
            assert!(read_answer(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_operation_names_the_file() {
        let header = [("x-acs-action".to_owned(), "CreateVpc".to_owned())];
        let by_header = Exchange::new("POST", "https://h/", &header, b"");
        assert_eq!(operation(&by_header), "CreateVpc");
        let by_form = Exchange::new("POST", "https://h/", &[], b"Version=1&Action=CreateVpc");
        assert_eq!(operation(&by_form), "CreateVpc");
        let hostile = Exchange::new("GET", "https://h/?Action=../../x", &[], b"");
        assert_eq!(operation(&hostile), "x");
    }
}
