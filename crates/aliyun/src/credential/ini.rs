use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use ini::{Ini, Properties};
use landbridge_core::{Error, ErrorKind, Result};

use super::{AssumeRoleCredentials, Credentials, Keys, StaticCredentials, broken, nothing};
use crate::environment::{Environment, read_file};
use crate::transport::Connection;

const FILES: [&str; 2] = [".alibabacloud/credentials", ".alibabacloud/credentials.ini"];

/// Keys from the shared file `~/.alibabacloud/credentials` or `~/.alibabacloud/credentials.ini`, or from the one that
/// `ALIBABA_CLOUD_CREDENTIALS_FILE` names.
///
/// Sections of type `access_key`, `sts` and `ram_role_arn` are understood. The section is the one asked for, that of
/// `ALIBABA_CLOUD_PROFILE`, or `default`.
#[derive(Clone, Debug)]
pub struct IniCredentials {
    environment: Environment,
    profile: Option<String>,
}

impl IniCredentials {
    /// Keys from the file of this environment.
    pub fn new(environment: Environment) -> Self {
        Self {
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

    fn paths(&self) -> Vec<PathBuf> {
        match self.environment.variable("ALIBABA_CLOUD_CREDENTIALS_FILE") {
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
        Err(nothing(format!(
            "shared file: none of {} exists",
            FILES.map(|file| format!("~/{file}")).join(", ")
        )))
    }

    fn source(&self) -> Result<Arc<dyn Credentials>> {
        let (path, file) = self.read()?;
        let asked = self.profile.as_deref();
        let name = asked
            .or_else(|| self.environment.variable("ALIBABA_CLOUD_PROFILE"))
            .unwrap_or("default");
        match file.section(Some(name)) {
            Some(section) => read_section(section).map_err(|error| {
                error.with_remedy(format!("correct section [{name}] of {}", path.display()))
            }),
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
        let message = format!("{} is no ini file (line {})", path.display(), error.line);
        Error::new(ErrorKind::InvalidInput, message)
    })
}

fn read_section(section: &Properties) -> Result<Arc<dyn Credentials>> {
    let value = |key: &str| {
        section
            .get(key)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    let need = |key: &str| value(key).ok_or_else(|| broken(format!("`{key}` is missing")));
    let keys = || {
        Ok(Keys::new(
            need("access_key_id")?,
            need("access_key_secret")?,
        ))
    };
    match value("type").unwrap_or("access_key") {
        "access_key" => Ok(Arc::new(StaticCredentials::from(keys()?))),
        "sts" => {
            let token = need("security_token").or_else(|_| need("sts_token"))?;
            Ok(Arc::new(StaticCredentials::from(keys()?.with_token(token))))
        }
        "ram_role_arn" => {
            let source = Arc::new(StaticCredentials::from(keys()?));
            let role = AssumeRoleCredentials::new(source, need("role_arn")?);
            Ok(Arc::new(match value("role_session_name") {
                Some(name) => role.with_session_name(name),
                None => role,
            }))
        }
        other => Err(broken(format!(
            "credentials of type `{other}` are not supported"
        ))),
    }
}

#[async_trait]
impl Credentials for IniCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        self.source()?.fetch(connection).await
    }
}
