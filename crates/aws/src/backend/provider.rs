use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use landbridge_core::{
    AccountId, CallerIdentity, Capabilities, Cloud, CloudProvider, Error, ErrorKind, Place, Region,
    Result,
};

use super::{AwsCloud, CLOUD, CLOUD_NAME, capabilities};
use crate::client::{AwsClient, Connection};
use crate::credential::{Credentials, KeyCache};
use crate::sts;

/// Handles for the places of some accounts; they share connections, keys and rate budgets.
#[derive(Debug)]
pub struct AwsProvider {
    connection: Connection,
    accounts: BTreeMap<AccountId, Arc<KeyCache>>,
    capabilities: Arc<Capabilities>,
    places: Mutex<BTreeMap<Place, AwsCloud>>,
}

impl AwsProvider {
    pub(super) fn new(
        connection: Connection,
        accounts: BTreeMap<AccountId, Arc<KeyCache>>,
    ) -> Self {
        Self {
            connection,
            accounts,
            capabilities: Arc::new(capabilities::capabilities()),
            places: Mutex::default(),
        }
    }

    /// The handle for a place; the same one each time.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when there are no credentials for the account,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a place of another cloud or a region that is none.
    pub fn place(&self, place: &Place) -> Result<AwsCloud> {
        check(place)?;
        let keys = self
            .accounts
            .get(&place.account)
            .ok_or_else(|| unknown(place))?;
        let new = || {
            let client = AwsClient::new(self.connection.clone(), place.clone(), keys.clone());
            AwsCloud::new(client, self.capabilities.clone())
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(places.entry(place.clone()).or_insert_with(new).clone())
    }

    /// Asks who the cloud says a source of keys is (`GetCallerIdentity`), whichever account it belongs to.
    ///
    /// # Errors
    /// When the source has no keys or the cloud refuses them.
    pub async fn identify(&self, source: Arc<dyn Credentials>) -> Result<CallerIdentity> {
        let place = Place::new(CLOUD_NAME, "unknown", self.connection.sts_region().clone());
        let keys = Arc::new(KeyCache::new(source));
        let client = AwsClient::new(self.connection.clone(), place, keys);
        sts::caller_identity(&client).await
    }
}

// The region becomes part of a host name.
fn check(place: &Place) -> Result<()> {
    if place.cloud.as_str() != CLOUD {
        let message = format!("{place} is no place of {CLOUD}");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    if !is_region(&place.region) {
        let message = format!("`{}` is no region", place.region);
        return Err(Error::new(ErrorKind::InvalidInput, message)
            .with_remedy("write it like `eu-central-1`"));
    }
    Ok(())
}

fn is_region(region: &Region) -> bool {
    let name = region.as_str();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() < 64 && name.bytes().all(plain)
}

fn unknown(place: &Place) -> Error {
    let message = format!("there are no credentials for account {}", place.account);
    Error::new(ErrorKind::Unauthenticated, message)
        .with_place(place.clone())
        .with_remedy("give the provider credentials for this account")
}

#[async_trait]
impl CloudProvider for AwsProvider {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        Ok(Arc::new(self.place(place)?))
    }
}
