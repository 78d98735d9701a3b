use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use landbridge_core::wire::Tap;
use landbridge_core::{AccountId, Clock, Region, Result, SystemClock};

use super::provider::AwsProvider;
use crate::account::check_account;
use crate::client::{Connection, ConnectionSettings};
use crate::credential::{Credentials, KeyCache};
use crate::endpoint::Endpoint;

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
                sts_region: Region::from("us-east-1"),
                connect_timeout: Duration::from_secs(5),
                timeout: Duration::from_secs(30),
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

    /// Uses one address for all services and regions, as a simulator wants it; the metadata services of instances and
    /// containers stay where they are. Default: the public endpoints; no variable and no file changes them, but for the
    /// SDK's own requests for keys (web identity, single sign-on).
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for an address that is malformed, or not encrypted and not on
    /// loopback.
    pub fn endpoint(mut self, address: &str) -> Result<Self> {
        self.settings.endpoint = Some(Endpoint::parse(address)?);
        Ok(self)
    }

    /// Lets somebody hear every request to EC2, STS and IAM and its answer, such as a recorder. What the SDK's own
    /// sources of keys ask is not told.
    pub fn tap(mut self, tap: Arc<dyn Tap>) -> Self {
        self.settings.tap = Some(tap);
        self
    }

    /// Sets the source of keys of an account.
    ///
    /// Keys that it gives later and that are other ones must be that account's too: the cloud is asked
    /// (`GetCallerIdentity`) before they sign anything else.
    pub fn credentials(
        mut self,
        account: impl Into<AccountId>,
        source: Arc<dyn Credentials>,
    ) -> Self {
        self.accounts.insert(account.into(), source);
        self
    }

    /// Sets the region whose STS opens sessions, and whose partition is spoken to where no place says a region.
    /// Default `us-east-1`.
    pub fn sts_region(mut self, region: impl Into<Region>) -> Self {
        self.settings.sts_region = region.into();
        self
    }

    /// Sets how long connecting may take. Default 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// Sets how long one attempt may take in all. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Makes the provider. Nothing is sent yet.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for an account id that is not twelve digits: leading
    /// zeros belong to it.
    pub fn build(self) -> Result<AwsProvider> {
        for account in self.accounts.keys() {
            check_account(account)?;
        }
        let connection = Connection::new(self.settings);
        let cache = |(account, source): (AccountId, _)| {
            let keys = KeyCache::bound(source, account.clone());
            (account, Arc::new(keys))
        };
        let accounts = self.accounts.into_iter().map(cache).collect();
        Ok(AwsProvider::new(connection, accounts))
    }
}
