//! The address that replaces the public endpoints: encrypted, or on loopback.

use http::Uri;
use landbridge_core::{Error, ErrorKind, Result};

/// An address that is asked for every service and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: String,
    local: bool,
}

impl Endpoint {
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no address, and for plain `http` outside loopback.
    pub(crate) fn parse(address: &str) -> Result<Self> {
        let text = if address.contains("://") {
            address.to_owned()
        } else {
            format!("https://{address}")
        };
        let uri: Uri = text
            .parse()
            .map_err(|_| invalid(address, "is no host and no URL"))?;
        let host = uri.host().unwrap_or_default();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if host.is_empty() {
            return Err(invalid(address, "has no host"));
        }
        let local = is_loopback(host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if local => {}
            _ => {
                return Err(invalid(
                    address,
                    "is not encrypted; only loopback may use plain http",
                ));
            }
        }
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
        if !bare || authority.contains('@') {
            return Err(invalid(address, "must have neither path, query nor user"));
        }
        Ok(Self {
            url: text.trim_end_matches('/').to_owned(),
            local,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is on this machine, which no proxy can reach.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

// The address may hold a password, so only its host part is quoted.
fn invalid(address: &str, why: &str) -> Error {
    let shown = address.rsplit('@').next().unwrap_or_default();
    Error::new(
        ErrorKind::InvalidInput,
        format!("the endpoint `{shown}` {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for address in [
            "http://example.com",
            "ftp://localhost",
            "https://h/path",
            "https://u:p@h",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "https://h/#x",
            "",
        ] {
            let error = Endpoint::parse(address).expect_err(address);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains("u:p"));
        }
        for address in ["http://localhost:1", "http://[::1]:2", "h:3", "https://h/"] {
            assert!(Endpoint::parse(address).is_ok(), "{address}");
        }
        assert!(
            Endpoint::parse("http://127.0.0.1:5000/")
                .expect("valid")
                .is_local()
        );
    }
}
