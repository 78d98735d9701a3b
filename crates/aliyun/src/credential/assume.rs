use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{AccountId, AssumeRole, CloudName, Error, ErrorKind, Place, Result};

use super::{Credentials, KeyCache, Keys};
use crate::backend::CLOUD;
use crate::endpoint::NO_REGION;
use crate::sts;
use crate::transport::{AliyunClient, Connection};

/// Keys of a role session, opened with the keys of another source (STS `AssumeRole`).
#[derive(Clone, Debug)]
pub struct AssumeRoleCredentials {
    source: Arc<KeyCache>,
    request: AssumeRole,
    region: Option<String>,
}

impl AssumeRoleCredentials {
    /// A session of one hour as `role` (`acs:ram::<account>:role/<name>`), named `landbridge`.
    pub fn new(source: Arc<dyn Credentials>, role: impl Into<String>) -> Self {
        Self {
            source: Arc::new(KeyCache::new(source)),
            request: AssumeRole::new(role, "landbridge"),
            region: None,
        }
    }

    /// Sets the name of the session, seen in audit logs.
    #[must_use]
    pub fn with_session_name(mut self, name: impl Into<String>) -> Self {
        self.request.session = name.into();
        self
    }

    /// Sets how long a session lives, at least 15 minutes. Default 1 h.
    #[must_use]
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.request.duration = duration;
        self
    }

    /// Sets the external id that the role's trust asks for.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.request.external_id = Some(id.into());
        self
    }

    /// Asks the STS of this region. Default is the global one.
    #[must_use]
    pub fn with_sts_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    fn place(&self) -> Place {
        let region = self.region.as_deref().unwrap_or(NO_REGION);
        Place::new(
            CloudName::from_static(CLOUD),
            account_of(&self.request.role),
            region,
        )
    }
}

/// The account in `acs:ram::<account>:role/<name>`.
fn account_of(role: &str) -> AccountId {
    AccountId::new(role.split(':').nth(3).unwrap_or("unknown"))
}

#[async_trait]
impl Credentials for AssumeRoleCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let client = AliyunClient::new(connection.clone(), self.place(), self.source.clone());
        let answer = client.send(sts::assume_role(&self.request)).await;
        let session = answer.and_then(|answer| sts::read_session(&answer));
        session.map(Keys::from).map_err(not_absent)
    }
}

// A role or a source that does not exist is a mistake, not "nothing configured here".
fn not_absent(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::Unauthenticated),
        _ => error,
    }
}
