use async_trait::async_trait;
use landbridge_core::{
    Drift, Error, Result, Trust, TrustRecord, TrustRequest, TrustedUser, UserRecord,
};

use super::AwsCloud;

#[async_trait]
impl Trust for AwsCloud {
    async fn ensure_trust(&self, _: &TrustRequest) -> Result<TrustRecord> {
        Err(Error::unsupported("roles are not made here yet"))
    }

    async fn trust_drift(&self, _: &TrustRequest) -> Result<Vec<Drift>> {
        Err(Error::unsupported("roles are not made here yet"))
    }

    async fn describe_trust(&self, _: &str) -> Result<Option<TrustRecord>> {
        Err(Error::unsupported("roles are not made here yet"))
    }

    async fn delete_trust(&self, _: &str, _: &str) -> Result<()> {
        Err(Error::unsupported("roles are not made here yet"))
    }

    async fn ensure_user(&self, _: &TrustedUser) -> Result<UserRecord> {
        Err(Error::unsupported("users are not made here yet"))
    }

    async fn delete_user(&self, _: &str, _: &str) -> Result<()> {
        Err(Error::unsupported("users are not made here yet"))
    }
}
