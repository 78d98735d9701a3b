//! The HTTP client: one for all accounts and regions, with answers of bounded length.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use http_body_util::Limited;
use landbridge_core::backend::{CallContext, HttpOptions, Proxy};
use landbridge_core::{Error, ErrorKind, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::partition;

/// The longest answer that is read.
pub(super) const MAX_BODY_BYTES: usize = 16 << 20;

/// What is reached without the proxy that the user gave: this machine, and the metadata services of instances and
/// containers.
const LOCAL: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fd00:ec2::/32";

/// A client with the user's proxy and root certificates. The SDK hands it the timeouts of each operation.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for root certificates that cannot be read and for a proxy that the SDK does
/// not take.
pub(super) fn http_client(options: &HttpOptions) -> Result<SharedHttpClient> {
    let proxy = proxy_config(options.proxy())?;
    let tls = TlsContext::builder()
        .with_trust_store(trust_store(options.root_certificates())?)
        .build()
        .map_err(|error| {
            let message = "the HTTP client cannot be set up";
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        })?;
    let inner = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls.clone())
            .build()
    });
    Ok(SharedHttpClient::new(Bounded(inner)))
}

fn proxy_config(proxy: &Proxy) -> Result<ProxyConfig> {
    match proxy {
        Proxy::None => Ok(ProxyConfig::disabled()),
        Proxy::Address(address) => {
            // The SDK's error would quote the address, which may hold a password.
            let unusable = |_| Error::new(ErrorKind::InvalidInput, "the proxy cannot be used");
            let proxy = ProxyConfig::all(address.expose_url()).map_err(unusable)?;
            Ok(proxy.no_proxy(LOCAL))
        }
        _ => Ok(ProxyConfig::from_env()),
    }
}

// The SDK panics on certificates that it cannot read, so they are read here first.
fn trust_store(pems: &[String]) -> Result<TrustStore> {
    let invalid = HttpOptions::invalid_root_certificates;
    let mut store = TrustStore::default();
    for pem in pems {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| invalid().with_source(error))?;
            let added = RootCertStore::empty().add(certificate);
            added.map_err(|error| invalid().with_source(error))?;
        }
        store.add_pem_certificate(pem.as_bytes());
    }
    Ok(store)
}

#[derive(Debug)]
struct Bounded<T>(T);

impl HttpClient for Bounded<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Bounded(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let bounded = |body| SdkBody::from_body_1_x(Limited::new(body, MAX_BODY_BYTES));
            let answer = answer.await?;
            if let Some(id) = request_id(&answer) {
                CallContext::note_request_id(id);
            }
            Ok(answer.map(bounded))
        })
    }
}

// The names that the services use, in the order of the SDK.
fn request_id(answer: &HttpResponse) -> Option<&str> {
    let headers = answer.headers();
    ["x-amzn-requestid", "x-amz-request-id"]
        .into_iter()
        .find_map(|name| headers.get(name))
}

/// Sends what is meant for the cloud's own hosts to another address, for sources of keys that know only those. What
/// goes to the metadata services of instances and containers goes on.
pub(super) fn redirected(http: SharedHttpClient, address: String) -> SharedHttpClient {
    SharedHttpClient::new(Redirected {
        inner: http,
        address,
    })
}

#[derive(Debug)]
struct Redirected<T> {
    inner: T,
    address: String,
}

impl HttpClient for Redirected<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Redirected {
            inner: self.inner.http_connector(settings, components),
            address: self.address.clone(),
        })
    }
}

impl HttpConnector for Redirected<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        match redirect(&mut request, &self.address) {
            Ok(()) => self.inner.call(request),
            Err(error) => HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        }
    }
}

// The host stays in its header, because it is signed.
fn redirect(request: &mut HttpRequest, address: &str) -> Result<(), HttpError> {
    let uri = request.uri().parse::<Uri>().unwrap_or_default();
    let Some(host) = uri.host().filter(|host| is_of_the_cloud(host)) else {
        return Ok(());
    };
    request.headers_mut().try_insert("host", host.to_owned())?;
    request.uri_mut().set_endpoint(address)
}

fn is_of_the_cloud(host: &str) -> bool {
    partition::ALL
        .iter()
        .any(|partition| host.ends_with(partition.hosts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_for_the_cloud_goes_elsewhere() {
        for (from, to, host) in [
            (
                "https://sts.us-east-1.amazonaws.com/a?b=c",
                "http://127.0.0.1:1/a?b=c",
                Some("sts.us-east-1.amazonaws.com"),
            ),
            (
                "https://portal.sso.eusc-de-east-1.amazonaws.eu/a",
                "http://127.0.0.1:1/a",
                Some("portal.sso.eusc-de-east-1.amazonaws.eu"),
            ),
            (
                "http://169.254.169.254/latest",
                "http://169.254.169.254/latest",
                None,
            ),
            (
                "https://amazonaws.com.example.com/",
                "https://amazonaws.com.example.com/",
                None,
            ),
        ] {
            let mut request = HttpRequest::get(from).expect("a request");
            redirect(&mut request, "http://127.0.0.1:1").expect("redirected");
            assert_eq!(request.uri(), to);
            assert_eq!(request.headers().get("host"), host);
        }
    }
}
