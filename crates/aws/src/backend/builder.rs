use std::collections::BTreeMap;
use std::sync::Arc;

use landbridge_core::backend::{EndpointAddress, HttpOptions, Tap};
use landbridge_core::{AccountId, Clock, Region, Result, SystemClock};

use super::provider::AwsProvider;
use crate::client::{Connection, ConnectionSettings};
use crate::credential::Credentials;

/// The way in: [`Aws::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Aws;

impl Aws {
    /// A provider without accounts, with the machine's clock and the public endpoints.
    pub fn builder() -> AwsBuilder {
        AwsBuilder {
            settings: ConnectionSettings {
                clock: Arc::new(SystemClock::new()),
                endpoint: None,
                sts_region: None,
                http: HttpOptions::new(),
                tap: None,
            },
            accounts: BTreeMap::new(),
        }
    }
}

/// Options of an [`AwsProvider`].
#[derive(Debug)]
#[must_use]
pub struct AwsBuilder {
    settings: ConnectionSettings,
    accounts: BTreeMap<AccountId, Arc<dyn Credentials>>,
}

impl AwsBuilder {
    /// Sets the clock. Default: the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Uses one address for all services and regions, such as that of a simulator; the metadata services of instances and
    /// containers stay where they are. Default: the public endpoints; no variable and no file changes them, but for the
    /// SDK's own requests for keys (web identity, single sign-on).
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for an address that is malformed, or not encrypted and not on
    /// loopback.
    pub fn endpoint(mut self, address: &str) -> Result<Self> {
        self.settings.endpoint = Some(EndpointAddress::parse(address)?);
        Ok(self)
    }

    /// Sets a listener to every request to EC2, STS and IAM and its answer, such as a recorder. It does not hear requests
    /// of the SDK's own sources of keys.
    pub fn tap(mut self, tap: Arc<dyn Tap>) -> Self {
        self.settings.tap = Some(tap);
        self
    }

    /// Adds an account with the source of its keys. A living provider takes others: [`AwsProvider::set_credentials`].
    ///
    /// Other keys that the source gives later must belong to the account too: the cloud is asked (`GetCallerIdentity`)
    /// before they sign anything else.
    pub fn credentials(
        mut self,
        account: impl Into<AccountId>,
        source: Arc<dyn Credentials>,
    ) -> Self {
        self.accounts.insert(account.into(), source);
        self
    }

    /// Sets the region whose STS opens sessions, for keys of its partition, and whose partition is spoken to where neither a
    /// place nor the source of the keys says a region. Default: the region of a profile, or the home region of the
    /// partition: `us-east-1`, `cn-north-1`, `us-gov-west-1`, `eusc-de-east-1` and so on.
    pub fn sts_region(mut self, region: impl Into<Region>) -> Self {
        self.settings.sts_region = Some(region.into());
        self
    }

    /// Sets proxy, root certificates and timeouts. Default: [`HttpOptions::new`].
    ///
    /// All of them hold for requests to EC2, STS and IAM. The SDK's own sources of keys (web identity, single sign-on,
    /// metadata services) use the proxy and the root certificates, with the SDK's timeouts; the metadata services of
    /// instances and containers are asked without the proxy.
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.settings.http = options;
        self
    }

    /// Makes the provider. Nothing is sent yet.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for an account ID that is neither twelve digits, leading
    /// zeros included, nor [`AccountId::unknown`], and for root certificates that cannot be read.
    pub fn build(self) -> Result<AwsProvider> {
        let provider = AwsProvider::new(Connection::new(self.settings)?);
        for (account, source) in self.accounts {
            provider.set_credentials(account, source)?;
        }
        Ok(provider)
    }
}
