use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::backend::{Accounts, RateUsage};
use landbridge_core::cost::{PriceQuestion, PriceQuote};
use landbridge_core::handover::Guide;
use landbridge_core::policy::PolicyLanguage;
use landbridge_core::{
    AccountId, CallerIdentity, Capabilities, Cloud, CloudProvider, Error, ErrorKind, Footprint,
    FootprintSearch, Place, Region, Result,
};

use super::guide::AwsGuide;
use super::{AwsCloud, CLOUD_NAME, capabilities};
use crate::account::check_account;
use crate::client::{AwsClient, Connection};
use crate::credential::{Credentials, KeyCache};
use crate::policy::AwsPolicies;
use crate::sts;

/// Handles for the places of some accounts; they share connections, keys and rate budgets.
///
/// A service keeps one provider for all its life: accounts can be [added and changed](Self::set_credentials) and
/// [removed](Self::remove_account) while calls are under way, and nothing of the others is lost.
#[derive(Debug)]
pub struct AwsProvider {
    connection: Connection,
    accounts: Accounts<dyn Credentials, AwsCloud>,
    capabilities: Arc<Capabilities>,
}

impl AwsProvider {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            accounts: Accounts::new(CLOUD_NAME),
            capabilities: Arc::new(capabilities::capabilities()),
        }
    }

    /// A provider without accounts that shares all but those with this one: connections, the cloud's time, and the rate budgets of
    /// each account.
    ///
    /// A service whose topologies reach one account with keys of different tenants gives each topology a provider of its own.
    /// What they call together still stays within the account's rate.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self::new(self.connection.clone())
    }

    /// Adds an account, or replaces the credentials of one. Its handles use them from their next call on; calls under way
    /// end with the keys they have.
    ///
    /// Keys that replace others must belong to the account: the cloud is asked (`GetCallerIdentity`) before they sign
    /// anything else.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an account ID that is neither twelve digits, leading zeros included,
    /// nor [`AccountId::unknown`].
    pub fn set_credentials(
        &self,
        account: impl Into<AccountId>,
        source: Arc<dyn Credentials>,
    ) -> Result<()> {
        let account = account.into();
        if !account.is_unknown() {
            check_account(&account)?;
        }
        self.accounts.set(account, source);
        Ok(())
    }

    /// Removes an account and tells whether it was there. Its handles refuse their next call, even if the account is added
    /// again: ask for new ones then.
    pub fn remove_account(&self, account: &AccountId) -> bool {
        self.connection.forget(account);
        self.accounts.remove(account)
    }

    /// The accounts that have credentials here, in the order of their IDs.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.accounts.ids()
    }

    /// The handle for a place; the same one each time.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when there are no credentials for the account,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a place of another cloud or a malformed region.
    pub fn place(&self, place: &Place) -> Result<AwsCloud> {
        check_region(&place.region)?;
        self.accounts.handle(place, |keys| {
            let connection = self.connection.for_place(&place.region);
            let client = AwsClient::new(connection, place.clone(), keys);
            AwsCloud::new(client, self.capabilities.clone())
        })
    }

    /// Where an account as a whole is asked, if no region of it is known.
    pub(super) fn home(&self) -> &Region {
        self.connection.sts_region()
    }

    /// Asks the cloud which account and identity a source of keys belongs to (`GetCallerIdentity`), in the partition that
    /// the source says. The account need not be one of the provider's.
    ///
    /// # Errors
    /// When the source has no keys or the cloud refuses them.
    pub async fn identify(&self, source: Arc<dyn Credentials>) -> Result<CallerIdentity> {
        let connection = match source.region() {
            Some(region) => self.connection.near(&region),
            None => self.connection.clone(),
        };
        let place = Place::new(
            CLOUD_NAME,
            AccountId::unknown(),
            connection.sts_region().clone(),
        );
        let keys = Arc::new(KeyCache::new(source));
        let client = AwsClient::new(connection, place, keys);
        sts::caller_identity(&client).await
    }
}

// The region becomes part of a host name.
fn check_region(region: &Region) -> Result<()> {
    if is_region(region) {
        return Ok(());
    }
    let message = format!("invalid region `{region}`: expected one such as `eu-central-1`");
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn is_region(region: &Region) -> bool {
    let name = region.as_str();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() < 64 && name.bytes().all(plain)
}

#[async_trait]
impl CloudProvider for AwsProvider {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        Ok(Arc::new(self.place(place)?))
    }

    async fn footprint(&self, search: &FootprintSearch) -> Footprint {
        self.search(search).await
    }

    async fn describe_price(&self, question: &PriceQuestion) -> Result<PriceQuote> {
        self.quote(question).await
    }

    fn set_rate_share(&self, account: &AccountId, share: f64) {
        self.connection.budgets().set_share(account, share);
    }

    fn rate_usage(&self, account: &AccountId) -> RateUsage {
        self.connection.budgets().usage(account)
    }

    fn rate_demand(&self, account: &AccountId) -> u64 {
        self.connection.budgets().demand(account)
    }

    fn guide(&self) -> Option<&dyn Guide> {
        Some(&AwsGuide)
    }

    fn policy_language(&self) -> Option<&dyn PolicyLanguage> {
        Some(&AwsPolicies)
    }
}
