use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{
    AssumeRole, CallerIdentity, CrossAccountAuth, Error, ErrorKind, IdentityKind, Result,
    SessionCredentials, SessionToken,
};

use super::AliyunCloud;
use crate::{ram, sts};

/// The longest session of a role that was assumed with the keys of a role.
pub(super) const LONGEST_CHAINED: Duration = Duration::from_secs(3600);

impl AliyunCloud {
    // The cloud refuses such a session without saying why.
    async fn check_chained(&self, request: &AssumeRole) -> Result<()> {
        if request.duration <= LONGEST_CHAINED {
            return Ok(());
        }
        let caller = self.caller_identity().await?;
        if caller.kind != IdentityKind::Role {
            return Ok(());
        }
        let message = format!(
            "the caller is a role itself ({}), and a session of {} s is asked for",
            caller.arn,
            request.duration.as_secs()
        );
        Err(Error::new(ErrorKind::InvalidInput, message).with_remedy(
            "ask for at most one hour, the longest session that a role opened by a role may have, or assume the role with a user's keys",
        ))
    }
}

#[async_trait]
impl CrossAccountAuth for AliyunCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        self.ask(sts::get_caller_identity(), sts::read_identity)
            .await
    }

    async fn known_identity(&self) -> Result<CallerIdentity> {
        self.client.identity(self.caller_identity()).await
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        let call = sts::assume_role(request).map_err(|error| self.locate(error, "AssumeRole"))?;
        let chained = self.check_chained(request).await;
        chained.map_err(|error| self.locate(error, "AssumeRole"))?;
        let read = |answer: &_| sts::read_session(answer, &request.role);
        self.ask(call, read).await.map_err(sts::explain)
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        let read = |answer: &_| Ok(ram::read_account_alias(answer));
        self.ask(ram::get_account_alias(), read).await
    }

    async fn session_token(&self, _: &SessionToken) -> Result<SessionCredentials> {
        Err(Error::unsupported(
            "Alibaba Cloud has no session tokens of users: a user signs with its access key, and only roles have sessions",
        ))
    }
}
