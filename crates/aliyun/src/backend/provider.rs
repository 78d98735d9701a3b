use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::backend::{Accounts, RateUsage};
use landbridge_core::cost::{PriceQuestion, PriceQuote};
use landbridge_core::handover::Guide;
use landbridge_core::policy::PolicyLanguage;
use landbridge_core::{
    AccountId, CallerIdentity, Capabilities, Cloud, CloudName, CloudProvider, Footprint,
    FootprintSearch, Place, Result,
};

use super::guide::AliyunGuide;
use super::{AliyunCloud, CLOUD, capabilities};
use crate::credential::{Credentials, KeyCache};
use crate::endpoint::NO_REGION;
use crate::policy::AliyunPolicies;
use crate::sts;
use crate::transport::{AliyunClient, Connection};

/// Handles for the places of some accounts; they share connections, keys and rate budgets.
///
/// A service keeps one provider for all its life: accounts can be [added and changed](Self::set_credentials) and
/// [removed](Self::remove_account) while calls are under way, and nothing of the others is lost.
#[derive(Debug)]
pub struct AliyunProvider {
    connection: Connection,
    accounts: Accounts<dyn Credentials, AliyunCloud>,
    capabilities: Arc<Capabilities>,
}

impl AliyunProvider {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            accounts: Accounts::new(CloudName::from_static(CLOUD)),
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
    pub fn set_credentials(&self, account: impl Into<AccountId>, source: Arc<dyn Credentials>) {
        self.accounts.set(account.into(), source);
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

    /// The handle for a place, the same one each time, with access to [raw calls](AliyunCloud::client).
    ///
    /// # Errors
    /// [`Unauthenticated`](landbridge_core::ErrorKind::Unauthenticated) when there are no credentials for the account,
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for a place of another cloud.
    pub fn place(&self, place: &Place) -> Result<AliyunCloud> {
        self.accounts.handle(place, |keys| {
            let client = AliyunClient::new(self.connection.clone(), place.clone(), keys);
            AliyunCloud::new(client, self.capabilities.clone())
        })
    }

    /// A client for raw calls in a place.
    ///
    /// # Errors
    /// As [`place`](Self::place).
    pub fn client(&self, place: &Place) -> Result<AliyunClient> {
        Ok(self.place(place)?.client().clone())
    }

    /// Asks the cloud which account and identity a source of keys belongs to (`GetCallerIdentity`). The account need not
    /// be one of the provider's.
    ///
    /// # Errors
    /// When the source has no keys or the cloud refuses them.
    pub async fn identify(&self, source: Arc<dyn Credentials>) -> Result<CallerIdentity> {
        let place = Place::new(
            CloudName::from_static(CLOUD),
            AccountId::unknown(),
            NO_REGION,
        );
        let keys = Arc::new(KeyCache::new(source));
        let client = AliyunClient::new(self.connection.clone(), place, keys);
        sts::read_identity(client.send(sts::get_caller_identity()).await?.root())
    }
}

#[async_trait]
impl CloudProvider for AliyunProvider {
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
        Some(&AliyunGuide)
    }

    fn policy_language(&self) -> Option<&dyn PolicyLanguage> {
        Some(&AliyunPolicies)
    }
}
