use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{AccountId, Place, Region, Result, SessionToken};

use super::{Credentials, KeyCache, Keys, Mfa};
use crate::backend::CLOUD_NAME;
use crate::client::{AwsClient, Connection};
use crate::sts;

/// Temporary keys of a user who has shown the code of an MFA device (STS `GetSessionToken`).
///
/// The source must give a user's long-term keys. The session may not call IAM without MFA, nor any of STS but
/// `AssumeRole` and `GetCallerIdentity`.
#[derive(Clone, Debug)]
pub struct SessionTokenCredentials {
    source: Arc<KeyCache>,
    mfa: Option<Mfa>,
    request: SessionToken,
    region: Option<Region>,
}

impl SessionTokenCredentials {
    /// A session of 12 hours without MFA.
    pub fn new(source: Arc<dyn Credentials>) -> Self {
        Self {
            region: source.region(),
            source: Arc::new(KeyCache::new(source)),
            mfa: None,
            request: SessionToken::new(),
        }
    }

    /// Proves an MFA device.
    #[must_use]
    pub fn with_mfa(mut self, mfa: Mfa) -> Self {
        self.mfa = Some(mfa);
        self
    }

    /// Sets how long a session lives, from 15 minutes to 36 hours.
    #[must_use]
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.request = self.request.with_duration(duration);
        self
    }
}

#[async_trait]
impl Credentials for SessionTokenCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        sts::check_session_token(self.request.duration)?;
        let connection = match &self.region {
            Some(region) => connection.near(region),
            None => connection.clone(),
        };
        let region = connection.sts_region().clone();
        let place = Place::new(CLOUD_NAME, AccountId::unknown(), region);
        let client = AwsClient::new(connection, place, self.source.clone());
        let mut request = self.request.clone();
        if let Some(mfa) = &self.mfa {
            request = request.with_mfa(mfa.shown().await?);
        }
        let session = sts::session_token(&client, &request).await?;
        Ok(Keys::from(session).with_origin("the session with a second factor"))
    }

    fn region(&self) -> Option<Region> {
        self.region.clone()
    }
}
