use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use ini::{Ini, Properties};
use landbridge_core::{Error, ErrorKind, Result};

use super::file::read_file;
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
/// the one asked for, that of `ALIBABA_CLOUD_PROFILE`, or `default`.
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

    fn read(&self) -> Result<(PathBuf, Ini)> {
        for path in self.paths() {
            if let Some(text) = read_file(&path)? {
                return Ok((path.clone(), parse(&path, &text)?));
            }
        }
        let named = self.environment.variable(FILE);
        let place = match named {
            Some(path) => format!("{path} does not exist"),
            None => format!(
                "none of {} exists",
                FILES.map(|file| format!("~/{file}")).join(", ")
            ),
        };
        Err(nothing(format!("shared file: {place}")))
    }

    fn source(&self) -> Result<Arc<dyn Credentials>> {
        let (path, file) = self.read()?;
        let asked = self.profile.as_deref();
        let name = asked
            .or_else(|| self.environment.variable("ALIBABA_CLOUD_PROFILE"))
            .unwrap_or("default");
        match file.section(Some(name)) {
            Some(values) => {
                let section = Section {
                    environment: &self.environment,
                    metadata: &self.metadata,
                    values,
                    origin: format!("section [{name}] of {}", path.display()),
                };
                let wrong = |error: Error| error.with_remedy(format!("correct {}", section.origin));
                section.source().map_err(wrong)
            }
            None => Err(nothing(format!(
                "shared file: {} has no section [{name}]",
                path.display()
            ))),
        }
    }
}

// The parser's own message may quote the file, so it is not passed on.
fn parse(path: &std::path::Path, text: &str) -> Result<Ini> {
    Ini::load_from_str_noescape(text).map_err(|error| {
        let message = format!(
            "invalid file {}: expected INI, line {} is not",
            path.display(),
            error.line
        );
        Error::new(ErrorKind::InvalidInput, message)
    })
}

/// One section.
struct Section<'a> {
    environment: &'a Environment,
    metadata: &'a MetadataCredentials,
    values: &'a Properties,
    origin: String,
}

impl Section<'_> {
    fn source(&self) -> Result<Arc<dyn Credentials>> {
        Ok(match self.value("type").unwrap_or("access_key") {
            "access_key" => Arc::new(StaticCredentials::from(self.keys()?)),
            "sts" => Arc::new(StaticCredentials::from(self.session()?)),
            "ram_role_arn" => Arc::new(self.role()?),
            "oidc_role_arn" => Arc::new(self.oidc()?),
            "ecs_ram_role" => Arc::new(self.instance()),
            "rsa_key_pair" => {
                return Err(broken(
                    "type `rsa_key_pair` is not supported: use an access key",
                ));
            }
            other => {
                return Err(broken(format!("type `{other}` is not supported")));
            }
        })
    }

    fn keys(&self) -> Result<Keys> {
        let keys = Keys::new(self.need("access_key_id")?, self.need("access_key_secret")?);
        Ok(keys.with_origin(self.origin.clone()))
    }

    fn session(&self) -> Result<Keys> {
        let token = self
            .need("security_token")
            .or_else(|_| self.need("sts_token"))?;
        Ok(self.keys()?.with_token(token))
    }

    fn role(&self) -> Result<AssumeRoleCredentials> {
        let source = Arc::new(StaticCredentials::from(self.keys()?));
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
        let value = self.values.get(key).map(str::trim);
        value.filter(|value| !value.is_empty())
    }

    fn value_or(&self, key: &str, variable: &str) -> Option<&str> {
        self.value(key)
            .or_else(|| self.environment.variable(variable))
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
