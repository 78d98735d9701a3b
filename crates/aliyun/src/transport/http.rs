//! Setting up HTTP clients.

use landbridge_core::backend::{HttpOptions, Proxy};
use landbridge_core::{Error, ErrorKind, Result};
use reqwest::{Certificate, Client, ClientBuilder, NoProxy};

/// What is reached without the proxy that the user gave.
const LOCAL: &str = "localhost,127.0.0.0/8,::1";

/// How many idle connections to one gateway are kept. Without a bound, many runs at once keep thousands.
const IDLE: usize = 32;

/// The options that every client has.
pub(super) fn builder() -> ClientBuilder {
    Client::builder()
        .pool_max_idle_per_host(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("landbridge/", env!("CARGO_PKG_VERSION")))
}

/// Sets up a client with the user's proxy and root certificates.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for root certificates that cannot be read.
pub(super) fn build(builder: ClientBuilder, options: &HttpOptions) -> Result<Client> {
    let builder = match options.proxy() {
        Proxy::None => builder.no_proxy(),
        Proxy::Address(address) => {
            let proxy = reqwest::Proxy::all(address.expose_url()).map_err(unusable)?;
            builder.proxy(proxy.no_proxy(NoProxy::from_string(LOCAL)))
        }
        _ => builder,
    };
    let mut certificates = Vec::new();
    for pem in options.root_certificates() {
        let read = Certificate::from_pem_bundle(pem.as_bytes());
        certificates.extend(read.map_err(unreadable)?);
    }
    if certificates.is_empty() {
        return builder.build().map_err(unusable);
    }
    let builder = builder.tls_certs_merge(certificates);
    builder.build().map_err(unreadable)
}

fn unreadable(error: reqwest::Error) -> Error {
    HttpOptions::invalid_root_certificates().with_source(error)
}

fn unusable(error: reqwest::Error) -> Error {
    let message = "the HTTP client cannot be set up";
    // The address of a proxy may hold a password.
    Error::new(ErrorKind::InvalidInput, message).with_source(error.without_url())
}
