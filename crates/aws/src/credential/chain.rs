use async_trait::async_trait;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_credential_types::provider::ProvideCredentials;
use landbridge_core::Result;

use super::sdk::taken;
use super::{Credentials, Keys};
use crate::client::Connection;

/// The SDK's own chain: variables, profiles, web identity, container and instance metadata, in that order.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct DefaultCredentials;

impl DefaultCredentials {
    /// The chain.
    pub fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Credentials for DefaultCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let config = connection.provider_config();
        let chain = DefaultCredentialsChain::builder().configure(config);
        let found = chain.build().await.provide_credentials().await;
        taken("the default credential chain", found)
    }
}
