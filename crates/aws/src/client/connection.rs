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
use landbridge_core::backend::{
    CloudTime, EndpointAddress, HttpOptions, RateBudget, RateBudgets, Reader, Tap,
};
use landbridge_core::{AccountId, Clock, Place, Region, Result};

use super::http::{http_client, redirected};
use super::listen::tapped;
use super::operation::Operation;
use super::time::ClockTime;
use super::whole::whole_only;
use crate::credential::Credentials;
use crate::partition::Partition;

/// What all clients of one provider share: HTTP connections, clock, endpoint, rate budgets.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Inner>,
    /// The region whose STS is asked.
    sts_region: Region,
}

struct Inner {
    /// For the SDK's own sources of keys, which no tap hears.
    http: SharedHttpClient,
    /// For operations.
    calls: SharedHttpClient,
    time: Arc<CloudTime>,
    settings: ConnectionSettings,
    budgets: RateBudgets<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endpoint: Option<EndpointAddress>,
    /// None: the home region of the partition in question.
    pub(crate) sts_region: Option<Region>,
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
        let time = Arc::new(CloudTime::new(settings.clock.clone()));
        let calls = match &settings.tap {
            Some(tap) => tapped(http.clone(), Arc::clone(tap), settings.clock.clone()),
            None => http.clone(),
        };
        // The tap hears torn answers too.
        let [http, calls] = [http, calls].map(|http| whole_only(http, Arc::clone(&time)));
        Ok(Self {
            sts_region: sts_region(settings.sts_region.as_ref(), None),
            shared: Arc::new(Inner {
                http,
                calls,
                budgets: RateBudgets::new(settings.clock.clone()),
                time,
                settings,
            }),
        })
    }

    /// The same for keys of the partition that `region` is in: STS is asked in the configured region if that is there too,
    /// or else in `region`.
    pub(crate) fn near(&self, region: &Region) -> Self {
        let configured = self.shared.settings.sts_region.as_ref();
        Self {
            shared: Arc::clone(&self.shared),
            sts_region: sts_region(configured, Some(region)),
        }
    }

    /// The same for keys that are used in `region`: STS is asked in the configured region of its partition, or in the home
    /// region, because `region` may not be enabled.
    pub(crate) fn for_place(&self, region: &Region) -> Self {
        self.near(&Partition::of(region).home())
    }

    /// The present time as the cloud sees it: the clock's, corrected by the dates of its answers.
    pub fn now(&self) -> SystemTime {
        self.shared.time.now()
    }

    /// Takes over a date with which the cloud refused a request.
    pub(crate) fn set_time(&self, cloud: SystemTime) {
        self.shared.time.take_over(cloud);
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.shared.time.clock()
    }

    /// The region whose STS is asked for sessions: the configured one, if it is in the partition of the keys.
    pub fn sts_region(&self) -> &Region {
        &self.sts_region
    }

    pub(crate) fn budget(&self, place: &Place, operation: Operation) -> RateBudget {
        let limits = operation.limits();
        self.shared.budgets.budget(place, operation.name, &limits)
    }

    /// The reader, as one who reads through this connection.
    pub(crate) fn shown_in(&self, reader: Reader) -> Reader {
        reader.through(&self.shared)
    }

    /// The rate budgets of all accounts.
    pub(crate) fn budgets(&self) -> &RateBudgets<&'static str> {
        &self.shared.budgets
    }

    /// Forgets what it knows of an account that was removed.
    pub(crate) fn forget(&self, account: &AccountId) {
        self.shared.budgets.forget(account);
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
            .http_client(self.shared.calls.clone())
            .time_source(ClockTime(Arc::clone(&self.shared.time)))
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::disabled())
            // The SDK would add what the last answer's date says, right or wrong, to our clock, which is corrected already.
            .disable_clock_skew_correction(true)
            .timeout_config(self.timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint_url());
        config.set_app_name(AppName::new("landbridge").ok());
        config.build()
    }

    /// Who hears every exchange.
    pub(crate) fn tap(&self) -> Option<&dyn Tap> {
        self.shared.settings.tap.as_deref()
    }

    /// The HTTP client for operations.
    pub(super) fn calls(&self) -> SharedHttpClient {
        self.shared.calls.clone()
    }

    /// The clock, corrected by the cloud's dates.
    pub(super) fn time(&self) -> Arc<CloudTime> {
        Arc::clone(&self.shared.time)
    }

    pub(super) fn endpoint_url(&self) -> Option<String> {
        let endpoint = self.shared.settings.endpoint.as_ref();
        endpoint.map(EndpointAddress::url)
    }

    pub(super) fn timeouts(&self) -> TimeoutConfig {
        let options = &self.shared.settings.http;
        let mut timeouts = TimeoutConfig::builder()
            .connect_timeout(options.connect_timeout())
            .operation_timeout(options.timeout());
        timeouts.set_read_timeout(options.read_timeout());
        timeouts.build()
    }

    /// What the SDK's own sources of keys use. They cannot be told an address, so their requests are redirected.
    pub(crate) fn provider_config(&self) -> ProviderConfig {
        let http = self.shared.http.clone();
        let http = match self.endpoint_url() {
            Some(address) => redirected(http, address),
            None => http,
        };
        let region = aws_config::Region::new(self.sts_region().as_str().to_owned());
        ProviderConfig::without_region()
            .with_region(Some(region))
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_http_client(http)
            .with_time_source(ClockTime(Arc::clone(&self.shared.time)))
            .with_sleep_impl(TokioSleep::new())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint", &self.shared.settings.endpoint)
            .finish_non_exhaustive()
    }
}

/// The region in which to ask about the account of a source as a whole: who the caller is, and its roles. It is the
/// `configured` one, if that is in the partition that the source says, or else that of the source, or `us-east-1`.
pub fn home_region(configured: Option<&Region>, source: &dyn Credentials) -> Region {
    sts_region(configured, source.region().as_ref())
}

/// The region whose STS is asked, from the one that is configured and one of the partition in question.
fn sts_region(configured: Option<&Region>, near: Option<&Region>) -> Region {
    let of_partition = |region: &&Region| near.is_none_or(|near| Partition::of(near).has(region));
    let region = configured.filter(of_partition).or(near);
    region
        .cloned()
        .unwrap_or_else(|| Partition::default().home())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_region_counts_in_its_own_partition() {
        for (configured, near, expected) in [
            (None, None, "us-east-1"),
            (Some("eu-west-1"), None, "eu-west-1"),
            (Some("eu-west-1"), Some("ap-east-1"), "eu-west-1"),
            (Some("eu-west-1"), Some("cn-north-1"), "cn-north-1"),
            (None, Some("us-gov-east-1"), "us-gov-east-1"),
        ] {
            let (configured, near) = (configured.map(Region::from), near.map(Region::from));
            let found = sts_region(configured.as_ref(), near.as_ref());
            assert_eq!(found.as_str(), expected, "{configured:?} {near:?}");
        }
    }
}
