use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use landbridge_core::backend::Environment;
use landbridge_core::{Region, Result};

use super::chain::{Base, Chain, Device, Hop, OWN_KEYS_PROFILE};
use super::files::{Paths, Profiles};
use super::sdk::{quietly, taken};
use super::{AssumeRoleCredentials, Credentials, Keys, Mfa, MfaCodes, broken};
use crate::client::Connection;

/// Keys of a named profile of `~/.aws/config` and `~/.aws/credentials`.
///
/// The files are read as the AWS CLI reads them, and an odd line is an error of its own profile only. Remarks behind a
/// value (` #`, ` ;`) are left out, as the SDKs do. The SDK gets the keys: static ones, `credential_source`,
/// `web_identity_token_file`, and, as features of this crate, single sign-on (`sso`) and programs (`credentials-process`).
/// Roles that the profile assumes with them (`role_arn` over `source_profile` or `credential_source`) are assumed here, so
/// that `duration_seconds` and `mfa_serial` are heeded; for the latter, say where codes come from with
/// [`with_mfa_codes`](Self::with_mfa_codes).
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    name: String,
    paths: Option<Paths>,
    codes: Option<Arc<dyn MfaCodes>>,
}

impl ProfileCredentials {
    /// The profile `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            paths: None,
            codes: None,
        }
    }

    /// Reads these files. Default: those that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those below
    /// `~/.aws`.
    #[must_use]
    pub fn with_files(
        mut self,
        config: impl Into<PathBuf>,
        credentials: impl Into<PathBuf>,
    ) -> Self {
        self.paths = Some(Paths::new(config.into(), credentials.into()));
        self
    }

    /// Gets the codes of MFA devices, which profiles name as `mfa_serial`, from here. Default: from nowhere, and such a
    /// profile is an error.
    #[must_use]
    pub fn with_mfa_codes(mut self, codes: Arc<dyn MfaCodes>) -> Self {
        self.codes = Some(codes);
        self
    }

    fn chain(&self) -> Result<Chain> {
        let profiles = match &self.paths {
            Some(paths) => Profiles::load(paths),
            None => Profiles::load(&Paths::of(&Environment::from_process())),
        };
        Chain::of(&profiles?, &self.name)
    }

    /// The source that assumes the roles of a chain.
    fn over(&self, chain: Chain) -> Result<Arc<dyn Credentials>> {
        let mut source: Arc<dyn Credentials> = Arc::new(BaseKeys {
            base: chain.base,
            region: chain.region,
        });
        for hop in chain.hops {
            source = Arc::new(self.assuming(source, hop)?);
        }
        Ok(source)
    }

    fn assuming(&self, source: Arc<dyn Credentials>, hop: Hop) -> Result<AssumeRoleCredentials> {
        let mut role = AssumeRoleCredentials::new(source, hop.role);
        if let Some(name) = hop.session {
            role = role.with_session_name(name);
        }
        if let Some(id) = hop.external_id {
            role = role.with_external_id(id);
        }
        if let Some(seconds) = hop.duration {
            role = role.with_duration(duration(&hop.shown, &seconds)?);
        }
        if let Some(region) = hop.region {
            role = role.near(region);
        }
        if let Some(device) = hop.mfa {
            role = role.with_mfa(self.mfa(device, &hop.shown)?);
        }
        Ok(role)
    }

    fn mfa(&self, device: Device, shown: &str) -> Result<Mfa> {
        let Device { serial, place } = device;
        match &self.codes {
            Some(codes) => Ok(Mfa::new(serial, codes.clone())),
            None => Err(broken(format!(
                "{shown} asks for a code of the MFA device {serial} ({place}), and there is no source of codes"
            ))
            .with_remedy(
                "set a source of codes (`with_mfa_codes`), or use a profile without `mfa_serial`",
            )),
        }
    }
}

fn duration(shown: &str, seconds: &str) -> Result<Duration> {
    let number = seconds.parse().map_err(|_| {
        broken(format!(
            "invalid `duration_seconds` of {shown}: expected a number"
        ))
        .with_remedy("write a number from 900 to 43200")
    })?;
    Ok(Duration::from_secs(number))
}

#[async_trait]
impl Credentials for ProfileCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let source = self.over(self.chain()?)?;
        source.fetch(connection).await
    }

    /// That of the profile, or of the profiles whose keys it uses; else the home region of the partition of its role.
    fn region(&self) -> Option<Region> {
        self.over(self.chain().ok()?).ok()?.region()
    }
}

/// The keys that a profile has without its role. The SDK gets them.
#[derive(Debug)]
struct BaseKeys {
    base: Base,
    region: Option<Region>,
}

#[async_trait]
impl Credentials for BaseKeys {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let connection = match &self.region {
            Some(region) => connection.near(region),
            None => connection.clone(),
        };
        let source = ProfileFileCredentialsProvider::builder()
            .configure(&connection.provider_config())
            .profile_name(OWN_KEYS_PROFILE)
            .profile_files(self.base.files())
            .build();
        let found = quietly(source.provide_credentials()).await;
        let keys = taken(&self.base.shown, found)?;
        Ok(if self.base.of_role {
            keys.of_role()
        } else {
            keys
        })
    }

    fn region(&self) -> Option<Region> {
        self.region.clone()
    }
}
