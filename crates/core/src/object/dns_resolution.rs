//! Name resolution over a peering.

use super::peering::between_networks;
use super::prelude::*;
use crate::ids::PeeringId;
use crate::traits::{DnsAccess, PeeringRecord, PeeringSide};

/// Lets the far side of a peering resolve the names of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Allow {
    /// The peering.
    pub peering: Ref,
    /// The side whose names are resolved.
    pub side: PeeringSide,
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            PeeringSide::Requester => "requester",
            PeeringSide::Accepter => "accepter",
        };
        write!(
            f,
            "let names of the {side} be resolved over {}",
            self.peering
        )
    }
}

#[async_trait]
impl Action for Allow {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::DnsResolution)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let id = PeeringId::new(site.resolve(&self.peering)?);
        let cloud = site.writing().await?;
        cloud
            .allow_dns_resolution(&id, self.side, DnsAccess::Allow)
            .await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let id = site.resolve(&self.peering)?;
        let peerings = site.list::<PeeringRecord>(&between_networks()).await?;
        Ok(
            match peerings.with_id(&id).map(|record| record.dns.of(self.side)) {
                None => Seen::Absent,
                Some(Some(true)) => Seen::ready(),
                Some(_) => Seen::not_yet("not allowed yet"),
            },
        )
    }
}
