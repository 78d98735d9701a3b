//! Adoptions: an object that others made gets the topology's tags, and is the topology's from then on.

use super::prelude::*;
use crate::traits::{
    GroupRecord, HubRecord, InstanceRecord, NetworkRecord, PeeringRecord, ServiceEndpointRecord,
    SubnetRecord, TaggedId,
};

/// Tags an object as the topology's, under the step's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Adopt {
    /// The object.
    pub object: TaggedId,
    /// The topology whose tags it carries now, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl fmt::Display for Adopt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "take {} into the topology", self.object)?;
        match &self.from {
            Some(topology) => write!(f, ", out of topology {topology}"),
            None => Ok(()),
        }
    }
}

/// Tags an object with the step's key.
pub(super) async fn tag(site: &Site<'_>, object: &TaggedId) -> Result<Option<String>> {
    let owner = Owner::new(site.topology(), site.key().to_string());
    let cloud = site.writing().await?;
    cloud.tag(object, &owner).await?;
    Ok(None)
}

/// Whether an object carries the topology's tags and the step's key.
pub(super) async fn is_tagged(site: &Site<'_>, object: &TaggedId) -> Result<Seen> {
    let id = object.as_str();
    match object {
        TaggedId::Network(_) => seen::<NetworkRecord>(site, id).await,
        TaggedId::Subnet(_) => seen::<SubnetRecord>(site, id).await,
        TaggedId::Hub(_) => seen::<HubRecord>(site, id).await,
        TaggedId::Peering { .. } => seen::<PeeringRecord>(site, id).await,
        TaggedId::Group(_) => seen::<GroupRecord>(site, id).await,
        TaggedId::Instance(_) => seen::<InstanceRecord>(site, id).await,
        TaggedId::ServiceEndpoint(_) => seen::<ServiceEndpointRecord>(site, id).await,
    }
}

// Lists by tag show it once the cloud knows of its tags everywhere.
async fn seen<R: Record>(site: &Site<'_>, id: &str) -> Result<Seen> {
    let records = site.ours::<R>().await?;
    let mut there = records.iter().filter(|record| record.id().as_ref() == id);
    Ok(match there.any(|record| site.owns(record)) {
        true => Seen::ready(),
        false => Seen::not_yet("not tagged yet"),
    })
}

#[async_trait]
impl Action for Adopt {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Adoption)
    }

    fn is_at_edge(&self, key: &ObjectKey) -> bool {
        matches!(key, ObjectKey::EdgeHub(_))
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        tag(site, &self.object).await
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        is_tagged(site, &self.object).await
    }
}
