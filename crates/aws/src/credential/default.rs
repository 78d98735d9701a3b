use std::sync::Arc;

use async_trait::async_trait;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_credential_types::provider::ProvideCredentials;
use aws_runtime::env_config::file::EnvConfigFiles;
use landbridge_core::Result;

use super::chain::{chain_of, profiles};
use super::sdk::{quietly, taken};
use super::{Credentials, Keys, MfaCodes, ProfileCredentials};
use crate::client::Connection;
use landbridge_core::backend::Environment;

/// The SDK's own chain: variables, profiles, web identity, container and instance metadata, in that order.
///
/// A profile that assumes a role is read as [`ProfileCredentials`] reads it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DefaultCredentials {
    codes: Option<Arc<dyn MfaCodes>>,
}

impl DefaultCredentials {
    /// The chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gets the codes of MFA devices, which profiles name as `mfa_serial`, from here. Default: from nowhere.
    #[must_use]
    pub fn with_mfa_codes(mut self, codes: Arc<dyn MfaCodes>) -> Self {
        self.codes = Some(codes);
        self
    }

    /// The profile whose turn it is, if it assumes a role.
    async fn profile(&self) -> Option<ProfileCredentials> {
        let variables = Environment::from_process();
        if variables.variable("AWS_ACCESS_KEY_ID").is_some() {
            return None;
        }
        let profiles = profiles(&EnvConfigFiles::default()).await?;
        let name = profiles.selected_profile();
        chain_of(&profiles, name)?;
        let profile = ProfileCredentials::new(name);
        Some(match &self.codes {
            Some(codes) => profile.with_mfa_codes(codes.clone()),
            None => profile,
        })
    }
}

#[async_trait]
impl Credentials for DefaultCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        if let Some(profile) = self.profile().await {
            return profile.fetch(connection).await;
        }
        let config = connection.provider_config();
        let chain = DefaultCredentialsChain::builder().configure(config);
        let asking = async { chain.build().await.provide_credentials().await };
        let found = quietly(asking).await;
        taken("the default credential chain", found)
    }
}
