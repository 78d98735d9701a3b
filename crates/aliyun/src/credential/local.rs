//! Addresses that keys are fetched from.

use std::net::IpAddr;

use landbridge_core::backend::is_loopback;
use landbridge_core::{Error, ErrorKind, Result};
use reqwest::Url;

/// The metadata service's own address, which leads nowhere but to the machine below.
const METADATA: [u8; 4] = [100, 100, 100, 200];

/// An address that keys may be fetched from: encrypted, or on this machine or its link. `what` names it in errors, which
/// show no more of it than its host, because the rest may be secret.
pub(super) fn parse(what: &str, address: &str) -> Result<Url> {
    let url =
        Url::parse(address).map_err(|_| invalid(format!("invalid {what}: expected a URL")))?;
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local(&url) => Ok(url),
        _ => Err(invalid(format!(
            "invalid {what} (host `{host}`): expected https; only loopback and link-local addresses may use plain http"
        ))
        .with_remedy("use https")),
    }
}

/// Whether a URL leads to this machine or its link, where no proxy belongs.
pub(super) fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    is_loopback(host)
        || bare.parse().is_ok_and(|ip| match ip {
            IpAddr::V4(ip) => ip.is_link_local() || ip.octets() == METADATA,
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        })
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_the_machine_and_its_link() {
        for address in [
            "https://keys.example.com/a?b",
            "http://localhost:1/x",
            "http://127.0.0.1/x",
            "http://[::1]:2/",
            "http://169.254.170.2/x",
            "http://[fe80::1]/",
            "http://100.100.100.200",
        ] {
            assert!(parse("it", address).is_ok(), "{address}");
        }
        for address in [
            "http://keys.example.com/s3cret",
            "http://10.0.0.1/s3cret",
            "http://100.100.100.201/s3cret",
            "http://127.0.0.1.example.com/s3cret",
            "http://u:s3cret@10.0.0.1/",
            "file:///s3cret",
            "s3cret",
        ] {
            let error = parse("it", address).expect_err("refused");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
