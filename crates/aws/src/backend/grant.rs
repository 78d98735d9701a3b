use async_trait::async_trait;
use landbridge_core::{
    CreateGrant, Endpoint, Error, Grant, GrantRecord, HubId, Result, RevokeGrant,
};

use super::AwsCloud;

fn no_grants() -> Error {
    Error::unsupported(
        "AWS has no grants: the owner of a network consents by accepting the VPC peering connection",
    )
}

#[async_trait]
impl Grant for AwsCloud {
    async fn create_grant(&self, _: &CreateGrant) -> Result<()> {
        Err(no_grants())
    }

    async fn list_grants(&self, _: &Endpoint) -> Result<Vec<GrantRecord>> {
        Ok(Vec::new())
    }

    async fn list_received_grants(&self, _: &HubId) -> Result<Vec<GrantRecord>> {
        Ok(Vec::new())
    }

    async fn revoke_grant(&self, _: &RevokeGrant) -> Result<()> {
        Err(no_grants())
    }
}
