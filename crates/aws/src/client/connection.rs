use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use landbridge_core::backend::{EndpointAddress, HttpOptions, RateBudget, RateBudgets, Tap};
use landbridge_core::{AccountId, Clock, Place, Region, Result};

use super::http::{http_client, redirected};
use super::listen::tapped;
use super::operation::Operation;
use super::time::ClockTime;

/// What all clients of one provider share: HTTP connections, clock, endpoint, rate budgets.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    /// For the SDK's own sources of keys, which no tap hears.
    http: SharedHttpClient,
    /// For operations.
    calls: SharedHttpClient,
    clock: Arc<dyn Clock>,
    settings: ConnectionSettings,
    budgets: RateBudgets<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endpoint: Option<EndpointAddress>,
    pub(crate) sts_region: Region,
    pub(crate) http: HttpOptions,
    pub(crate) tap: Option<Arc<dyn Tap>>,
}

impl Connection {
    pub(crate) fn new(settings: ConnectionSettings) -> Result<Self> {
        let endpoint = settings.endpoint.as_ref();
        let http = match endpoint.is_some_and(EndpointAddress::is_local) {
            true => http_client(&settings.http.clone().for_local_endpoint())?,
            false => http_client(&settings.http)?,
        };
        let calls = match &settings.tap {
            Some(tap) => tapped(http.clone(), Arc::clone(tap)),
            None => http.clone(),
        };
        Ok(Self(Arc::new(Inner {
            http,
            calls,
            budgets: RateBudgets::new(settings.clock.clone()),
            clock: settings.clock.clone(),
            settings,
        })))
    }

    /// The present time.
    pub fn now(&self) -> SystemTime {
        self.0.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The region whose STS is asked where no place says one.
    pub fn sts_region(&self) -> &Region {
        &self.0.settings.sts_region
    }

    pub(crate) fn budget(&self, place: &Place, operation: Operation) -> RateBudget {
        let limits = operation.limits();
        self.0.budgets.budget(place, operation.name, &limits)
    }

    /// Forgets what it knows of an account that was removed.
    pub(crate) fn forget(&self, account: &AccountId) {
        self.0.budgets.forget(account);
    }

    /// The SDK's configuration for one account and region. It reads neither variables nor files.
    ///
    /// The SDK does not retry and caches no keys: both are done above it, once, by our clock. What is left to its
    /// own sleep is the timeouts of sockets, which pass in real time.
    pub(crate) fn sdk_config(&self, region: &Region, keys: SharedCredentialsProvider) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .credentials_provider(keys)
            .identity_cache(aws_config::identity::IdentityCache::no_cache())
            .http_client(self.0.calls.clone())
            .time_source(ClockTime(self.0.clock.clone()))
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::disabled())
            .timeout_config(self.timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint_url());
        config.set_app_name(AppName::new("landbridge").ok());
        config.build()
    }

    fn endpoint_url(&self) -> Option<String> {
        let endpoint = self.0.settings.endpoint.as_ref();
        endpoint.map(EndpointAddress::url)
    }

    fn timeouts(&self) -> TimeoutConfig {
        let options = &self.0.settings.http;
        let mut timeouts = TimeoutConfig::builder()
            .connect_timeout(options.connect_timeout())
            .operation_timeout(options.timeout());
        timeouts.set_read_timeout(options.read_timeout());
        timeouts.build()
    }

    /// What the SDK's own sources of keys use. They cannot be told an address, so their requests are redirected.
    pub(crate) fn provider_config(&self) -> ProviderConfig {
        let http = self.0.http.clone();
        let http = match self.endpoint_url() {
            Some(address) => redirected(http, address),
            None => http,
        };
        let region = aws_config::Region::new(self.sts_region().as_str().to_owned());
        ProviderConfig::without_region()
            .with_region(Some(region))
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_http_client(http)
            .with_time_source(ClockTime(self.0.clock.clone()))
            .with_sleep_impl(TokioSleep::new())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint", &self.0.settings.endpoint)
            .finish_non_exhaustive()
    }
}
