use async_trait::async_trait;
use landbridge_core::{Error, Owner, Result, TaggedId, Tagging};

use super::AliyunCloud;
use crate::tag::tag;

#[async_trait]
impl Tagging for AliyunCloud {
    async fn tag(&self, object: &TaggedId, owner: &Owner) -> Result<()> {
        let unsupported = || Error::unsupported(format!("{object} carries no tags"));
        let request = tag(self.region(), object, owner).ok_or_else(unsupported)?;
        self.tell(request).await
    }
}
