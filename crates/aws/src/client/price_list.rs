//! Calls of the price list, whose interface speaks JSON. The SDK's runtime signs and sends them as it does all others; a
//! crate of its own would bring one operation.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation as Sent;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use landbridge_core::Result;
use serde_json::Value;

use super::call::AwsClient;
use super::connection::Connection;
use super::operation::{Operation, read};
use super::pages::Page;
use super::time::ClockTime;
use crate::pricing::{Wanted, read_page};

pub(crate) const GET_PRODUCTS: Operation = read("GetProducts");

/// One of the few regions that have the price list, which is the same in all.
const REGION: &str = "us-east-1";
const URL: &str = "https://api.pricing.us-east-1.amazonaws.com";
const TARGET: &str = "AWSPriceListService.GetProducts";
const KIND: &str = "application/x-amz-json-1.1";

type GetProducts = Sent<String, Page<String>, ErrorMetadata>;

impl AwsClient {
    /// The products that a filter finds, each as a JSON text (`GetProducts`).
    pub(crate) async fn products(&self, wanted: &Wanted) -> Result<Vec<String>> {
        let call = self.connection().get_products(self.signer());
        let send = |token: Option<String>| {
            let (call, body) = (call.clone(), wanted.body(token.as_deref()));
            async move { call.invoke(body).await }
        };
        self.pages(GET_PRODUCTS, send).await
    }
}

impl Connection {
    fn get_products(&self, keys: SharedCredentialsProvider) -> GetProducts {
        let url = self.endpoint_url();
        let mut config = Layer::new("price list");
        config.store_put(AuthSchemeOptionResolverParams::new(()));
        config.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(aws_config::Region::from_static(REGION))),
            name: Some(SigningName::from_static("pricing")),
            ..Default::default()
        });
        let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let signing = RuntimeComponentsBuilder::new("price list")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(schemes))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(keys));
        let plugin = StaticRuntimePlugin::new()
            .with_config(config.freeze())
            .with_runtime_components(signing);
        Sent::builder()
            .service_name("Pricing")
            .operation_name(GET_PRODUCTS.name)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.calls())
            .endpoint_url(url.as_deref().unwrap_or(URL))
            .time_source(ClockTime(self.time()))
            .sleep_impl(TokioSleep::new())
            .timeout_config(self.timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .no_retry()
            .runtime_plugin(plugin)
            .serializer(request)
            .deserializer(answer)
            .build()
    }
}

fn request(body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().try_insert("content-type", KIND)?;
    request.headers_mut().try_insert("x-amz-target", TARGET)?;
    Ok(request)
}

fn answer(answer: &HttpResponse) -> Result<Page<String>, OrchestratorError<ErrorMetadata>> {
    let body = answer.body().bytes().unwrap_or_default();
    match answer.status().is_success() {
        true => read_page(body).map_err(OrchestratorError::other),
        false => Err(OrchestratorError::operation(refusal(body))),
    }
}

/// `{"__type": "com.amazonaws.pricing#AccessDeniedException", "Message": ".."}`.
fn refusal(body: &[u8]) -> ErrorMetadata {
    let refusal: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = refusal["__type"].as_str();
    let code = code.and_then(|code| code.rsplit('#').next());
    let message = refusal["Message"].as_str();
    let message = message.or_else(|| refusal["message"].as_str());
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        error = error.code(code);
    }
    if let Some(message) = message {
        error = error.message(message);
    }
    error.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_code_without_its_namespace() {
        for (body, code, message) in [
            (
                r#"{"__type":"com.amazonaws.pricing#AccessDeniedException","Message":"no"}"#,
                Some("AccessDeniedException"),
                Some("no"),
            ),
            (
                r#"{"__type":"ThrottlingException","message":"slow"}"#,
                Some("ThrottlingException"),
                Some("slow"),
            ),
            ("<html>", None, None),
        ] {
            let error = refusal(body.as_bytes());
            assert_eq!((error.code(), error.message()), (code, message));
        }
    }
}
