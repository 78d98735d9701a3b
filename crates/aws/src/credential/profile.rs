use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use landbridge_core::{Error, Result};

use super::chain::{Base, Chain, Hop, OWN_KEYS_PROFILE, chain_of, gives_role, profiles};
use super::sdk::{quietly, taken};
use super::{AssumeRoleCredentials, Credentials, Keys, Mfa, MfaCodes, broken};
use crate::client::Connection;
use landbridge_core::backend::Environment;

/// Keys of a named profile of `~/.aws/config` and `~/.aws/credentials`.
///
/// The SDK reads the files and gets the keys: static ones, `credential_source`, `web_identity_token_file`, and, as
/// features of this crate, single sign-on (`sso`) and programs (`credentials-process`). Roles that the profile assumes
/// with them (`role_arn` over `source_profile` or `credential_source`) are assumed here, so that `duration_seconds` and
/// `mfa_serial` are heeded; for the latter, say where codes come from with [`with_mfa_codes`](Self::with_mfa_codes).
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    name: String,
    files: Option<(PathBuf, PathBuf)>,
    codes: Option<Arc<dyn MfaCodes>>,
}

impl ProfileCredentials {
    /// The profile `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            files: None,
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
        self.files = Some((config.into(), credentials.into()));
        self
    }

    /// Gets the codes of MFA devices, which profiles name as `mfa_serial`, from here. Default: from nowhere, and such a
    /// profile is an error.
    #[must_use]
    pub fn with_mfa_codes(mut self, codes: Arc<dyn MfaCodes>) -> Self {
        self.codes = Some(codes);
        self
    }

    fn files(&self) -> EnvConfigFiles {
        self.files_with(None)
    }

    fn files_with(&self, contents: Option<String>) -> EnvConfigFiles {
        let files = EnvConfigFiles::builder();
        let files = match &self.files {
            Some((config, credentials)) => files
                .with_file(EnvConfigFileKind::Config, config)
                .with_file(EnvConfigFileKind::Credentials, credentials),
            None => files
                .include_default_config_file(true)
                .include_default_credentials_file(true),
        };
        match contents {
            Some(contents) => files.with_contents(EnvConfigFileKind::Config, contents),
            None => files,
        }
        .build()
    }

    /// The source that assumes the roles of a chain.
    async fn over(&self, chain: Chain) -> Result<Arc<dyn Credentials>> {
        let mut source: Arc<dyn Credentials> = Arc::new(SdkProfile {
            shown: self.name.clone(),
            of_role: chain.of_role,
            files: match &chain.base {
                Base::Profile(_) => self.files(),
                Base::Own(keys) => self.files_with(Some(keys.0.clone())),
            },
            name: match chain.base {
                Base::Profile(name) => name,
                Base::Own(_) => OWN_KEYS_PROFILE.to_owned(),
            },
        });
        for hop in chain.hops {
            source = Arc::new(self.assuming(source, hop).await?);
        }
        Ok(source)
    }

    async fn assuming(
        &self,
        source: Arc<dyn Credentials>,
        hop: Hop,
    ) -> Result<AssumeRoleCredentials> {
        let mut role = AssumeRoleCredentials::new(source, hop.role);
        if let Some(name) = hop.session {
            role = role.with_session_name(name);
        }
        if let Some(id) = hop.external_id {
            role = role.with_external_id(id);
        }
        if let Some(seconds) = hop.duration {
            role = role.with_duration(duration(&hop.profile, &seconds)?);
        }
        Ok(match (hop.mfa_serial, &self.codes) {
            (None, _) => role,
            (Some(serial), Some(codes)) => role.with_mfa(Mfa::new(serial, codes.clone())),
            (Some(serial), None) => return Err(self.no_codes(&hop.profile, &serial).await),
        })
    }

    async fn no_codes(&self, profile: &str, serial: &str) -> Error {
        let file = self.file_of_serial(profile).await;
        let message = format!(
            "profile {profile} in {} asks for a code of the MFA device {serial}, and there is no source of codes",
            file.display()
        );
        broken(message).with_remedy(
            "set a source of codes (`with_mfa_codes`), or use a profile without `mfa_serial`",
        )
    }

    /// The file in which a profile names its MFA device.
    async fn file_of_serial(&self, profile: &str) -> PathBuf {
        let path = |given: fn(&(PathBuf, PathBuf)) -> &PathBuf, variable, default| match &self.files
        {
            Some(files) => given(files).clone(),
            None => Environment::from_process()
                .variable(variable)
                .map_or_else(|| Path::new(default).to_owned(), PathBuf::from),
        };
        let config = path(|files| &files.0, "AWS_CONFIG_FILE", "~/.aws/config");
        let alone = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Config, &config);
        let found = profiles(&alone.build()).await;
        let there = |profile: &aws_config::profile::Profile| profile.get("mfa_serial").is_some();
        match found.is_some_and(|found| found.get_profile(profile).is_some_and(there)) {
            true => config,
            false => path(
                |files| &files.1,
                "AWS_SHARED_CREDENTIALS_FILE",
                "~/.aws/credentials",
            ),
        }
    }
}

fn duration(profile: &str, seconds: &str) -> Result<Duration> {
    let number = seconds.parse().map_err(|_| {
        broken(format!(
            "invalid `duration_seconds` in profile {profile}: expected a number"
        ))
        .with_remedy("write a number from 900 to 43200")
    })?;
    Ok(Duration::from_secs(number))
}

#[async_trait]
impl Credentials for ProfileCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let profiles = profiles(&self.files()).await;
        let profiles = profiles.as_ref();
        let chain = profiles.and_then(|profiles| chain_of(profiles, &self.name));
        if let Some(chain) = chain {
            return self.over(chain).await?.fetch(connection).await;
        }
        let profile = profiles.and_then(|profiles| profiles.get_profile(&self.name));
        let profile = SdkProfile {
            shown: self.name.clone(),
            name: self.name.clone(),
            files: self.files(),
            of_role: profile.is_some_and(gives_role),
        };
        profile.fetch(connection).await
    }
}

/// A profile that the SDK gets the keys of.
#[derive(Debug)]
struct SdkProfile {
    /// The profile that was asked for.
    shown: String,
    name: String,
    files: EnvConfigFiles,
    of_role: bool,
}

#[async_trait]
impl Credentials for SdkProfile {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let source = ProfileFileCredentialsProvider::builder()
            .configure(&connection.provider_config())
            .profile_name(&self.name)
            .profile_files(self.files.clone())
            .build();
        let found = quietly(source.provide_credentials()).await;
        let keys = taken(&format!("the profile {}", self.shown), found)?;
        Ok(if self.of_role { keys.of_role() } else { keys })
    }
}
