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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// Its primary CIDR block.
    pub range: IpNet,
    /// Whether the cloud gives it an IPv6 CIDR block too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ipv6: bool,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {}", self.range)?;
        match self.ipv6 {
            true => f.write_str(" and an IPv6 /56 of the cloud's choice"),
            false => Ok(()),
        }
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

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let request = CreateNetwork::new(site.label(&self.name), self.range).with_ipv6(self.ipv6);
        let cloud = site.writing().await?;
        let record = cloud.create_network(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        let records = site.ours::<NetworkRecord>().await?;
        let record = records.iter().find(|record| record.id.as_str() == id);
        let lacks_range = |record: &&NetworkRecord| {
            self.ipv6 && record.status.is_ready() && record.ipv6_ranges().next().is_none()
        };
        Ok(match record.filter(lacks_range) {
            // Others need the range, and clouds may tell it later than the network.
            Some(_) => Seen::not_yet("without its IPv6 CIDR block"),
            None => Seen::record(record),
        })
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<NetworkRecord>().await
    }

    async fn rivals(&self, site: &Site<'_>, id: &str) -> Result<Vec<String>> {
        let query = site.query::<NetworkRecord>();
        site.rivals::<NetworkRecord>(&query, id, |_, _| true).await
    }

    async fn undo(&self, site: &Site<'_>, id: &str) -> Result<()> {
        let cloud = site.writing().await?;
        NetworkRecord::delete_id(cloud.as_ref(), &NetworkId::new(id)).await
    }
}
