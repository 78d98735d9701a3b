use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{AssumeRole, Result};
use secrecy::SecretString;

use super::assume::{not_absent, place};
use super::file::read_file;
use super::sts_host::StsHost;
use super::{Credentials, Keys, broken, nothing};
use crate::request::Request;
use crate::sts;
use crate::transport::{AliyunClient, Connection};
use landbridge_core::backend::Environment;

pub(super) const ROLE: &str = "ALIBABA_CLOUD_ROLE_ARN";
pub(super) const SESSION: &str = "ALIBABA_CLOUD_ROLE_SESSION_NAME";
pub(super) const PROVIDER: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
pub(super) const TOKEN_FILE: &str = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";

/// Keys of a role session, opened with a token of an identity provider (STS `AssumeRoleWithOIDC`), as containers of a
/// cluster have it.
///
/// The file with the token is read for each fetch, because the cluster replaces it.
#[derive(Clone, Debug)]
pub struct OidcCredentials(Option<Session>);

#[derive(Clone, Debug)]
struct Session {
    provider: String,
    token_file: PathBuf,
    request: AssumeRole,
    policy: Option<String>,
    host: StsHost,
}

impl OidcCredentials {
    /// A session of one hour as `role`, for which `provider` (an ARN) has put a token into a file.
    pub fn new(
        provider: impl Into<String>,
        token_file: impl Into<PathBuf>,
        role: impl Into<String>,
    ) -> Self {
        Self(Some(Session {
            provider: provider.into(),
            token_file: token_file.into(),
            request: AssumeRole::new(role, "landbridge"),
            policy: None,
            host: StsHost::default(),
        }))
    }

    /// What `ALIBABA_CLOUD_ROLE_ARN`, `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` and `ALIBABA_CLOUD_OIDC_TOKEN_FILE` say, if all
    /// three are set; the session is named by `ALIBABA_CLOUD_ROLE_SESSION_NAME`.
    pub fn from_environment(environment: &Environment) -> Self {
        let [role, provider, file] =
            [ROLE, PROVIDER, TOKEN_FILE].map(|name| environment.variable(name));
        let (Some(role), Some(provider), Some(file)) = (role, provider, file) else {
            return Self(None);
        };
        let source =
            Self::new(provider, file, role).with_sts_host(StsHost::from_environment(environment));
        match environment.variable(SESSION) {
            Some(name) => source.with_session_name(name),
            None => source,
        }
    }

    /// Sets the name of the session, seen in audit logs.
    #[must_use]
    pub fn with_session_name(self, name: impl Into<String>) -> Self {
        self.map(|session| session.request.session = name.into())
    }

    /// Sets how long a session lives: 15 minutes to 12 hours, and at most what the role allows. Default 1 h.
    #[must_use]
    pub fn with_duration(self, duration: Duration) -> Self {
        self.map(|session| session.request.duration = duration)
    }

    /// Sets a policy document that narrows what the role may do.
    #[must_use]
    pub fn with_policy(self, policy: impl Into<String>) -> Self {
        self.map(|session| session.policy = Some(policy.into()))
    }

    #[must_use]
    pub(super) fn with_sts_host(self, host: StsHost) -> Self {
        self.map(|session| session.host = host)
    }

    fn map(mut self, set: impl FnOnce(&mut Session)) -> Self {
        if let Some(session) = &mut self.0 {
            set(session);
        }
        self
    }
}

impl Session {
    fn token(&self) -> Result<SecretString> {
        let file = self.token_file.display();
        let text = read_file(&self.token_file)?
            .ok_or_else(|| broken(format!("the OIDC token file {file} does not exist")))?;
        match text.trim() {
            "" => Err(broken(format!("the OIDC token file {file} is empty"))),
            token => Ok(SecretString::from(token)),
        }
    }

    fn request(&self) -> Result<Request> {
        let mut request =
            sts::assume_role_with_oidc(&self.provider, &self.token()?, &self.request)?;
        if let Some(policy) = &self.policy {
            request.set("Policy", policy);
        }
        Ok(request)
    }

    async fn open(&self, connection: &Connection) -> Result<Keys> {
        let role = &self.request.role;
        let client = AliyunClient::anonymous(connection.clone(), place(role, &self.host))
            .with_host(self.host.address());
        let answer = client.send(self.request()?).await?;
        let session = sts::read_session(answer.root(), role)?;
        let origin = format!("the role {role} (OIDC)");
        Ok(Keys::from(session).with_origin(origin))
    }
}

#[async_trait]
impl Credentials for OidcCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        match &self.0 {
            Some(session) => session.open(connection).await.map_err(not_absent),
            None => Err(nothing(format!(
                "OIDC: not all of {ROLE}, {PROVIDER} and {TOKEN_FILE} are set"
            ))),
        }
    }
}
