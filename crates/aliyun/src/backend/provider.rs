use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::{
    AccountId, CallerIdentity, Capabilities, Cloud, CloudName, CloudProvider, Error, ErrorKind,
    Place, Result,
};

use super::{AliyunCloud, CLOUD, capabilities};
use crate::credential::{Credentials, KeyCache};
use crate::endpoint::NO_REGION;
use crate::sts;
use crate::transport::{AliyunClient, Connection};

/// Handles for the places of some accounts; they share connections, keys and rate budgets.
#[derive(Debug)]
pub struct AliyunProvider {
    connection: Connection,
    accounts: BTreeMap<AccountId, Arc<KeyCache>>,
    capabilities: Arc<Capabilities>,
}

impl AliyunProvider {
    pub(super) fn new(
        connection: Connection,
        accounts: BTreeMap<AccountId, Arc<KeyCache>>,
    ) -> Self {
        Self {
            connection,
            accounts,
            capabilities: Arc::new(capabilities::capabilities()),
        }
    }

    /// The handle for a place, with access to [raw calls](AliyunCloud::client).
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when there are no credentials for the account,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a place of another cloud.
    pub fn place(&self, place: &Place) -> Result<AliyunCloud> {
        self.client(place)
            .map(|client| AliyunCloud::new(client, self.capabilities.clone()))
    }

    /// A client for raw calls in a place.
    ///
    /// # Errors
    /// As [`place`](Self::place).
    pub fn client(&self, place: &Place) -> Result<AliyunClient> {
        if place.cloud.as_str() != CLOUD {
            let message = format!("{place} is no place of {CLOUD}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let keys = self
            .accounts
            .get(&place.account)
            .ok_or_else(|| unknown(place))?;
        Ok(AliyunClient::new(
            self.connection.clone(),
            place.clone(),
            keys.clone(),
        ))
    }

    /// Asks who the cloud says a source of keys is (`GetCallerIdentity`), whichever account it belongs to.
    ///
    /// # Errors
    /// When the source has no keys or the cloud refuses them.
    pub async fn identify(&self, source: Arc<dyn Credentials>) -> Result<CallerIdentity> {
        let place = Place::new(CloudName::from_static(CLOUD), "unknown", NO_REGION);
        let keys = Arc::new(KeyCache::new(source));
        let client = AliyunClient::new(self.connection.clone(), place, keys);
        sts::read_identity(&client.send(sts::get_caller_identity()).await?)
    }
}

fn unknown(place: &Place) -> Error {
    let message = format!("there are no credentials for account {}", place.account);
    Error::new(ErrorKind::Unauthenticated, message)
        .with_place(place.clone())
        .with_remedy("give the provider credentials for this account")
}

#[async_trait]
impl CloudProvider for AliyunProvider {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        Ok(Arc::new(self.place(place)?))
    }
}
