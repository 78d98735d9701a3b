//! Host names of the instances of a network, which resolution over a peering needs.

use super::prelude::*;
use crate::ids::NetworkId;

/// Gives the instances of a network host names that resolve. They keep them: nothing tells who turned them on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Enable {
    /// The network.
    pub network: Ref,
}

impl fmt::Display for Enable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "turn on DNS host names and DNS support of network {} (stays on)",
            self.network
        )
    }
}

#[async_trait]
impl Action for Enable {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::HostNames)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let network = NetworkId::new(site.resolve(&self.network)?);
        let cloud = site.writing().await?;
        cloud.enable_host_names(&network).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let network = NetworkId::new(site.resolve(&self.network)?);
        let cloud = site.reading()?;
        Ok(match cloud.has_host_names(&network).await? {
            true => Seen::ready(),
            false => Seen::not_yet("off"),
        })
    }
}
