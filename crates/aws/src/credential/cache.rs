use std::sync::Arc;

use futures_util::future::BoxFuture;
use landbridge_core::keys::{self, Binding, Expiring};
use landbridge_core::{AccountId, CallerIdentity, Place, Result};

use super::{Credentials, Keys, StaticCredentials};
use crate::backend::CLOUD_NAME;
use crate::client::{AwsClient, Connection};
use crate::sts;

/// Keys of one source, kept while they are valid.
#[derive(Debug)]
pub(crate) struct KeyCache {
    source: Arc<dyn Credentials>,
    account: AccountId,
    binding: Option<Binding>,
    cache: keys::KeyCache<Keys>,
}

impl KeyCache {
    /// Keys of any account.
    pub(crate) fn new(source: Arc<dyn Credentials>) -> Self {
        Self {
            source,
            account: AccountId::new("unknown"),
            binding: None,
            cache: keys::KeyCache::default(),
        }
    }

    /// Keys that must keep belonging to `account`, whatever the source does.
    pub(crate) fn bound(source: Arc<dyn Credentials>, account: AccountId) -> Self {
        Self {
            account: account.clone(),
            binding: Some(Binding::new(account)),
            ..Self::new(source)
        }
    }

    /// Keys that are valid now.
    pub(crate) async fn get(&self, connection: &Connection) -> Result<Keys> {
        self.cache
            .get(connection.now(), self.fetch(connection))
            .await
    }

    /// Other keys than `refused`, unless somebody else has fetched some meanwhile.
    pub(crate) async fn renew(&self, connection: &Connection, refused: &Keys) -> Result<()> {
        self.cache
            .renew(connection.now(), refused, self.fetch(connection))
            .await
    }

    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let keys = self.source.fetch(connection).await?;
        if let Some(binding) = &self.binding {
            let owner = identify(connection, self.account.clone(), &keys);
            binding.check(&keys, owner).await?;
        }
        Ok(keys)
    }
}

// Boxed, because the client that asks has a cache of its own.
fn identify(
    connection: &Connection,
    account: AccountId,
    keys: &Keys,
) -> BoxFuture<'static, Result<CallerIdentity>> {
    let place = Place::new(CLOUD_NAME, account, connection.sts_region().clone());
    let source = Arc::new(StaticCredentials::from(keys.clone()));
    let client = AwsClient::new(connection.clone(), place, Arc::new(KeyCache::new(source)));
    Box::pin(async move { sts::caller_identity(&client).await })
}

impl Expiring for Keys {
    fn id(&self) -> &str {
        self.access_key_id()
    }

    fn expires_at(&self) -> Option<std::time::SystemTime> {
        self.expires_at()
    }
}
