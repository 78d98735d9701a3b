use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use landbridge_core::rate::{RateBudget, RateLimits};
use landbridge_core::wire::Tap;
use landbridge_core::{AccountId, Clock, Error, ErrorKind, Place, Region, Result};

use crate::endpoint::Endpoints;
use crate::request::Product;

/// What all clients of one provider share: HTTP connections, clock, endpoints, rate budgets.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    endpoints: Endpoints,
    limits: RateLimits,
    budgets: Mutex<BTreeMap<(AccountId, Region, Product), RateBudget>>,
    tap: Option<Arc<dyn Tap>>,
    /// How far the cloud's clock is ahead of ours, in milliseconds.
    skew: AtomicI64,
}

pub(crate) struct ConnectionSettings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endpoints: Endpoints,
    pub(crate) limits: RateLimits,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) tap: Option<Arc<dyn Tap>>,
}

impl Connection {
    pub(crate) fn new(settings: ConnectionSettings) -> Result<Self> {
        let http = http_client(&settings)?;
        Ok(Self(Arc::new(Inner {
            http,
            clock: settings.clock,
            endpoints: settings.endpoints,
            limits: settings.limits,
            tap: settings.tap,
            budgets: Mutex::default(),
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

    /// Who hears every signed exchange.
    pub(crate) fn tap(&self) -> Option<&dyn Tap> {
        self.0.tap.as_deref()
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    pub(crate) fn budget(&self, place: &Place, product: Product) -> RateBudget {
        let key = (place.account.clone(), place.region.clone(), product);
        let mut budgets = self
            .0
            .budgets
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let new = || RateBudget::new(self.0.clock.clone(), self.0.limits.clone());
        budgets.entry(key).or_insert_with(new).clone()
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
            "the local clock is wrong; going by the cloud's"
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

fn http_client(settings: &ConnectionSettings) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .user_agent(concat!("landbridge/", env!("CARGO_PKG_VERSION")));
    let builder = if settings.endpoints.is_local() {
        builder.no_proxy()
    } else {
        builder
    };
    builder.build().map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "the HTTP client cannot be set up").with_source(error)
    })
}
