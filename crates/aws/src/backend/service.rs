use async_trait::async_trait;
use landbridge_core::{CloudService, Result, Service, ServiceStatus};

use super::AwsCloud;

// Nothing of what peerings need must be opened.
#[async_trait]
impl Service for AwsCloud {
    async fn service_status(&self, _: CloudService) -> Result<ServiceStatus> {
        Ok(ServiceStatus::Open)
    }

    async fn open_service(&self, _: CloudService) -> Result<()> {
        Ok(())
    }
}
