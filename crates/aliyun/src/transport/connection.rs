use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use landbridge_core::backend::{HttpOptions, RateBudget, RateBudgets, RateLimits, Tap};
use landbridge_core::{AccountId, Clock, Place, Result};

use super::http;
use crate::endpoint::Endpoints;
use crate::request::Product;

/// What all clients of one provider share: HTTP connections, clock, endpoints, rate budgets.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    options: HttpOptions,
    endpoints: Endpoints,
    limits: RateLimits,
    budgets: RateBudgets<Product>,
    tap: Option<Arc<dyn Tap>>,
    /// How far the cloud's clock is ahead of ours, in milliseconds.
    skew: AtomicI64,
}

pub(crate) struct ConnectionSettings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endpoints: Endpoints,
    pub(crate) limits: RateLimits,
    pub(crate) http: HttpOptions,
    pub(crate) tap: Option<Arc<dyn Tap>>,
}

impl Connection {
    pub(crate) fn new(settings: ConnectionSettings) -> Result<Self> {
        let options = settings.http;
        let http = match settings.endpoints.is_local() {
            true => http_client(&options.clone().for_local_endpoint())?,
            false => http_client(&options)?,
        };
        Ok(Self(Arc::new(Inner {
            http,
            options,
            budgets: RateBudgets::new(settings.clock.clone()),
            clock: settings.clock,
            endpoints: settings.endpoints,
            limits: settings.limits,
            tap: settings.tap,
            skew: AtomicI64::new(0),
        })))
    }

    /// The present time as the cloud sees it: the clock's, corrected once the cloud has complained.
    pub fn now(&self) -> SystemTime {
        let skew = self.0.skew.load(Ordering::Relaxed);
        let amount = Duration::from_millis(skew.unsigned_abs());
        let now = self.0.clock.now();
        let corrected = if skew < 0 {
            now.checked_sub(amount)
        } else {
            now.checked_add(amount)
        };
        corrected.unwrap_or(now)
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// The proxy and the root certificates, for other clients.
    pub(crate) fn options(&self) -> &HttpOptions {
        &self.0.options
    }

    /// The listener to every signed exchange.
    pub(crate) fn tap(&self) -> Option<&dyn Tap> {
        self.0.tap.as_deref()
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    pub(crate) fn budget(&self, place: &Place, product: Product) -> RateBudget {
        self.0.budgets.budget(place, product, &self.0.limits)
    }

    /// Forgets what it knows of an account that was removed.
    pub(crate) fn forget(&self, account: &AccountId) {
        self.0.budgets.forget(account);
    }

    /// Takes over the cloud's clock.
    pub(crate) fn set_time(&self, cloud: SystemTime) {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let skew = match cloud.duration_since(self.0.clock.now()) {
            Ok(ahead) => millis(ahead),
            Err(behind) => -millis(behind.duration()),
        };
        tracing::warn!(
            skew_ms = skew,
            "the local clock is wrong; Landbridge uses the cloud's time"
        );
        self.0.skew.store(skew, Ordering::Relaxed);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoints", &self.0.endpoints)
            .finish_non_exhaustive()
    }
}

fn http_client(options: &HttpOptions) -> Result<reqwest::Client> {
    let mut builder = http::builder()
        .connect_timeout(options.connect_timeout())
        .timeout(options.timeout());
    if let Some(timeout) = options.read_timeout() {
        builder = builder.read_timeout(timeout);
    }
    http::build(builder, options)
}
