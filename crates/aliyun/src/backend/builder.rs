use std::collections::BTreeMap;
use std::sync::Arc;

use landbridge_core::backend::{HttpOptions, RateLimits, Tap};
use landbridge_core::{AccountId, Clock, Result, SystemClock};

use super::provider::AliyunProvider;
use crate::credential::Credentials;
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
            http: HttpOptions::new(),
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
    http: HttpOptions,
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

    /// Uses one address for all products and regions, such as that of a simulator.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for an address that is malformed, or not encrypted
    /// and not on loopback.
    pub fn endpoint(mut self, address: &str) -> Result<Self> {
        self.endpoints = self.endpoints.with_address(address)?;
        Ok(self)
    }

    /// Adds an account with the source of its keys. A living provider takes others:
    /// [`AliyunProvider::set_credentials`].
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

    /// Sets proxy, root certificates and timeouts. Default: [`HttpOptions::new`].
    ///
    /// Proxy and root certificates are used for credentials too, where they come from the network. Sources on this machine
    /// or its link, such as the metadata service, are asked without a proxy and with short timeouts of their own.
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    /// Sets a listener to every request to the cloud and its answer, such as a recorder. It does not hear requests to
    /// metadata services and credential addresses.
    pub fn tap(mut self, tap: Arc<dyn Tap>) -> Self {
        self.tap = Some(tap);
        self
    }

    /// Makes the provider. Nothing is sent yet.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for root certificates that cannot be read, and when the
    /// HTTP client cannot be set up.
    pub fn build(self) -> Result<AliyunProvider> {
        let connection = Connection::new(ConnectionSettings {
            clock: self.clock,
            endpoints: self.endpoints,
            limits: self.limits,
            http: self.http,
            tap: self.tap,
        })?;
        let provider = AliyunProvider::new(connection);
        for (account, source) in self.accounts {
            provider.set_credentials(account, source);
        }
        Ok(provider)
    }
}
