//! Ends of services of the cloud inside networks.

use super::prelude::*;
use crate::ids::{GroupId, NetworkId, ServiceEndpointId, SubnetId};
use crate::traits::{CreateServiceEndpoint, ServiceEndpointRecord};

#[async_trait]
impl Listed for ServiceEndpointRecord {
    const KIND: Kind = Kind::ServiceEndpoint;
    type Query = Select<ServiceEndpointId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_service_endpoints(query).await
    }
}

#[async_trait]
impl Record for ServiceEndpointRecord {
    fields!(ServiceEndpointId);

    fn query(select: Select<ServiceEndpointId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.service_endpoints
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for ServiceEndpointRecord {
    async fn delete_id(cloud: &dyn Cloud, id: &ServiceEndpointId) -> Result<()> {
        cloud.delete_service_endpoint(id).await
    }
}

/// Makes the end of a service inside a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// The service.
    pub service: String,
    /// The network whose instances reach the service there.
    pub network: Ref,
    /// The subnet that it gets an interface in.
    pub subnet: Ref,
    /// The firewall groups of that interface.
    pub groups: Vec<Ref>,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "endpoint of service {} in {}", self.service, self.subnet)
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::ServiceEndpoint)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let groups = self.groups.iter();
        let groups = groups.map(|group| site.resolve(group).map(GroupId::new));
        let request = CreateServiceEndpoint::new(
            site.label(&self.name),
            &self.service,
            NetworkId::new(site.resolve(&self.network)?),
            SubnetId::new(site.resolve(&self.subnet)?),
            groups.collect::<Result<_>>()?,
        );
        let cloud = site.writing().await?;
        let record = cloud.create_service_endpoint(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<ServiceEndpointRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<ServiceEndpointRecord>().await
    }
}
