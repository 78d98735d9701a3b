use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;

use super::cloud::MemoryCloud;
use crate::error::{Error, ErrorKind, Result};
use crate::traits::{
    AssumeRole, CallerIdentity, CrossAccountAuth, IdentityKind, SessionCredentials, SessionToken,
};

/// How long sessions of roles may be: 15 minutes to 12 hours, as on the clouds.
const SESSION: RangeInclusive<Duration> =
    Duration::from_secs(15 * 60)..=Duration::from_secs(12 * 3600);

#[async_trait]
impl CrossAccountAuth for MemoryCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        Ok(self.identity())
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        self.check_assume(request)?;
        Ok(self.session(&request.session, request.duration))
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        let account = self.shared.options.account(&self.place.account);
        Ok(account.alias().map(str::to_owned))
    }

    async fn session_token(&self, request: &SessionToken) -> Result<SessionCredentials> {
        Ok(self.session("user", request.duration))
    }
}

impl MemoryCloud {
    fn session(&self, name: &str, duration: Duration) -> SessionCredentials {
        SessionCredentials::new(
            format!("memory-{name}"),
            format!("secret of {name}").into(),
            format!("token of {name}").into(),
            self.shared.clock.now() + duration,
        )
    }

    fn check_assume(&self, request: &AssumeRole) -> Result<()> {
        if !SESSION.contains(&request.duration) {
            let message = format!("no role allows a session of {:?}", request.duration);
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("ask for 15 minutes to 12 hours"));
        }
        let identity = self.identity();
        let role = &request.role;
        let external_id = request.external_id.as_deref();
        let options = &self.shared.options;
        let problem = if identity.kind == IdentityKind::Root {
            "the account itself may not assume roles".to_owned()
        } else if !options.is_trusted(role, &identity.account, external_id)
            && !self.read(|world| world.lets_assume(&identity, request))
        {
            format!("role {role} does not trust {}", identity.arn)
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::PermissionDenied, problem)
            .with_operation("assume_role")
            .with_place(self.place.clone()))
    }
}
