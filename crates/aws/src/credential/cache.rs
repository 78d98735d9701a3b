use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::backend::{self, ProviderConnection};
use landbridge_core::{AccountId, CallerIdentity, Clock, Place, Region, Result};

use super::{Credentials, Keys, StaticCredentials};
use crate::backend::CLOUD_NAME;
use crate::client::{AwsClient, Connection};
use crate::sts;

/// Keys of one source, kept while they are valid.
pub(crate) type KeyCache = backend::KeyCache<dyn Credentials>;

#[async_trait]
impl ProviderConnection for Connection {
    type Source = dyn Credentials;

    fn clock(&self) -> &Arc<dyn Clock> {
        self.clock()
    }

    async fn fetch(&self, source: &dyn Credentials) -> Result<Keys> {
        source.fetch(self).await
    }

    async fn identify(
        &self,
        keys: &Keys,
        account: &AccountId,
        region: &Region,
    ) -> Result<CallerIdentity> {
        let place = Place::new(CLOUD_NAME, account.clone(), region.clone());
        let source = Arc::new(StaticCredentials::from(keys.clone()));
        let client = AwsClient::new(self.clone(), place, Arc::new(KeyCache::new(source)));
        sts::caller_identity(&client).await
    }
}
