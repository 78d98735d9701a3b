use async_trait::async_trait;

use super::cloud::MemoryCloud;
use crate::error::Result;
use crate::traits::{CloudService, Service, ServiceStatus};

#[async_trait]
impl Service for MemoryCloud {
    async fn service_status(&self, service: CloudService) -> Result<ServiceStatus> {
        self.look(|world| world.service_status(&self.place.account, service))
            .await
    }

    async fn open_service(&self, service: CloudService) -> Result<()> {
        self.write("open_service", &service.to_string(), |world, place| {
            world.opened.insert((place.account.clone(), service));
            Ok(())
        })
        .await
    }
}
