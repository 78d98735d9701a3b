use async_trait::async_trait;
use landbridge_core::{
    AssumeRole, CallerIdentity, CrossAccountAuth, Result, SessionCredentials, SessionToken,
};

use super::AwsCloud;
use crate::client::{Operation, list};
use crate::sts;

const LIST_ALIASES: Operation = list("ListAccountAliases");

#[async_trait]
impl CrossAccountAuth for AwsCloud {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        sts::caller_identity(&self.client).await
    }

    async fn known_identity(&self) -> Result<CallerIdentity> {
        self.client.identity(self.caller_identity()).await
    }

    // An account has one at most.
    async fn account_alias(&self) -> Result<Option<String>> {
        let call = self.client.iam().list_account_aliases();
        let answer = self
            .client
            .call(LIST_ALIASES, || call.clone().send())
            .await?;
        Ok(answer.account_aliases.into_iter().next())
    }

    // Only a session of more than an hour makes it matter who asks.
    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        if sts::may_be_chained(request.duration) {
            let caller = self.caller_identity().await?;
            sts::check_chained(&caller, request)?;
        }
        sts::assume_role(&self.client, request).await
    }

    async fn session_token(&self, request: &SessionToken) -> Result<SessionCredentials> {
        if sts::may_be_capped(request.duration) {
            let caller = self.caller_identity().await?;
            sts::check_root(&caller)?;
        }
        sts::session_token(&self.client, request).await
    }
}
