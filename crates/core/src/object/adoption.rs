//! Adoptions: an object that others made gets the topology's tags, and is the topology's from then on.

use super::prelude::*;
use crate::traits::{
    GroupRecord, HubRecord, InstanceRecord, NetworkRecord, PeeringRecord, SubnetRecord, TaggedId,
};

/// Tags an object as the topology's, under the step's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        let owner = Owner::new(site.topology(), site.key().to_string());
        let cloud = site.writing().await?;
        cloud.tag(&self.object, &owner).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let id = self.object.as_str();
        match &self.object {
            TaggedId::Network(_) => seen::<NetworkRecord>(site, id).await,
            TaggedId::Subnet(_) => seen::<SubnetRecord>(site, id).await,
            TaggedId::Hub(_) => seen::<HubRecord>(site, id).await,
            TaggedId::Peering { .. } => seen::<PeeringRecord>(site, id).await,
            TaggedId::Group(_) => seen::<GroupRecord>(site, id).await,
            TaggedId::Instance(_) => seen::<InstanceRecord>(site, id).await,
        }
    }
}
