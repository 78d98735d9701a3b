use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{
    AssumeRole, CallerIdentity, CrossAccountAuth, Error, ErrorKind, Result, SessionCredentials,
    SessionToken,
};

use super::AliyunCloud;
use crate::{ram, sts};

const SESSIONS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(900)..=Duration::from_secs(12 * 3600);

fn check(request: &AssumeRole) -> Result<()> {
    if request.mfa.is_some() {
        return Err(Error::unsupported(
            "a second factor cannot be shown when a role is assumed: it belongs to a login at the console",
        ));
    }
    if !SESSIONS.contains(&request.duration) {
        let message = format!(
            "a session of {} s is asked for, and roles allow 900 s to 43200 s",
            request.duration.as_secs()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

#[async_trait]
impl CrossAccountAuth for AliyunCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        self.ask(sts::get_caller_identity(), sts::read_identity)
            .await
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        check(request).map_err(|error| self.locate(error, "AssumeRole"))?;
        self.ask(sts::assume_role(request), sts::read_session).await
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        let read = |answer: &_| Ok(ram::read_account_alias(answer));
        self.ask(ram::get_account_alias(), read).await
    }

    async fn session_token(&self, _: &SessionToken) -> Result<SessionCredentials> {
        Err(Error::unsupported(
            "users get no sessions of their own here: a session is that of a role, and a user signs with its access key",
        ))
    }
}
