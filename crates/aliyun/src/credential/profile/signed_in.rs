use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};

use crate::credential::{Credentials, Keys};
use crate::transport::Connection;

/// Keys that the CLI wrote into its file when its user signed in. Only the CLI can renew them.
#[derive(Debug)]
pub(super) struct SignedInCredentials {
    /// With their end.
    pub(super) keys: Keys,
    /// How to sign in.
    pub(super) remedy: String,
}

#[async_trait]
impl Credentials for SignedInCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let now = connection.now();
        if self.keys.expires_at().is_none_or(|end| now < end) {
            return Ok(self.keys.clone());
        }
        let origin = self.keys.origin().unwrap_or("the profile");
        let message = format!("the session of {origin} has expired");
        Err(Error::new(ErrorKind::SessionExpired, message)
            .with_remedy(self.remedy.clone())
            .exhausted())
    }
}
