use std::net::{IpAddr, Ipv6Addr};

use crate::error::{Error, ErrorKind, Result};

/// An address that replaces a cloud's public endpoint: a host, `host:port` or a URL without a path. It is encrypted, or on
/// loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointAddress {
    scheme: Scheme,
    /// In small letters, an IPv6 address in brackets.
    host: String,
    /// Absent if it is the scheme's own.
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl EndpointAddress {
    /// Reads an address. Without a scheme it is https.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a malformed address, for one with a path, a query or a user, and for
    /// plain `http` on another host than loopback.
    pub fn parse(address: &str) -> Result<Self> {
        let malformed = || {
            let expected = "expected a host, `host:port` or `https://host:port`";
            invalid(address, expected)
        };
        let (scheme, rest) = match address.split_once("://") {
            None => (Scheme::Https, address),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(_) => return Err(malformed()),
        };
        let (host, port) =
            authority(rest.strip_suffix('/').unwrap_or(rest)).ok_or_else(malformed)?;
        if scheme == Scheme::Http && !is_loopback(&host) {
            let expected = "expected https; only loopback may use plain http";
            return Err(invalid(address, expected));
        }
        let own = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        Ok(Self {
            scheme,
            host,
            port: port.filter(|port| *port != own),
        })
    }

    /// The URL, without a path.
    pub fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        format!("{scheme}://{}", self.authority())
    }

    /// The host, with the port if it is not the scheme's own: the `Host` header.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether it is on this machine, which no proxy can reach.
    pub fn is_local(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether the host of a URL is this machine. An IPv6 address may stand in brackets.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn authority(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.rfind(']') {
        Some(end) => (&text[..=end], &text[end + 1..]),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => Some(digits.parse().ok()?),
        None if port.is_empty() => None,
        None => return None,
    };
    is_host(host).then(|| (host.to_ascii_lowercase(), port))
}

fn is_host(text: &str) -> bool {
    match text.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()),
        None => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !text.is_empty() && text.len() <= 253 && text.bytes().all(allowed)
        }
    }
}

// The address may hold a password, so only its host part is quoted.
fn invalid(address: &str, expected: &str) -> Error {
    let shown = address.rsplit('@').next().unwrap_or_default();
    let message = format!("invalid endpoint `{shown}`: {expected}");
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for address in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://127.1",
            "ftp://localhost",
        ] {
            let error = EndpointAddress::parse(address).expect_err(address);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        for address in ["http://localhost:1", "http://[::1]:2", "http://127.9.9.9"] {
            let address = EndpointAddress::parse(address).expect(address);
            assert!(address.is_local());
        }
    }

    #[test]
    fn nothing_but_host_and_port_is_taken() {
        for address in [
            "",
            "https://",
            "https://h/path",
            "https://h?q",
            "https://h/#x",
            "https://u:p@h",
            "h:x",
            "h:70000",
            "[::1",
            "::1",
            "h%2e",
            "bücher.example",
        ] {
            let error = EndpointAddress::parse(address).expect_err(address);
            assert!(!error.to_string().contains("u:p"), "{error}");
        }
    }

    #[test]
    fn the_port_of_the_scheme_is_dropped() {
        for (address, url) in [
            ("h:3", "https://h:3"),
            ("https://H/", "https://h"),
            ("https://h:443", "https://h"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ] {
            let address = EndpointAddress::parse(address).expect(address);
            assert_eq!(address.url(), url);
        }
    }
}
