use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use landbridge_core::rate::RateLimits;
use landbridge_core::wire::Tap;
use landbridge_core::{AccountId, Clock, Result, SystemClock};

use super::provider::AliyunProvider;
use crate::credential::{Credentials, KeyCache};
use crate::endpoint::Endpoints;
use crate::transport::{Connection, ConnectionSettings};

/// The way in: [`Aliyun::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Aliyun;

impl Aliyun {
    /// A provider without accounts, with the machine's clock and the public endpoints.
    pub fn builder() -> AliyunBuilder {
        AliyunBuilder {
            clock: Arc::new(SystemClock::new()),
            endpoints: Endpoints::new(),
            limits: RateLimits::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            tap: None,
            accounts: BTreeMap::new(),
        }
    }
}

/// Options of an [`AliyunProvider`].
#[derive(Debug)]
#[must_use]
pub struct AliyunBuilder {
    clock: Arc<dyn Clock>,
    endpoints: Endpoints,
    limits: RateLimits,
    connect_timeout: Duration,
    timeout: Duration,
    tap: Option<Arc<dyn Tap>>,
    accounts: BTreeMap<AccountId, Arc<dyn Credentials>>,
}

impl AliyunBuilder {
    /// Sets the clock. Default: the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the endpoints. Default: the public ones; variables are read only if
    /// [`Endpoints::with_environment`] is used.
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// Uses one address for all products and regions, as a simulator wants it.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for an address that is malformed, or not encrypted
    /// and not on loopback.
    pub fn endpoint(mut self, address: &str) -> Result<Self> {
        self.endpoints = self.endpoints.with_address(address)?;
        Ok(self)
    }

    /// Sets the source of keys of an account.
    pub fn credentials(
        mut self,
        account: impl Into<AccountId>,
        source: Arc<dyn Credentials>,
    ) -> Self {
        self.accounts.insert(account.into(), source);
        self
    }

    /// Sets the limits of each (account, region, product). Default: [`RateLimits::default`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long connecting may take. Default 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long one attempt may take in all. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Lets somebody hear every request to the cloud and its answer, such as a recorder. Requests to metadata services
    /// and credential addresses are not told.
    pub fn tap(mut self, tap: Arc<dyn Tap>) -> Self {
        self.tap = Some(tap);
        self
    }

    /// Makes the provider. Nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn build(self) -> Result<AliyunProvider> {
        let connection = Connection::new(ConnectionSettings {
            clock: self.clock,
            endpoints: self.endpoints,
            limits: self.limits,
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
            tap: self.tap,
        })?;
        let cache = |(account, source): (AccountId, _)| {
            let keys = KeyCache::bound(source, account.clone());
            (account, Arc::new(keys))
        };
        let accounts = self.accounts.into_iter().map(cache).collect();
        Ok(AliyunProvider::new(connection, accounts))
    }
}
