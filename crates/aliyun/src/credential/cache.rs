use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use landbridge_core::backend::{self, ProviderConnection};
use landbridge_core::{
    AccountId, CallerIdentity, Clock, CloudName, Error, ErrorKind, Place, Region, Result,
};

use super::{Credentials, Keys, StaticCredentials};
use crate::backend::CLOUD;
use crate::sts;
use crate::transport::{AliyunClient, Connection};

/// Keys of one source, kept while they are valid.
pub(crate) type KeyCache = backend::KeyCache<dyn Credentials>;

#[async_trait]
impl ProviderConnection for Connection {
    type Source = dyn Credentials;

    fn clock(&self) -> &Arc<dyn Clock> {
        self.clock()
    }

    fn now(&self) -> SystemTime {
        self.now()
    }

    fn set_time(&self, cloud: SystemTime) {
        self.set_time(cloud);
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
        let cloud = CloudName::from_static(CLOUD);
        let place = Place::new(cloud, account.clone(), region.clone());
        let source = Arc::new(StaticCredentials::from(keys.clone()));
        let client = AliyunClient::new(self.clone(), place, Arc::new(KeyCache::new(source)));
        sts::read_identity(&client.send(sts::get_caller_identity()).await?)
    }

    // "Expired" must name the token of which source. One without a known end cannot be renewed here.
    fn explain(&self, error: Error, keys: &Keys) -> Error {
        if keys.token().is_none() || error.kind() != ErrorKind::SessionExpired {
            return error;
        }
        let what = match error.code() {
            Some("InvalidSecurityToken.Expired") => "has expired",
            _ => "is not accepted",
        };
        let origin = keys.origin().unwrap_or("the keys that were given");
        let message = format!(
            "the session token from {origin} {what}: {}",
            error.message()
        );
        let error = error.with_message(message).exhausted();
        match keys.expires_at() {
            None => error.with_remedy("open a new session and store its keys there"),
            Some(_) => error,
        }
    }
}
