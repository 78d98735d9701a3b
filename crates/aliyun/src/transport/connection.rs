use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use landbridge_core::backend::{
    CloudTime, HttpOptions, RateBudget, RateBudgets, RateLimits, Reader, Tap,
};
use landbridge_core::{AccountId, Clock, Place, Result};

use super::http;
use crate::endpoint::Endpoints;
use crate::request::Product;

/// What all clients of one provider share: HTTP connections, clock, endpoints, rate budgets.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    time: CloudTime,
    options: HttpOptions,
    endpoints: Endpoints,
    limits: RateLimits,
    budgets: RateBudgets<Product>,
    tap: Option<Arc<dyn Tap>>,
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
            time: CloudTime::new(settings.clock),
            endpoints: settings.endpoints,
            limits: settings.limits,
            tap: settings.tap,
        })))
    }

    /// The present time as the cloud sees it: the clock's, corrected by the dates of its answers.
    pub fn now(&self) -> SystemTime {
        self.0.time.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.0.time.clock()
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

    /// The reader, as one who reads through this connection.
    pub(crate) fn shown_in(&self, reader: Reader) -> Reader {
        reader.through(&self.0)
    }

    /// The rate budgets of all accounts.
    pub(crate) fn budgets(&self) -> &RateBudgets<Product> {
        &self.0.budgets
    }

    /// Forgets what it knows of an account that was removed.
    pub(crate) fn forget(&self, account: &AccountId) {
        self.0.budgets.forget(account);
    }

    /// The cloud's time.
    pub(crate) fn time(&self) -> &CloudTime {
        &self.0.time
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
