use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};

use super::file::read_file;
use super::sections::{Fault, Section, Sections};
use super::sts_host::StsHost;
use super::{
    AssumeRoleCredentials, Credentials, Keys, MetadataCredentials, OidcCredentials,
    StaticCredentials, broken, nothing, oidc,
};
use crate::transport::Connection;
use landbridge_core::backend::Environment;

const FILE: &str = "ALIBABA_CLOUD_CREDENTIALS_FILE";
const FILES: [&str; 2] = [".alibabacloud/credentials", ".alibabacloud/credentials.ini"];

/// Keys from the shared file `~/.alibabacloud/credentials` or `~/.alibabacloud/credentials.ini`, or from the one that
/// `ALIBABA_CLOUD_CREDENTIALS_FILE` names.
///
/// Sections of type `access_key`, `sts`, `ram_role_arn`, `oidc_role_arn` and `ecs_ram_role` are understood. The section is
/// the one asked for, that of `ALIBABA_CLOUD_PROFILE`, or `default`. A line that cannot be read is an error of its own
/// section only. One of type `access_key` without keys counts as absent.
#[derive(Clone, Debug)]
pub struct IniCredentials {
    environment: Environment,
    profile: Option<String>,
    metadata: MetadataCredentials,
}

impl IniCredentials {
    /// Keys from the file of this environment.
    pub fn new(environment: Environment) -> Self {
        Self {
            metadata: MetadataCredentials::new(&environment),
            environment,
            profile: None,
        }
    }

    /// Asks for a section.
    #[must_use]
    pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Replaces the source behind sections of type `ecs_ram_role`.
    #[must_use]
    pub fn with_metadata(mut self, source: MetadataCredentials) -> Self {
        self.metadata = source;
        self
    }

    fn paths(&self) -> Vec<PathBuf> {
        match self.environment.variable(FILE) {
            Some(path) => vec![PathBuf::from(path)],
            None => FILES
                .iter()
                .filter_map(|file| self.environment.in_home(file))
                .collect(),
        }
    }

    fn source(&self) -> Result<Arc<dyn Credentials>> {
        let asked = self.profile.as_deref();
        let name = asked
            .or_else(|| self.environment.variable("ALIBABA_CLOUD_PROFILE"))
            .unwrap_or("default");
        let mut lacking = Vec::new();
        for path in self.paths() {
            let Some(text) = read_file(&path)? else {
                continue;
            };
            if let Some(source) = self.source_in(&path, &text, name)? {
                return Ok(source);
            }
            lacking.push(path.display().to_string());
        }
        Err(nothing(format!(
            "shared file: {}",
            match lacking.is_empty() {
                true => self.absent(),
                false => format!("no keys in section [{name}] of {}", lacking.join(", ")),
            }
        )))
    }

    fn absent(&self) -> String {
        match self.environment.variable(FILE) {
            Some(path) => format!("{path} does not exist"),
            None => format!(
                "none of {} exists",
                FILES.map(|file| format!("~/{file}")).join(", ")
            ),
        }
    }

    /// What the section of this name says, if the file has it.
    fn source_in(
        &self,
        path: &Path,
        text: &str,
        name: &str,
    ) -> Result<Option<Arc<dyn Credentials>>> {
        let sections = Sections::parse(text);
        let found = sections.find(name).map_err(|fault| invalid(path, &fault))?;
        let Some(values) = found else {
            return Ok(None);
        };
        let reading = Reading {
            environment: &self.environment,
            metadata: &self.metadata,
            values,
            origin: format!("section [{name}] of {}:{}", path.display(), values.line),
        };
        if reading.is_blank() {
            return Ok(None);
        }
        let wrong = |error: Error| error.with_remedy(format!("correct {}", reading.origin));
        reading.source().map(Some).map_err(wrong)
    }
}

fn invalid(path: &Path, fault: &Fault) -> Error {
    let (path, line) = (path.display(), fault.line);
    let message = format!("invalid line {path}:{line}: {}", fault.what);
    Error::new(ErrorKind::InvalidInput, message).with_remedy("correct the line")
}

