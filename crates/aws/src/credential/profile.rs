use std::path::PathBuf;

use async_trait::async_trait;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use landbridge_core::Result;

use super::sdk::taken;
use super::{Credentials, Keys};
use crate::client::Connection;

/// Keys of a named profile of `~/.aws/config` and `~/.aws/credentials`, read by the SDK: static keys, roles, and, as
/// features of this crate, single sign-on (`sso`) and programs (`credentials-process`).
///
/// A profile whose role asks for MFA is not supported by the SDK: put
/// [`AssumeRoleCredentials`](super::AssumeRoleCredentials) over the profile of the user instead.
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    name: String,
    files: Option<(PathBuf, PathBuf)>,
}

impl ProfileCredentials {
    /// The profile `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            files: None,
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

    fn files(&self) -> Option<EnvConfigFiles> {
        let (config, credentials) = self.files.as_ref()?;
        let files = EnvConfigFiles::builder()
            .with_file(EnvConfigFileKind::Config, config)
            .with_file(EnvConfigFileKind::Credentials, credentials)
            .build();
        Some(files)
    }
}

#[async_trait]
impl Credentials for ProfileCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let mut source = ProfileFileCredentialsProvider::builder()
            .configure(&connection.provider_config())
            .profile_name(&self.name);
        if let Some(files) = self.files() {
            source = source.profile_files(files);
        }
        let found = source.build().provide_credentials().await;
        taken(&format!("the profile {}", self.name), found)
    }
}
