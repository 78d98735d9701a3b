//! Route learning: associations and propagations.

use super::hub;
use super::prelude::*;
use crate::ids::{PeeringId, RouteTableId};
use crate::plan::TableRef;
use crate::traits::{Learning, LearningKind, LearningRecord};

#[async_trait]
impl Listed for LearningRecord {
    const KIND: Kind = Kind::Learning;
    /// The hub's route table.
    type Query = RouteTableId;

    async fn list(cloud: &dyn Cloud, table: &RouteTableId) -> Result<Vec<Self>> {
        cloud.list_learning(table).await
    }
}

// The lock of the hubs of the interconnect.
fn domain(key: &ObjectKey) -> Option<String> {
    Some(hub::domain_of(key.interconnect()?))
}

async fn find(site: &Site<'_>, learning: &Learning) -> Result<Option<LearningRecord>> {
    let records = site.list::<LearningRecord>(&learning.table).await?;
    let record = records.iter().find(|record| record.learning == *learning);
    Ok(record.cloned())
}

/// Enables one half of route learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Enable {
    /// Which half.
    pub kind: LearningKind,
    /// The attachment or link.
    pub peering: Ref,
    /// The hub's route table.
    pub table: TableRef,
}

impl fmt::Display for Enable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} with {}", self.kind, self.peering, self.table)
    }
}

impl Enable {
    async fn learning(&self, site: &Site<'_>) -> Result<Learning> {
        Ok(Learning {
            kind: self.kind,
            peering: PeeringId::new(site.resolve(&self.peering)?),
            table: site.table(&self.table).await?,
        })
    }
}

#[async_trait]
impl Action for Enable {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Learning)
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let learning = self.learning(site).await?;
        let cloud = site.writing().await?;
        cloud.enable_learning(&learning).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let record = find(site, &self.learning(site).await?).await?;
        Ok(Seen::status(record.as_ref().map(|record| &record.status)))
    }
}

/// Disables one half of route learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disable {
    /// What is disabled.
    pub learning: Learning,
}

impl fmt::Display for Disable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Learning {
            kind,
            peering,
            table,
        } = &self.learning;
        write!(f, "disable {kind} of {peering} with {table}")
    }
}

#[async_trait]
impl Action for Disable {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Learning)
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.disable_learning(&self.learning).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let record = find(site, &self.learning).await?;
        Ok(Seen::left(record.map(|record| record.status.word)))
    }
}
