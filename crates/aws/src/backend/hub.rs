use async_trait::async_trait;
use landbridge_core::{
    CreateHub, Error, Hub, HubId, HubRecord, HubRouteRecord, Learning, LearningRecord, Result,
    RouteTableId, Select, Zone,
};

use super::AwsCloud;

fn no_hubs() -> Error {
    Error::unsupported(
        "Landbridge creates no hubs on AWS: it joins networks with VPC peering connections",
    )
    .with_remedy("set the interconnect's model to `mesh`")
}

#[async_trait]
impl Hub for AwsCloud {
    async fn create_hub(&self, _: &CreateHub) -> Result<HubRecord> {
        Err(no_hubs())
    }

    async fn list_hubs(&self, _: &Select<HubId>) -> Result<Vec<HubRecord>> {
        Ok(Vec::new())
    }

    async fn delete_hub(&self, _: &HubId) -> Result<()> {
        Err(no_hubs())
    }

    async fn list_hub_zones(&self) -> Result<Vec<Zone>> {
        Ok(Vec::new())
    }

    async fn enable_learning(&self, _: &Learning) -> Result<()> {
        Err(no_hubs())
    }

    async fn disable_learning(&self, _: &Learning) -> Result<()> {
        Err(no_hubs())
    }

    async fn list_learning(&self, _: &RouteTableId) -> Result<Vec<LearningRecord>> {
        Ok(Vec::new())
    }

    async fn list_hub_routes(&self, _: &RouteTableId) -> Result<Vec<HubRouteRecord>> {
        Ok(Vec::new())
    }
}
