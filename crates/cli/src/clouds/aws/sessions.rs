//! Sessions that live as long as a command.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_aws::Connection;
use landbridge_aws::credential::{Credentials, Keys, MfaCodes};
use landbridge_core::{Region, Result};
use secrecy::SecretString;

use crate::mfa::MfaPrompt;

/// How much longer a session must be good for to be used again.
const SPARE: Duration = Duration::from_secs(600);

#[async_trait]
impl MfaCodes for MfaPrompt {
    async fn code(&self, serial: &str) -> Result<SecretString> {
        MfaPrompt::code(self, serial).await
    }
}

/// Keys by account name. A code of a second factor is good for one call, so a command gets them once, however many
/// providers it makes.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<String, Arc<Shared>>>);

impl Sessions {
    /// The keys that this source gives, or gave before.
    pub(super) fn shared(
        &self,
        account: &str,
        source: Arc<dyn Credentials>,
    ) -> Arc<dyn Credentials> {
        let shared = || {
            Arc::new(Shared {
                source,
                keys: tokio::sync::Mutex::new(None),
            })
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(account.to_owned())
            .or_insert_with(shared)
            .clone()
    }
}

#[derive(Debug)]
struct Shared {
    source: Arc<dyn Credentials>,
    keys: tokio::sync::Mutex<Option<Keys>>,
}

#[async_trait]
impl Credentials for Shared {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let mut keys = self.keys.lock().await;
        let needed_until = connection.now() + SPARE;
        let lasts = |keys: &&Keys| keys.expires_at().is_none_or(|end| end > needed_until);
        if let Some(keys) = keys.as_ref().filter(lasts) {
            return Ok(keys.clone());
        }
        let fresh = self.source.fetch(connection).await?;
        *keys = Some(fresh.clone());
        Ok(fresh)
    }

    fn region(&self) -> Option<Region> {
        self.source.region()
    }
}
