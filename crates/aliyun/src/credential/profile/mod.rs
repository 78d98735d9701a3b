//! The profile file of the aliyun CLI.

#[cfg(test)]
mod fuzz;
mod mode;
mod signed_in;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};

use super::{Credentials, Keys, MetadataCredentials, nothing};
use crate::credential::file::read_file;
use crate::document::{Doc, Document};
use crate::transport::Connection;
use landbridge_core::backend::Environment;

use mode::Profiles;

const FILE: &str = ".aliyun/config.json";
const DISABLED: &str = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED";

/// Keys from the profile file of the aliyun CLI, `~/.aliyun/config.json` or the one that `ALIBABA_CLOUD_CONFIG_FILE`
/// names. The file is read for each fetch and never written.
///
/// Profiles of mode `AK`, `StsToken`, `RamRoleArn`, `ChainableRamRoleArn`, `EcsRamRole`, `OIDC`, `CredentialsURI`,
/// `External`, and, while their session lasts, `CloudSSO` and `OAuth` are understood. The profile is the one asked for,
/// that of `ALIBABA_CLOUD_PROFILE`, or the file's current one; of two of one name the first counts. One without a mode is
/// understood by what it holds, and one without keys, as the CLI leaves it behind, counts as absent.
///
/// `ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS`, `true` or `1`, refuses the modes `External` and `CredentialsURI`.
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    environment: Environment,
    profile: Option<String>,
    metadata: MetadataCredentials,
}

impl ProfileCredentials {
    /// Keys from the file of this environment.
    pub fn new(environment: Environment) -> Self {
        Self {
            metadata: MetadataCredentials::new(&environment),
            environment,
            profile: None,
        }
    }

    /// Asks for a profile.
    #[must_use]
    pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Replaces the source behind profiles of mode `EcsRamRole`.
    #[must_use]
    pub fn with_metadata(mut self, source: MetadataCredentials) -> Self {
        self.metadata = source;
        self
    }

    /// The file, and how messages name it.
    fn path(&self) -> (Option<PathBuf>, String) {
        match self.environment.variable("ALIBABA_CLOUD_CONFIG_FILE") {
            Some(path) => (Some(PathBuf::from(path)), path.to_owned()),
            None => (self.environment.in_home(FILE), format!("~/{FILE}")),
        }
    }

    fn read(&self) -> Result<(PathBuf, String, Document)> {
        let (path, shown) = self.path();
        let absent = || nothing(format!("CLI profile file: {shown} does not exist"));
        let path = path.ok_or_else(absent)?;
        let text = read_file(&path)?.ok_or_else(absent)?;
        let file = Document::read(text.clone()).map_err(|unread| {
            let (path, (line, column)) = (path.display(), unread.place());
            let message = format!("invalid file {path}:{line}:{column}: expected JSON");
            Error::new(ErrorKind::InvalidInput, message).with_remedy("correct the line")
        })?;
        Ok((path, text, file))
    }

    fn name(&self, file: Doc<'_>) -> String {
        let asked = self.profile.as_deref();
        asked
            .or_else(|| self.environment.variable("ALIBABA_CLOUD_PROFILE"))
            .map(str::to_owned)
            .or_else(|| file.text("current"))
            .unwrap_or_else(|| "default".to_owned())
    }

    fn source(&self) -> Result<Arc<dyn Credentials>> {
        if self.environment.is_true(DISABLED) {
            let place = format!("CLI profile file: disabled by {DISABLED}");
            return Err(nothing(place));
        }
        let (path, text, file) = self.read()?;
        let file = file.root();
        let profiles = Profiles {
            environment: &self.environment,
            metadata: &self.metadata,
            path: &path,
            text: &text,
            file,
        };
        profiles.source(&self.name(file))
    }
}

#[async_trait]
impl Credentials for ProfileCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        self.source()?.fetch(connection).await
    }
}
