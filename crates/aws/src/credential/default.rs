use std::sync::Arc;

use async_trait::async_trait;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use landbridge_core::backend::Environment;
use landbridge_core::{Region, Result};

use super::chain::says_of_keys;
use super::files::{Paths, Profiles};
use super::sdk::{quietly, taken};
use super::{Credentials, Keys, MfaCodes, ProfileCredentials};
use crate::client::Connection;

/// The variables that name the profile whose turn it is.
const PROFILE: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The variables that name the region.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The vendor's own chain: variables, profiles, web identity, container and instance metadata, in that order.
///
/// The profile is that of `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`, which must exist, or `default`, if that says anything of
/// keys. It is read as [`ProfileCredentials`] reads it; the SDK asks the other sources.
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

    /// The profile whose turn it is, if one's is.
    ///
    /// # Errors
    /// For one that cannot be read.
    fn profile(&self, environment: &Environment) -> Result<Option<ProfileCredentials>> {
        if environment.variable("AWS_ACCESS_KEY_ID").is_some() {
            return Ok(None);
        }
        let name = first(environment, PROFILE);
        if name.is_none() {
            let profiles = Profiles::load(&Paths::of(environment))?;
            if !profiles.find(DEFAULT)?.is_some_and(says_of_keys) {
                return Ok(None);
            }
        }
        let profile = ProfileCredentials::new(name.unwrap_or(DEFAULT));
        Ok(Some(match &self.codes {
            Some(codes) => profile.with_mfa_codes(codes.clone()),
            None => profile,
        }))
    }
}

const DEFAULT: &str = "default";

fn first<'e>(environment: &'e Environment, names: [&str; 2]) -> Option<&'e str> {
    names
        .into_iter()
        .find_map(|name| environment.variable(name))
}

#[async_trait]
impl Credentials for DefaultCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        if let Some(profile) = self.profile(&Environment::from_process())? {
            return profile.fetch(connection).await;
        }
        let others = others(&connection.provider_config());
        let found = quietly(others.provide_credentials()).await;
        taken("the default credential chain", found).map_err(|error| match hint() {
            Some(hint) => error.with_remedy(hint),
            None => error,
        })
    }

    /// That of `AWS_REGION` or `AWS_DEFAULT_REGION`, or that of the profile.
    fn region(&self) -> Option<Region> {
        let environment = Environment::from_process();
        let of_profile = || self.profile(&environment).ok()??.region();
        let named = first(&environment, REGION).map(Region::from);
        named.or_else(of_profile)
    }
}

/// A head that was not understood may be that of the profile that was missed.
fn hint() -> Option<String> {
    let profiles = Profiles::load(&Paths::of(&Environment::from_process()));
    profiles.ok()?.hint(DEFAULT)
}

/// The sources beside profiles.
fn others(config: &ProviderConfig) -> CredentialsProviderChain {
    let variables = EnvironmentVariableCredentialsProvider::new();
    let web_identity = WebIdentityTokenCredentialsProvider::builder();
    let container = EcsCredentialsProvider::builder();
    let instance = ImdsCredentialsProvider::builder();
    CredentialsProviderChain::first_try("variables", variables)
        .or_else("web identity", web_identity.configure(config).build())
        .or_else("container metadata", container.configure(config).build())
        .or_else("instance metadata", instance.configure(config).build())
}
