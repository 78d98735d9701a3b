use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use landbridge_core::backend::{self, ProviderConnection};
use landbridge_core::{
    AccountId, CallerIdentity, Clock, CloudName, Error, ErrorKind, Place, Region, Result,
};

use super::{Credentials, Keys, StaticCredentials};
use crate::backend::CLOUD;
use crate::sts;
use crate::transport::{AliyunClient, Connection};

/// Keys of one source, kept while they are valid.
pub(crate) type KeyCache = backend::KeyCache<dyn Credentials>;

/// Refuses keys of a session that lack its token, which the cloud would call expired or unknown.
fn check_token(keys: &Keys) -> Result<()> {
    if keys.token().is_some() || !keys.access_key_id().starts_with("STS.") {
        return Ok(());
    }
    let origin = keys.origin().map(|origin| format!(" from {origin}"));
    let message = format!(
        "the access key `{}`{} belongs to a session, and the session token is missing",
        keys.access_key_id(),
        origin.unwrap_or_default()
    );
    Err(
        Error::new(ErrorKind::Unauthenticated, message).with_remedy(
            "give the token of the same session beside the keys: the variable ALIBABA_CLOUD_SECURITY_TOKEN or PREFIX_SECURITY_TOKEN, `sts_token` in a profile of mode `StsToken`, or `security_token` in a section of type `sts`",
        ),
    )
}

#[async_trait]
impl ProviderConnection for Connection {
    type Source = dyn Credentials;

    fn clock(&self) -> &Arc<dyn Clock> {
        self.clock()
    }

    fn now(&self) -> SystemTime {
        self.now()
    }

    fn set_time(&self, cloud: SystemTime) {
        self.time().take_over(cloud);
    }

    async fn fetch(&self, source: &dyn Credentials) -> Result<Keys> {
        let keys = source.fetch(self).await?;
        check_token(&keys)?;
        Ok(keys)
    }

    async fn identify(
        &self,
        keys: &Keys,
        account: &AccountId,
        region: &Region,
    ) -> Result<CallerIdentity> {
        let cloud = CloudName::from_static(CLOUD);
        let place = Place::new(cloud, account.clone(), region.clone());
        let source = Arc::new(StaticCredentials::from(keys.clone()));
        let client = AliyunClient::new(self.clone(), place, Arc::new(KeyCache::new(source)));
        sts::read_identity(client.send(sts::get_caller_identity()).await?.root())
    }

    // "Expired" must name the token of which source. One without a known end cannot be renewed here.
    fn explain(&self, error: Error, keys: &Keys) -> Error {
        if keys.token().is_none() || error.kind() != ErrorKind::SessionExpired {
            return error;
        }
        let what = match error.code() {
            Some("InvalidSecurityToken.Expired") => "has expired",
            _ => "is not accepted",
        };
        let origin = keys.origin().unwrap_or("the keys that were given");
        let message = format!(
            "the session token from {origin} {what}: {}",
            error.message()
        );
        let error = error.with_message(message).exhausted();
        match keys.expires_at() {
            None => error.with_remedy("open a new session and store its keys there"),
            Some(_) => error,
        }
    }
}
