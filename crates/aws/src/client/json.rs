//! Calls of services whose interface is JSON 1.1. The SDK's runtime signs and sends them as it does all others. A crate of
//! its own for each service would bring many operations for the few that are called.

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
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use landbridge_core::{Region, Result};
use serde_json::Value;

use super::call::AwsClient;
use super::connection::Connection;
use super::operation::Operation;
use super::pages::Page;
use super::time::ClockTime;

const KIND: &str = "application/x-amz-json-1.1";

/// A service in a region.
#[derive(Clone, Debug)]
pub(crate) struct JsonService {
    /// Its name in the SDK.
    pub(crate) name: &'static str,
    /// What its requests are signed for.
    pub(crate) signing: &'static str,
    /// What the names of its operations begin with.
    pub(crate) target: &'static str,
    pub(crate) region: Region,
    pub(crate) url: String,
}

/// What the SDK's runtime says of a call without an answer of the service.
type Failure = SdkError<ErrorMetadata, HttpResponse>;

/// How an answer is read; `Err` says why it cannot be.
type Read<T> = fn(&[u8]) -> Result<T, &'static str>;

impl AwsClient {
    /// Calls an operation; `read` reads its answer.
    pub(crate) async fn json<T>(
        &self,
        service: &JsonService,
        operation: Operation,
        body: &Value,
        read: Read<T>,
    ) -> Result<T>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
        let sent = self.prepared(service, operation, read);
        self.call(operation, || invoke(&sent, body.to_string()))
            .await
    }

    /// Reads a list to its end; `body` makes the request for the page that starts at a token.
    pub(crate) async fn json_pages<T>(
        &self,
        service: &JsonService,
        operation: Operation,
        body: impl Fn(Option<&str>) -> Value,
        read: Read<Page<T>>,
    ) -> Result<Vec<T>>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
        let sent = self.prepared(service, operation, read);
        let send = |token: Option<String>| invoke(&sent, body(token.as_deref()).to_string());
        self.pages(operation, send).await
    }

    fn prepared<T>(
        &self,
        service: &JsonService,
        operation: Operation,
        read: Read<T>,
    ) -> Sent<String, T, ErrorMetadata>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
        self.connection()
            .json_call(service, operation, self.signer(), read)
    }
}

fn invoke<T>(
    sent: &Sent<String, T, ErrorMetadata>,
    body: String,
) -> impl Future<Output = Result<T, Failure>> + use<T>
where
    T: std::fmt::Debug + Send + Sync + 'static,
{
    let sent = sent.clone();
    async move { sent.invoke(body).await }
}

impl Connection {
    fn json_call<T>(
        &self,
        service: &JsonService,
        operation: Operation,
        keys: SharedCredentialsProvider,
        read: Read<T>,
    ) -> Sent<String, T, ErrorMetadata>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
        let url = self.endpoint_url().unwrap_or_else(|| service.url.clone());
        let region = aws_config::Region::new(service.region.as_str().to_owned());
        let mut config = Layer::new(service.name);
        config.store_put(AuthSchemeOptionResolverParams::new(()));
        config.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(region)),
            name: Some(SigningName::from_static(service.signing)),
            ..Default::default()
        });
        let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let signing = RuntimeComponentsBuilder::new(service.name)
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(schemes))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(keys));
        let plugin = StaticRuntimePlugin::new()
            .with_config(config.freeze())
            .with_runtime_components(signing);
        let target = format!("{}.{}", service.target, operation.name);
        Sent::builder()
            .service_name(service.name)
            .operation_name(operation.name)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.calls())
            .endpoint_url(&url)
            .time_source(ClockTime(self.time()))
            .sleep_impl(TokioSleep::new())
            .timeout_config(self.timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .no_retry()
            .runtime_plugin(plugin)
            .serializer(move |body| request(body, &target))
            .deserializer(move |answer: &HttpResponse| read_answer(answer, read))
            .build()
    }
}

fn request(body: String, target: &str) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", KIND)?;
    headers.try_insert("x-amz-target", target.to_owned())?;
    Ok(request)
}

fn read_answer<T>(
    answer: &HttpResponse,
    read: Read<T>,
) -> Result<T, OrchestratorError<ErrorMetadata>> {
    let body = answer.body().bytes().unwrap_or_default();
    match answer.status().is_success() {
        true => read(body).map_err(OrchestratorError::other),
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
    if let Some(message) = message.filter(|message| !message.is_empty()) {
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
            (
                r#"{"__type":"InvalidInstanceId","Message":""}"#,
                Some("InvalidInstanceId"),
                None,
            ),
            ("<html>", None, None),
        ] {
            let error = refusal(body.as_bytes());
            assert_eq!((error.code(), error.message()), (code, message));
        }
    }
}
