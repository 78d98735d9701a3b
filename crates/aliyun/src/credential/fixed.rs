use async_trait::async_trait;
use landbridge_core::Result;
use secrecy::SecretString;

use super::{Credentials, Keys};
use crate::transport::Connection;

/// Keys given by the program.
#[derive(Clone, Debug)]
pub struct StaticCredentials(Keys);

impl StaticCredentials {
    /// Keys of a user or an account.
    pub fn new(
        access_key_id: impl Into<String>,
        access_key_secret: impl Into<SecretString>,
    ) -> Self {
        Self(Keys::new(access_key_id, access_key_secret))
    }

    /// Sets the token of a session.
    #[must_use]
    pub fn with_token(self, token: impl Into<SecretString>) -> Self {
        Self(self.0.with_token(token))
    }

    /// Sets where the program has them from, for messages.
    #[must_use]
    pub fn with_origin(self, origin: impl Into<String>) -> Self {
        Self(self.0.with_origin(origin))
    }
}

impl From<Keys> for StaticCredentials {
    fn from(keys: Keys) -> Self {
        Self(keys)
    }
}

#[async_trait]
impl Credentials for StaticCredentials {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        Ok(self.0.clone())
    }
}
