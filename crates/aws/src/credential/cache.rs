use std::sync::Arc;

use landbridge_core::Result;
use landbridge_core::keys::{self, Expiring};

use super::{Credentials, Keys};
use crate::client::Connection;

/// Keys of one source, kept while they are valid.
#[derive(Debug)]
pub(crate) struct KeyCache {
    source: Arc<dyn Credentials>,
    cache: keys::KeyCache<Keys>,
}

impl KeyCache {
    pub(crate) fn new(source: Arc<dyn Credentials>) -> Self {
        Self {
            source,
            cache: keys::KeyCache::default(),
        }
    }

    /// Keys that are valid now.
    pub(crate) async fn get(&self, connection: &Connection) -> Result<Keys> {
        self.cache
            .get(connection.now(), self.source.fetch(connection))
            .await
    }

    /// Other keys than `refused`, unless somebody else has fetched some meanwhile.
    pub(crate) async fn renew(&self, connection: &Connection, refused: &Keys) -> Result<()> {
        self.cache
            .renew(connection.now(), refused, self.source.fetch(connection))
            .await
    }
}

impl Expiring for Keys {
    fn id(&self) -> &str {
        self.access_key_id()
    }

    fn expires_at(&self) -> Option<std::time::SystemTime> {
        self.expires_at()
    }
}
