use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use landbridge_core::keys::{self, Expiring};
use landbridge_core::{AccountId, Error, ErrorKind, Place, Result};

use super::{Credentials, Keys, StaticCredentials};
use crate::backend::CLOUD_NAME;
use crate::client::{AwsClient, Connection};
use crate::sts;

/// Keys of one source, kept while they are valid.
#[derive(Debug)]
pub(crate) struct KeyCache {
    source: Arc<dyn Credentials>,
    cache: keys::KeyCache<Keys>,
    bond: Option<Bond>,
}

/// What keys must keep belonging to.
#[derive(Debug)]
struct Bond {
    account: AccountId,
    /// The id of the keys that were given last, which are the account's.
    known: Mutex<Option<String>>,
}

impl KeyCache {
    /// Keys of any account.
    pub(crate) fn new(source: Arc<dyn Credentials>) -> Self {
        Self {
            source,
            cache: keys::KeyCache::default(),
            bond: None,
        }
    }

    /// Keys of one account. Whoever uses the first ones checks whose they are; other ones that the source gives later
    /// sign nothing before the cloud has said that they are the account's too.
    pub(crate) fn bound(source: Arc<dyn Credentials>, account: AccountId) -> Self {
        let bond = Bond {
            account,
            known: Mutex::default(),
        };
        Self {
            bond: Some(bond),
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
        if let Some(bond) = &self.bond {
            bond.check(connection, &keys).await?;
        }
        Ok(keys)
    }
}

impl Bond {
    async fn check(&self, connection: &Connection, keys: &Keys) -> Result<()> {
        let id = keys.access_key_id();
        if self.known().as_deref().is_some_and(|known| known != id) {
            let owner = owner_of(connection.clone(), keys.clone(), self.account.clone()).await?;
            if owner != self.account {
                return Err(self.foreign(&owner));
            }
        }
        *self.known() = Some(id.to_owned());
        Ok(())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn foreign(&self, owner: &AccountId) -> Error {
        let message = format!(
            "the source of keys for account {} now gives keys of account {owner}",
            self.account
        );
        Error::new(ErrorKind::Unauthenticated, message).with_remedy(format!(
            "let it give keys of {} again; nothing was signed with the others but the question whose they are",
            self.account
        ))
    }
}

/// Asks the cloud whose keys these are. Boxed, because asking takes a client, which has a cache of its own.
fn owner_of(
    connection: Connection,
    keys: Keys,
    account: AccountId,
) -> Pin<Box<dyn Future<Output = Result<AccountId>> + Send>> {
    Box::pin(async move {
        let place = Place::new(CLOUD_NAME, account, connection.sts_region().clone());
        let source = Arc::new(KeyCache::new(Arc::new(StaticCredentials::from(keys))));
        let client = AwsClient::new(connection, place, source);
        Ok(sts::caller_identity(&client).await?.account)
    })
}

impl Expiring for Keys {
    fn id(&self) -> &str {
        self.access_key_id()
    }

    fn expires_at(&self) -> Option<std::time::SystemTime> {
        self.expires_at()
    }
}