/// One section, and what it may refer to.
struct Reading<'a> {
    environment: &'a Environment,
    metadata: &'a MetadataCredentials,
    values: &'a Section,
    origin: String,
}

impl Reading<'_> {
    fn kind(&self) -> &str {
        self.value("type").unwrap_or("access_key")
    }

    /// Whether it configures nothing, as a template does.
    fn is_blank(&self) -> bool {
        let keys = ["access_key_id", "access_key_secret"];
        self.kind() == "access_key" && keys.iter().all(|key| self.value(key).is_none())
    }

    fn source(&self) -> Result<Arc<dyn Credentials>> {
        Ok(match self.kind() {
            "access_key" => Arc::new(StaticCredentials::from(self.keys()?)),
            "sts" => Arc::new(StaticCredentials::from(self.session()?)),
            "ram_role_arn" => Arc::new(self.role()?),
            "oidc_role_arn" => Arc::new(self.oidc()?),
            "ecs_ram_role" => Arc::new(self.instance()),
            other => return Err(self.unsupported(other)),
        })
    }

    fn keys(&self) -> Result<Keys> {
        let keys = Keys::new(self.need("access_key_id")?, self.need("access_key_secret")?);
        Ok(keys.with_origin(self.origin.clone()))
    }

    fn token(&self) -> Option<&str> {
        self.value("security_token")
            .or_else(|| self.value("sts_token"))
    }

    fn session(&self) -> Result<Keys> {
        let token = match self.token() {
            Some(token) => token,
            None => self.need("security_token")?,
        };
        Ok(self.keys()?.with_token(token))
    }

    /// The keys that a role is assumed with, which may be a session's.
    fn source_keys(&self) -> Result<StaticCredentials> {
        let keys = self.keys()?;
        Ok(StaticCredentials::from(match self.token() {
            Some(token) => keys.with_token(token),
            None => keys,
        }))
    }

    fn role(&self) -> Result<AssumeRoleCredentials> {
        let source = Arc::new(self.source_keys()?);
        let mut role = AssumeRoleCredentials::new(source, self.need_or("role_arn", oidc::ROLE)?)
            .with_sts_host(StsHost::from_environment(self.environment));
        if let Some(name) = self.value_or("role_session_name", oidc::SESSION) {
            role = role.with_session_name(name);
        }
        if let Some(policy) = self.value("policy") {
            role = role.with_policy(policy);
        }
        Ok(role)
    }

    fn oidc(&self) -> Result<OidcCredentials> {
        let mut source = OidcCredentials::new(
            self.need_or("oidc_provider_arn", oidc::PROVIDER)?,
            self.need_or("oidc_token_file_path", oidc::TOKEN_FILE)?,
            self.need_or("role_arn", oidc::ROLE)?,
        )
        .with_sts_host(StsHost::from_environment(self.environment));
        if let Some(name) = self.value_or("role_session_name", oidc::SESSION) {
            source = source.with_session_name(name);
        }
        if let Some(policy) = self.value("policy") {
            source = source.with_policy(policy);
        }
        Ok(source)
    }

    fn instance(&self) -> MetadataCredentials {
        let source = self.metadata.clone().required();
        match self.value("role_name") {
            Some(role) => source.with_role(role),
            None => source,
        }
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key)
    }

    fn value_or(&self, key: &str, variable: &str) -> Option<&str> {
        self.value(key)
            .or_else(|| self.environment.variable(variable))
    }

    fn unsupported(&self, kind: &str) -> Error {
        let origin = &self.origin;
        broken(format!(
            "type `{kind}` of {origin} is not supported: use an access key or a role"
        ))
    }

    fn need(&self, key: &str) -> Result<&str> {
        let missing = || broken(format!("`{key}` is missing in {}", self.origin));
        self.value(key).ok_or_else(missing)
    }

    fn need_or(&self, key: &str, variable: &str) -> Result<&str> {
        match self.value_or(key, variable) {
            Some(value) => Ok(value),
            None => self.need(key),
        }
    }
}

#[async_trait]
impl Credentials for IniCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        self.source()?.fetch(connection).await
    }
}
