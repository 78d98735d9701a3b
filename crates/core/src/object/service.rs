//! Paid services of an account.

use super::prelude::*;
use crate::traits::{CloudService, ServiceStatus};

/// Opens a service, which stays open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    /// The service.
    pub service: CloudService,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "open the {} service (account-wide, stays open)",
            self.service
        )
    }
}

#[async_trait]
impl Action for Open {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Service)
    }

    fn forms(&self, _: &ObjectKey) -> Vec<Form> {
        vec![self.service.into()]
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        match key {
            ObjectKey::Service { account, .. } => Some(format!("account/{account}")),
            _ => None,
        }
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.open_service(self.service).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let cloud = site.reading()?;
        Ok(match cloud.service_status(self.service).await? {
            ServiceStatus::Open => Seen::ready(),
            ServiceStatus::Closed => Seen::not_yet("Closed"),
        })
    }
}
