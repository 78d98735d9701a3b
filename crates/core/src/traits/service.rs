use std::fmt::{self, Debug};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// A paid service that an account must have opened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub enum CloudService {
    /// Regional hubs (the transit-router service). Needed in the account of the hub and of every member.
    Hub,
    /// Traffic between regions, paid by the gigabyte (Cloud Data Transfer). Needed in the account that pays.
    Transit,
    /// Traffic between regions on both sides of a border ([`Capabilities::areas`](super::Capabilities::areas)). Needed,
    /// beside [`Transit`](Self::Transit), in the account that pays.
    CrossBorder,
}

impl CloudService {
    /// All services, in the order in which to open them.
    pub(crate) const ALL: [Self; 3] = [Self::Hub, Self::Transit, Self::CrossBorder];

    /// The service as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Transit => "transit",
            Self::CrossBorder => "cross-border",
        }
    }

    /// The service of this text.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.as_str() == name)
    }
}

impl fmt::Display for CloudService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a service is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceStatus {
    /// It is open, or the cloud has no such service to open.
    Open,
    /// It is not open.
    Closed,
}

/// Paid services of an account.
#[async_trait]
pub trait Service: Debug + Send + Sync + 'static {
    /// Reads whether a service is open in the place's account.
    async fn service_status(&self, service: CloudService) -> Result<ServiceStatus>;

    /// Opens a service, which accepts its terms of payment: call it only with the account owner's consent.
    ///
    /// - Opening an open service succeeds.
    /// - A service opens for the whole account. Landbridge never closes it.
    async fn open_service(&self, service: CloudService) -> Result<()>;
}
