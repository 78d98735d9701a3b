use async_trait::async_trait;
use landbridge_core::{
    AssumeRole, CallerIdentity, CrossAccountAuth, Error, Result, SessionCredentials, SessionToken,
};

use super::AwsCloud;
use crate::sts;

#[async_trait]
impl CrossAccountAuth for AwsCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        sts::caller_identity(&self.client).await
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        sts::assume_role(&self.client, request, None).await
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        Err(Error::unsupported("aliases are not read here yet"))
    }

    async fn session_token(&self, _: &SessionToken) -> Result<SessionCredentials> {
        Err(Error::unsupported("there are no such sessions here"))
    }
}
