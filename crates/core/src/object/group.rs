//! Firewall groups.

use super::prelude::*;
use crate::ids::{GroupId, NetworkId};
use crate::traits::{CreateGroup, GroupRecord};

#[async_trait]
impl Listed for GroupRecord {
    const KIND: Kind = Kind::Group;
    type Query = Select<GroupId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_groups(query).await
    }
}

#[async_trait]
impl Record for GroupRecord {
    fields!(GroupId);

    fn query(select: Select<GroupId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.groups
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for GroupRecord {
    // Shared with the group's rules.
    fn domain(key: &ObjectKey) -> Option<String> {
        Some(key.to_string())
    }

    async fn delete_id(cloud: &dyn Cloud, id: &GroupId) -> Result<()> {
        cloud.delete_group(id).await
    }
}

/// Creates a firewall group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// The network whose instances it protects.
    pub network: Ref,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "firewall group in {}", self.network)
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Group)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let network = NetworkId::new(site.resolve(&self.network)?);
        let request = CreateGroup::new(site.label(&self.name), network);
        let cloud = site.writing().await?;
        let record = cloud.create_group(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<GroupRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<GroupRecord>().await
    }

    async fn rivals(&self, site: &Site<'_>, id: &str) -> Result<Vec<String>> {
        let query = site.query::<GroupRecord>();
        site.rivals::<GroupRecord>(&query, id, |own, other| own.network == other.network)
            .await
    }

    async fn undo(&self, site: &Site<'_>, id: &str) -> Result<()> {
        let cloud = site.writing().await?;
        GroupRecord::delete_id(cloud.as_ref(), &GroupId::new(id)).await
    }
}
