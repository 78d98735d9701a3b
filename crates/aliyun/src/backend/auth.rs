use async_trait::async_trait;
use landbridge_core::{
    AssumeRole, CallerIdentity, CrossAccountAuth, Error, Result, SessionCredentials, SessionToken,
};

use super::AliyunCloud;
use crate::sts;

#[async_trait]
impl CrossAccountAuth for AliyunCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        self.ask(sts::get_caller_identity(), sts::read_identity)
            .await
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        let read = |answer: &_| sts::read_session(answer, &request.role);
        let session = self.ask(sts::assume_role(request)?, read).await;
        session.map_err(sts::explain)
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        Err(Error::unsupported("aliases are not read here yet"))
    }

    async fn session_token(&self, _: &SessionToken) -> Result<SessionCredentials> {
        Err(Error::unsupported("there are no such sessions here"))
    }
}
