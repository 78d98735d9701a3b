use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{AccountId, AssumeRole, CloudName, Error, ErrorKind, Place, Region, Result};

use super::sts_host::StsHost;
use super::{Credentials, KeyCache, Keys};
use crate::backend::CLOUD;
use crate::endpoint::NO_REGION;
use crate::request::Request;
use crate::sts;
use crate::transport::{AliyunClient, Connection};
use landbridge_core::backend::Environment;

/// The longest session of a role that was assumed with the keys of another session.
const LONGEST_CHAINED: Duration = Duration::from_secs(3600);

/// Keys of a role session, opened with the keys of another source (STS `AssumeRole`).
///
/// Where the source's keys are those of a session themselves, this one is asked for one hour at most, because the cloud
/// refuses more to a chain of roles.
#[derive(Clone, Debug)]
pub struct AssumeRoleCredentials {
    source: Arc<KeyCache>,
    request: AssumeRole,
    policy: Option<String>,
    host: StsHost,
}

impl AssumeRoleCredentials {
    /// A session of one hour as `role` (`acs:ram::<account>:role/<name>`), named `landbridge`.
    pub fn new(source: Arc<dyn Credentials>, role: impl Into<String>) -> Self {
        Self {
            source: Arc::new(KeyCache::new(source)),
            request: AssumeRole::new(role, "landbridge"),
            policy: None,
            host: StsHost::default(),
        }
    }

    /// Sets the name of the session, seen in audit logs.
    #[must_use]
    pub fn with_session_name(mut self, name: impl Into<String>) -> Self {
        self.request.session = name.into();
        self
    }

    /// Sets how long a session lives: 15 minutes to 12 hours, and at most what the role allows. Default 1 h.
    #[must_use]
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.request = self.request.with_duration(duration);
        self
    }

    /// Sets the external id that the role's trust asks for.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.request = self.request.with_external_id(id);
        self
    }

    /// Sets a policy document that narrows what the role may do.
    #[must_use]
    pub fn with_policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// Asks the STS of this region. Default is the global one.
    #[must_use]
    pub fn with_sts_region(mut self, region: impl Into<String>) -> Self {
        self.host = self.host.with_region(Some(region.into()));
        self
    }

    /// Asks the STS at this address. Endpoints that are [overridden](crate::endpoint::Endpoints) come first.
    #[must_use]
    pub fn with_sts_endpoint(mut self, address: impl Into<String>) -> Self {
        self.host = self.host.with_address(Some(address.into()));
        self
    }

    /// Asks the STS that `ALIBABA_CLOUD_STS_REGION` and `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED` name.
    #[must_use]
    pub fn with_sts_environment(self, environment: &Environment) -> Self {
        self.with_sts_host(StsHost::from_environment(environment))
    }

    #[must_use]
    pub(super) fn with_sts_host(mut self, host: StsHost) -> Self {
        self.host = host;
        self
    }

    fn request(&self, keys: &Keys) -> Result<Request> {
        let mut session = self.request.clone();
        if keys.token().is_some() {
            session.duration = session.duration.min(LONGEST_CHAINED);
        }
        let mut request = sts::assume_role(&session)?;
        if let Some(policy) = &self.policy {
            request.set("Policy", policy);
        }
        Ok(request)
    }

    async fn session(&self, connection: &Connection) -> Result<Keys> {
        // A request that cannot be made is told before its keys are fetched, which may cost a request.
        sts::check(&self.request)?;
        let place = place(&self.request.role, &self.host);
        let keys = self.source.get(connection, &place.region).await?;
        let client = AliyunClient::new(connection.clone(), place, self.source.clone())
            .with_host(self.host.address());
        let answer = client.send(self.request(&keys)?).await;
        let session =
            answer.and_then(|answer| sts::read_session(answer.root(), &self.request.role))?;
        Ok(Keys::from(session).with_origin(format!("the role {}", self.request.role)))
    }
}

/// Where a session as `role` is asked for.
pub(super) fn place(role: &str, host: &StsHost) -> Place {
    let region = Region::from(host.region().unwrap_or(NO_REGION));
    Place::new(CloudName::from_static(CLOUD), account_of(role), region)
}

/// The account in `acs:ram::<account>:role/<name>`.
fn account_of(role: &str) -> AccountId {
    AccountId::new(role.split(':').nth(3).unwrap_or("unknown"))
}

#[async_trait]
impl Credentials for AssumeRoleCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let session = self.session(connection).await;
        session.map_err(|error| not_absent(sts::explain(error)))
    }
}

// A role or a source that does not exist is a mistake, not "nothing configured here".
pub(super) fn not_absent(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::Unauthenticated),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::StaticCredentials;

    #[test]
    fn a_chained_session_is_asked_for_one_hour_at_most() {
        let keys = Keys::new("id", "secret");
        let source = Arc::new(StaticCredentials::from(keys.clone()));
        let role = AssumeRoleCredentials::new(source, "acs:ram::0123:role/r")
            .with_duration(Duration::from_secs(7200));
        let seconds = |keys: &Keys| {
            let request = role.request(keys).expect("valid");
            request.params().get("DurationSeconds").map(str::to_owned)
        };
        assert_eq!(seconds(&keys).as_deref(), Some("7200"));
        assert_eq!(seconds(&keys.with_token("t")).as_deref(), Some("3600"));
        assert_eq!(account_of("acs:ram::0123:role/r").as_str(), "0123");
    }
}
