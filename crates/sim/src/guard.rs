//! Which requests are served: those of programs on this machine, not those that a web page makes a browser send.
//!
//! A page can reach a loopback port in two ways. It can send a request that the browser does not ask about, such as a
//! form: then the browser says where it comes from. Or it can have its own name resolve to 127.0.0.1 (DNS rebinding):
//! then the request bears that name as its host. Only the clouds decide where names under their own domains lead, so calls
//! may bear those: clients that sign for a public endpoint send it as their host.

use std::net::IpAddr;

use http::request::Parts;
use http::{HeaderMap, header};
use serde_json::json;

use crate::control;
use crate::wire::Reply;

/// The refusal of a request that is not served.
pub(crate) fn refusal(head: &Parts) -> Option<Reply> {
    let (status, message) = unserved(head)?;
    let code = if status == 421 {
        "Misdirected"
    } else {
        "Forbidden"
    };
    Some(Reply::json(
        status,
        &json!({ "Code": code, "Message": message }),
    ))
}

/// Domains that hold the public endpoints of the clouds.
const CLOUDS: [&str; 4] = [
    "aliyuncs.com",
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
];

fn unserved(head: &Parts) -> Option<(u16, &'static str)> {
    let headers = &head.headers;
    let is_control = head.uri.path().starts_with(control::PREFIX);
    let is_served = |host: &&str| is_loopback(host) || !is_control && is_of_a_cloud(host);
    if !hosts(head).is_some_and(|hosts| hosts.iter().all(is_served)) {
        let message = "invalid host: expected a loopback address, such as 127.0.0.1, localhost, or an endpoint of a cloud";
        return Some((421, message));
    }
    if is_of_a_page(headers) {
        let message = "requests of web pages are not served: send the request from a program";
        return Some((403, message));
    }
    if is_control && !is_sent_on_purpose(headers) {
        let message = "invalid content type: expected application/json";
        return Some((403, message));
    }
    None
}

/// All hosts that a request names: exactly one in a header, and perhaps one more in its line.
fn hosts(head: &Parts) -> Option<Vec<&str>> {
    let mut headers = head.headers.get_all(header::HOST).iter();
    let first = headers.next()?.to_str().ok()?;
    let in_line = head.uri.authority().map(|authority| authority.as_str());
    match headers.next() {
        None => Some(in_line.into_iter().chain([first]).collect()),
        Some(_) => None,
    }
}

/// `127.0.0.1:9180`, `[::1]` or `localhost`, with or without a port.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => (address, port),
            None => return false,
        },
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return false;
    }
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        // Names under `localhost` belong to nobody else: resolvers answer them with loopback addresses.
        Err(_) => {
            let name = name.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// `ecs.cn-hangzhou.aliyuncs.com`, with or without a port.
fn is_of_a_cloud(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let name = name.to_ascii_lowercase();
    let is_in = |domain: &&str| {
        let service = name.strip_suffix(*domain);
        service.is_some_and(|service| service.len() > 1 && service.ends_with('.'))
    };
    port.parse::<u16>().is_ok() && CLOUDS.iter().any(is_in)
}

/// Browsers add these headers, and pages cannot take them away. No client of a cloud sends them.
fn is_of_a_page(headers: &HeaderMap) -> bool {
    let is_from_elsewhere =
        |value: &http::HeaderValue| !matches!(value.as_bytes(), b"none" | b"same-origin");
    headers.contains_key(header::ORIGIN)
        || headers
            .get_all("sec-fetch-site")
            .iter()
            .any(is_from_elsewhere)
}

/// Not with a type that browsers send without asking first, and that can hold JSON.
fn is_sent_on_purpose(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    types.all(|kind| {
        let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
        !kind.starts_with("text/") && !kind.starts_with("multipart/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("well formed").into_parts();
        unserved(&head).map(|(status, _)| status)
    }

    #[test]
    fn only_loopback_is_addressed() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:9180",
            "127.8.8.8",
            "localhost",
            "LOCALHOST:1",
            "vpc.localhost:1",
            "[::1]",
            "[::1]:9180",
        ] {
            assert_eq!(status("/", &[("host", host)]), None, "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:9180",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "::1",
            "[::1",
            "[::1]x",
            "127.0.0.1:",
            "127.0.0.1:99999",
            "127.0.0.1@evil.example",
            "evillocalhost",
        ] {
            assert_eq!(status("/", &[("host", host)]), Some(421), "{host}");
        }
        assert_eq!(status("/", &[]), Some(421));
        let two = [("host", "127.0.0.1"), ("host", "127.0.0.1")];
        assert_eq!(status("/", &two), Some(421));
        let in_line = "http://evil.example/_sim/calls";
        assert_eq!(status(in_line, &[("host", "127.0.0.1")]), Some(421));
    }

    #[test]
    fn calls_may_name_endpoints_of_clouds_and_control_may_not() {
        for host in [
            "ecs.aliyuncs.com",
            "vpc.cn-hangzhou.aliyuncs.com:80",
            "EC2.eu-central-1.amazonaws.com",
            "ec2.cn-north-1.amazonaws.com.cn",
        ] {
            assert_eq!(status("/", &[("host", host)]), None, "{host}");
            let control = status("/_sim/calls", &[("host", host)]);
            assert_eq!(control, Some(421), "{host}");
        }
        for host in [
            "aliyuncs.com",
            ".aliyuncs.com",
            "evilaliyuncs.com",
            "ecs.aliyuncs.com.evil.example",
            "ecs.aliyuncs.com:x",
        ] {
            assert_eq!(status("/", &[("host", host)]), Some(421), "{host}");
        }
    }

    #[test]
    fn no_page_is_served() {
        let with = |header| status("/_sim/accounts", &[("host", "localhost"), header]);
        for header in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("content-type", "text/plain"),
            ("content-type", "Text/Plain;charset=UTF-8"),
            ("content-type", "multipart/form-data; boundary=x"),
        ] {
            assert_eq!(with(header), Some(403), "{header:?}");
        }
        for header in [
            ("sec-fetch-site", "none"),
            ("content-type", "application/json"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "*/*"),
        ] {
            assert_eq!(with(header), None, "{header:?}");
        }
    }
}
