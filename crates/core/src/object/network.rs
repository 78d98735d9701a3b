//! Networks.

use ipnet::IpNet;

use super::prelude::*;
use crate::ids::NetworkId;
use crate::traits::{CreateNetwork, NetworkRecord};

#[async_trait]
impl Listed for NetworkRecord {
    const KIND: Kind = Kind::Network;
    type Query = Select<NetworkId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_networks(query).await
    }
}

#[async_trait]
impl Record for NetworkRecord {
    fields!(NetworkId);

    fn query(select: Select<NetworkId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.networks
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for NetworkRecord {
    async fn delete_id(cloud: &dyn Cloud, id: &NetworkId) -> Result<()> {
        cloud.delete_network(id).await
    }
}

/// Creates a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// Its primary CIDR block.
    pub range: IpNet,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {}", self.range)
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Network)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn first_look(&self) -> u32 {
        1
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let request = CreateNetwork::new(site.label(&self.name), self.range);
        let cloud = site.writing().await?;
        let record = cloud.create_network(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<NetworkRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<NetworkRecord>().await
    }
}
