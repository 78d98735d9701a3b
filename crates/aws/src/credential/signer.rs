use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_credential_types::provider::{ProvideCredentials, Result};
use secrecy::ExposeSecret;

use super::{KeyCache, Keys};
use crate::client::Connection;

/// Gives the SDK the keys of the cache. `Debug` shows no secret.
#[derive(Debug)]
pub(crate) struct Signer {
    keys: Arc<KeyCache>,
    connection: Connection,
}

impl Signer {
    pub(crate) fn new(keys: Arc<KeyCache>, connection: Connection) -> Self {
        Self { keys, connection }
    }

    async fn load(&self) -> Result {
        let region = self.connection.sts_region();
        match self.keys.get(&self.connection, region).await {
            Ok(keys) => {
                if let Some(tap) = self.connection.tap() {
                    tap.signs_with(keys.access_key_secret().expose_secret());
                }
                Ok(for_sdk(&keys))
            }
            Err(error) => Err(CredentialsError::provider_error(error)),
        }
    }
}

impl ProvideCredentials for Signer {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        Provided::new(self.load())
    }
}

fn for_sdk(keys: &Keys) -> Credentials {
    let token = keys.token().map(|token| token.expose_secret().to_owned());
    Credentials::new(
        keys.access_key_id(),
        keys.access_key_secret().expose_secret(),
        token,
        keys.expires_at(),
        "landbridge",
    )
}
