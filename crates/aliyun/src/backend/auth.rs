use async_trait::async_trait;
use landbridge_core::{AssumeRole, CallerIdentity, CrossAccountAuth, Result, SessionCredentials};

use super::AliyunCloud;
use crate::sts;

#[async_trait]
impl CrossAccountAuth for AliyunCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        self.ask(sts::get_caller_identity(), sts::read_identity)
            .await
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        self.ask(sts::assume_role(request), sts::read_session).await
    }
}
