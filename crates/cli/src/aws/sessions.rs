use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_aws::Connection;
use landbridge_aws::credential::{Credentials, Keys, Mfa, MfaCodes, SessionTokenCredentials};
use landbridge_core::Result;
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

/// Sessions of users who have shown their second factor, by account name. A code is good for one call, so a command
/// opens each session once, however many providers it makes.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<String, Arc<Session>>>);

impl Sessions {
    /// The session of the user whose keys these are.
    pub(super) fn of(
        &self,
        account: &str,
        user: Arc<dyn Credentials>,
        serial: String,
        prompt: &Arc<MfaPrompt>,
    ) -> Arc<dyn Credentials> {
        let codes: Arc<dyn MfaCodes> = prompt.clone();
        let session = || {
            let source = SessionTokenCredentials::new(user).with_mfa(Mfa::new(serial, codes));
            Arc::new(Session {
                source,
                keys: tokio::sync::Mutex::new(None),
            })
        };
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .entry(account.to_owned())
            .or_insert_with(session)
            .clone()
    }
}

#[derive(Debug)]
struct Session {
    source: SessionTokenCredentials,
    keys: tokio::sync::Mutex<Option<Keys>>,
}

#[async_trait]
impl Credentials for Session {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let mut keys = self.keys.lock().await;
        let needed_until = connection.now() + SPARE;
        if let Some(keys) = keys
            .as_ref()
            .filter(|keys| keys.expires_at() > Some(needed_until))
        {
            return Ok(keys.clone());
        }
        let fresh = self.source.fetch(connection).await?;
        *keys = Some(fresh.clone());
        Ok(fresh)
    }
}
