use async_trait::async_trait;
use landbridge_core::{CloudService, Error, ErrorKind, Result, Service, ServiceStatus};

use super::AliyunCloud;
use crate::{cbn, cdt};

fn unknown(service: CloudService) -> Error {
    Error::unsupported(format!("Alibaba Cloud has no {service} service"))
}

#[async_trait]
impl Service for AliyunCloud {
    async fn service_status(&self, service: CloudService) -> Result<ServiceStatus> {
        let request = match service {
            CloudService::Hub => cbn::check_service(),
            CloudService::Transit => cdt::get_service_status(),
            CloudService::CrossBorder => cdt::get_border_status(),
            other => return Err(unknown(other)),
        };
        match self
            .ask_for_all(request, |answer| Ok(cdt::read_service_status(answer)))
            .await
        {
            Err(error) if error.kind() == ErrorKind::ServiceNotOpen => Ok(ServiceStatus::Closed),
            other => other,
        }
    }

    async fn open_service(&self, service: CloudService) -> Result<()> {
        let request = match service {
            CloudService::Hub => cbn::open_service(),
            CloudService::Transit => cdt::open_service(),
            CloudService::CrossBorder => cdt::open_border_service(),
            other => return Err(unknown(other)),
        };
        match self.tell(request).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }
}
