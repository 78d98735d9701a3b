use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::{AssumeRoleCredentials, Credentials, Keys, StaticCredentials, broken, nothing};
use crate::document::Doc;
use crate::environment::{Environment, read_file};
use crate::transport::Connection;

const FILE: &str = ".aliyun/config.json";
const LONGEST_CHAIN: usize = 8;

/// Keys from the profile file of the aliyun CLI, `~/.aliyun/config.json` or the one that `ALIBABA_CLOUD_CONFIG_FILE`
/// names. The file is read and never written.
///
/// Profiles of mode `AK`, `StsToken`, `RamRoleArn` and `ChainableRamRoleArn` are understood. The profile is the one
/// asked for, that of `ALIBABA_CLOUD_PROFILE`, or the file's current one.
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    environment: Environment,
    profile: Option<String>,
}

impl ProfileCredentials {
    /// Keys from the file of this environment.
    pub fn new(environment: Environment) -> Self {
        Self {
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

    fn path(&self) -> Option<PathBuf> {
        match self.environment.variable("ALIBABA_CLOUD_CONFIG_FILE") {
            Some(path) => Some(PathBuf::from(path)),
            None => self.environment.in_home(FILE),
        }
    }

    fn read(&self) -> Result<(PathBuf, Value)> {
        let absent = || nothing(format!("CLI profile file: ~/{FILE} does not exist"));
        let path = self.path().ok_or_else(absent)?;
        let text = read_file(&path)?.ok_or_else(absent)?;
        let file = serde_json::from_str(&text).map_err(|error| {
            let message = format!("{} is no JSON (line {})", path.display(), error.line());
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        Ok((path, file))
    }

    fn source(&self) -> Result<Arc<dyn Credentials>> {
        if self
            .environment
            .is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
        {
            return Err(nothing(
                "CLI profile file: disabled by ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
            ));
        }
        let (path, file) = self.read()?;
        let file = Doc::new(&file);
        let asked = self.profile.as_deref();
        let name = asked
            .or_else(|| self.environment.variable("ALIBABA_CLOUD_PROFILE"))
            .map(str::to_owned)
            .or_else(|| file.text("current"))
            .unwrap_or_else(|| "default".to_owned());
        let found = find(file, &name).ok_or_else(|| {
            nothing(format!(
                "CLI profile file: {} has no profile `{name}`",
                path.display()
            ))
        })?;
        read_profile(file, found, LONGEST_CHAIN).map_err(|error| {
            error.with_remedy(format!("correct profile `{name}` of {}", path.display()))
        })
    }
}

fn find<'a>(file: Doc<'a>, name: &str) -> Option<Doc<'a>> {
    let profiles = file.list(&["profiles"]).into_iter();
    profiles
        .rev()
        .find(|profile| profile.text("name").as_deref() == Some(name))
}

fn read_profile(file: Doc<'_>, profile: Doc<'_>, depth: usize) -> Result<Arc<dyn Credentials>> {
    let mode = profile.text("mode").unwrap_or_else(|| "AK".to_owned());
    match mode.to_ascii_lowercase().as_str() {
        "ak" => Ok(Arc::new(StaticCredentials::from(keys(profile)?))),
        "ststoken" => {
            let token = need(profile, "sts_token")?;
            Ok(Arc::new(StaticCredentials::from(
                keys(profile)?.with_token(token),
            )))
        }
        "ramrolearn" => role(profile, Arc::new(StaticCredentials::from(keys(profile)?))),
        "chainableramrolearn" => {
            let name = need(profile, "source_profile")?;
            let depth = depth
                .checked_sub(1)
                .ok_or_else(|| broken("its source profiles form a circle"))?;
            let source = find(file, &name)
                .ok_or_else(|| broken(format!("there is no source profile `{name}`")))?;
            role(profile, read_profile(file, source, depth)?)
        }
        _ => Err(broken(format!(
            "profiles of mode `{mode}` are not supported"
        ))),
    }
}

fn keys(profile: Doc<'_>) -> Result<Keys> {
    Ok(Keys::new(
        need(profile, "access_key_id")?,
        need(profile, "access_key_secret")?,
    ))
}

fn role(profile: Doc<'_>, source: Arc<dyn Credentials>) -> Result<Arc<dyn Credentials>> {
    let mut role = AssumeRoleCredentials::new(source, need(profile, "ram_role_arn")?);
    if let Some(name) = profile.text("ram_session_name") {
        role = role.with_session_name(name);
    }
    if let Some(seconds) = profile
        .parse("expired_seconds")
        .filter(|seconds| *seconds > 0)
    {
        role = role.with_duration(Duration::from_secs(seconds));
    }
    if let Some(id) = profile.text("external_id") {
        role = role.with_external_id(id);
    }
    if let Some(region) = profile.text("sts_region") {
        role = role.with_sts_region(region);
    }
    Ok(Arc::new(role))
}

fn need(profile: Doc<'_>, key: &str) -> Result<String> {
    profile
        .text(key)
        .ok_or_else(|| broken(format!("`{key}` is missing")))
}

#[async_trait]
impl Credentials for ProfileCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        self.source()?.fetch(connection).await
    }
}
