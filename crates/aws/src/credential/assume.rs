use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{AccountId, AssumeRole, Place, Region, Result};

use super::{Credentials, KeyCache, Keys, Mfa};
use crate::backend::CLOUD_NAME;
use crate::client::{AwsClient, Connection};
use crate::partition::Partition;
use crate::sts;

/// Keys of a role session, opened with the keys of another source (STS `AssumeRole`).
///
/// Where the source's keys are a role's themselves, the session is asked for one hour at most, because the cloud
/// refuses more.
#[derive(Clone, Debug)]
pub struct AssumeRoleCredentials {
    source: Arc<KeyCache>,
    request: AssumeRole,
    mfa: Option<Mfa>,
    region: Option<Region>,
    /// A region of the keys' partition.
    near: Option<Region>,
}

impl AssumeRoleCredentials {
    /// A session of one hour as `role` (`arn:aws:iam::<account>:role/<name>`), named `landbridge`.
    pub fn new(source: Arc<dyn Credentials>, role: impl Into<String>) -> Self {
        Self {
            near: source.region(),
            source: Arc::new(KeyCache::new(source)),
            request: AssumeRole::new(role, "landbridge"),
            mfa: None,
            region: None,
        }
    }

    /// Sets the name of the session, seen in audit logs.
    #[must_use]
    pub fn with_session_name(mut self, name: impl Into<String>) -> Self {
        self.request.session = name.into();
        self
    }

    /// Sets how long a session lives, at least 15 minutes and at most what the role allows. Default 1 h.
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

    /// Proves the caller's MFA device, which the role's trust asks for.
    #[must_use]
    pub fn with_mfa(mut self, mfa: Mfa) -> Self {
        self.mfa = Some(mfa);
        self
    }

    /// Asks the STS of this region. Default: that of the provider, if it is in the role's partition, or that of the profile,
    /// or the home region of the role's partition.
    #[must_use]
    pub fn with_sts_region(mut self, region: impl Into<Region>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Prefers this region where no other is set.
    #[must_use]
    pub(crate) fn near(mut self, region: Region) -> Self {
        self.near = Some(region);
        self
    }

    /// A region of the role's partition, if its name tells one.
    fn home(&self) -> Option<Region> {
        let Some(partition) = Partition::of_arn(&self.request.role) else {
            return self.near.clone();
        };
        let near = self.near.clone().filter(|near| partition.has(near));
        Some(near.unwrap_or_else(|| partition.home()))
    }

    /// The connection to the role's partition.
    fn connection(&self, connection: &Connection) -> Connection {
        match self.home() {
            Some(region) => connection.near(&region),
            None => connection.clone(),
        }
    }

    fn place(&self, connection: &Connection) -> Place {
        let region = self.region.as_ref().unwrap_or(connection.sts_region());
        Place::new(CLOUD_NAME, account_of(&self.request.role), region.clone())
    }

    fn request(&self, keys: &Keys) -> AssumeRole {
        let mut request = self.request.clone();
        if keys.is_role() {
            let duration = request.duration.min(sts::LONGEST_CHAINED);
            request = request.with_duration(duration);
        }
        request
    }
}

/// The account in `arn:aws:iam::<account>:role/<name>`.
fn account_of(role: &str) -> AccountId {
    role.split(':')
        .nth(4)
        .map_or_else(AccountId::unknown, AccountId::from)
}

#[async_trait]
impl Credentials for AssumeRoleCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        sts::check_role_session(self.request.duration)?;
        let connection = &self.connection(connection);
        let keys = self.source.get(connection, connection.sts_region());
        let keys = keys.await?;
        let mut request = self.request(&keys);
        if let Some(mfa) = &self.mfa {
            request = request.with_mfa(mfa.shown().await?);
        }
        let client = AwsClient::new(
            connection.clone(),
            self.place(connection),
            self.source.clone(),
        );
        let session = sts::assume_role(&client, &request).await?;
        let origin = format!("the role {}", request.role);
        Ok(Keys::from(session).of_role().with_origin(origin))
    }

    fn region(&self) -> Option<Region> {
        self.region.clone().or_else(|| self.home())
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
        let role = AssumeRoleCredentials::new(source, "arn:aws:iam::012345678901:role/r")
            .with_duration(Duration::from_secs(7200));
        assert_eq!(role.request(&keys).duration.as_secs(), 7200);
        assert_eq!(role.request(&keys.of_role()).duration.as_secs(), 3600);
        assert_eq!(account_of(&role.request.role).as_str(), "012345678901");
    }
}
