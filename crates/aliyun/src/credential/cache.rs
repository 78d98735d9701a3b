use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use landbridge_core::keys::{self, Binding, Expiring};
use landbridge_core::{
    AccountId, CallerIdentity, CloudName, Error, ErrorKind, Place, Region, Result,
};

use super::{Credentials, Keys, StaticCredentials};
use crate::backend::CLOUD;
use crate::sts;
use crate::transport::{AliyunClient, Connection};

/// Keys of one source, kept while they are valid.
#[derive(Debug)]
pub(crate) struct KeyCache {
    source: Arc<dyn Credentials>,
    account: AccountId,
    binding: Option<Binding>,
    cache: keys::KeyCache<Keys>,
}

impl KeyCache {
    /// Keys of whichever account.
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

    /// Keys that are valid now. STS is asked in `region` if it must be.
    pub(crate) async fn get(&self, connection: &Connection, region: &Region) -> Result<Keys> {
        self.cache
            .get(connection.now(), self.fetch(connection, region))
            .await
    }

    /// Other keys than `refused`, unless somebody else has fetched some meanwhile.
    pub(crate) async fn renew(
        &self,
        connection: &Connection,
        region: &Region,
        refused: &Keys,
    ) -> Result<()> {
        let fetch = self.fetch(connection, region);
        self.cache.renew(connection.now(), refused, fetch).await
    }

    async fn fetch(&self, connection: &Connection, region: &Region) -> Result<Keys> {
        let keys = self.source.fetch(connection).await?;
        check_life(&keys, connection.now())?;
        if let Some(binding) = &self.binding {
            let place = Place::new(
                CloudName::from_static(CLOUD),
                self.account.clone(),
                region.clone(),
            );
            binding
                .check(&keys, identify(connection, place, &keys))
                .await?;
        }
        Ok(keys)
    }
}

fn check_life(keys: &Keys, now: SystemTime) -> Result<()> {
    if keys.expires_at().is_none_or(|end| now < end) {
        return Ok(());
    }
    let message = format!(
        "the keys from {} have expired already",
        keys.origin().unwrap_or("their source")
    );
    Err(Error::new(ErrorKind::SessionExpired, message)
        .with_remedy("check that the source renews its keys, and the clock of this machine"))
}

// Boxed, because the client that asks has a cache of its own.
fn identify(
    connection: &Connection,
    place: Place,
    keys: &Keys,
) -> BoxFuture<'static, Result<CallerIdentity>> {
    let source = Arc::new(StaticCredentials::from(keys.clone()));
    let cache = Arc::new(KeyCache::new(source));
    let client = AliyunClient::new(connection.clone(), place, cache);
    Box::pin(async move { sts::read_identity(&client.send(sts::get_caller_identity()).await?) })
}

impl Expiring for Keys {
    fn id(&self) -> &str {
        self.access_key_id()
    }

    fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at()
    }
}
