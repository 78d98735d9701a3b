//! The HTTP client: one for all accounts and regions, with answers of bounded length.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// The longest answer that is read.
const MAX_BODY_BYTES: usize = 16 << 20;

/// A client that goes through the proxy that the environment names, unless the endpoint is on this machine.
pub(super) fn http_client(local: bool) -> SharedHttpClient {
    let proxy = if local {
        ProxyConfig::disabled()
    } else {
        ProxyConfig::from_env()
    };
    let inner = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build()
    });
    SharedHttpClient::new(Bounded(inner))
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
            Ok(answer.await?.map(bounded))
        })
    }
}
