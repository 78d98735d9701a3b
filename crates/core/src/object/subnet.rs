//! Subnets.

use ipnet::IpNet;

use super::prelude::*;
use crate::ids::{NetworkId, SubnetId, Zone};
use crate::traits::{CreateSubnet, SubnetRecord};

#[async_trait]
impl Listed for SubnetRecord {
    const KIND: Kind = Kind::Subnet;
    type Query = Select<SubnetId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_subnets(query).await
    }
}

#[async_trait]
impl Record for SubnetRecord {
    fields!(SubnetId);

    fn query(select: Select<SubnetId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.subnets
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for SubnetRecord {
    const HOLDS_DOMAIN: bool = true;

    fn domain(key: &ObjectKey) -> Option<String> {
        match key {
            ObjectKey::Subnet { network, .. } => Some(ObjectKey::network(network).to_string()),
            _ => None,
        }
    }

    async fn delete_id(cloud: &dyn Cloud, id: &SubnetId) -> Result<()> {
        cloud.delete_subnet(id).await
    }
}

/// Creates a subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// The network it is part of.
    pub network: Ref,
    /// Its zone.
    pub zone: Zone,
    /// Its CIDR block.
    pub range: IpNet,
    /// Which /64 of the network's IPv6 CIDR block it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6_slot: Option<u8>,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "subnet {}", self.range)?;
        if let Some(slot) = self.ipv6_slot {
            write!(f, " and IPv6 /64 number {slot}")?;
        }
        write!(f, " of {} in {}", self.network, self.zone)
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Subnet)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        SubnetRecord::domain(key)
    }

    fn holds_domain(&self) -> bool {
        SubnetRecord::HOLDS_DOMAIN
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let network = NetworkId::new(site.resolve(&self.network)?);
        let label = site.label(&self.name);
        let request = CreateSubnet::new(label, network, self.zone.clone(), self.range)
            .with_ipv6_slot(self.ipv6_slot);
        let cloud = site.writing().await?;
        let record = cloud.create_subnet(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<SubnetRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<SubnetRecord>().await
    }
}
