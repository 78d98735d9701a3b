use async_trait::async_trait;
use landbridge_core::{Owner, Result, TaggedId, Tagging};

use super::AwsCloud;
use crate::client::{Operation, repeatable};
use crate::ec2::tag::own;

// A tag of the same key is overwritten, so a second call changes nothing.
pub(super) const CREATE_TAGS: Operation = repeatable("CreateTags");
pub(super) const DELETE_TAGS: Operation = repeatable("DeleteTags");

#[async_trait]
impl Tagging for AwsCloud {
    async fn tag(&self, object: &TaggedId, owner: &Owner) -> Result<()> {
        let input = own(object, owner);
        let send = || input.clone().send_with(self.client.ec2());
        self.client.call(CREATE_TAGS, send).await.map(drop)
    }
}
