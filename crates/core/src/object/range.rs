//! Secondary CIDR blocks of networks that the topology made.

use ipnet::IpNet;

use super::prelude::*;
use crate::ids::NetworkId;
use crate::traits::NetworkRecord;

/// Adds a secondary CIDR block to a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// The network.
    pub network: Ref,
    /// The CIDR block.
    pub range: IpNet,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CIDR block {} of network {}", self.range, self.network)
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Range)
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    fn holds_domain(&self) -> bool {
        true
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let network = NetworkId::new(site.resolve(&self.network)?);
        let cloud = site.writing().await?;
        cloud.add_range(&network, &self.range).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let network = NetworkId::new(site.resolve(&self.network)?);
        Ok(match has(site, &network, &self.range).await? {
            true => Seen::ready(),
            false => Seen::not_yet("not there yet"),
        })
    }
}

/// Removes a secondary CIDR block from a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delete {
    /// The network.
    pub network: NetworkId,
    /// The CIDR block.
    pub range: IpNet,
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "remove CIDR block {} of network {}",
            self.range, self.network
        )
    }
}

#[async_trait]
impl Action for Delete {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Range)
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    fn holds_domain(&self) -> bool {
        true
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.remove_range(&self.network, &self.range).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let is_left = has(site, &self.network, &self.range).await?;
        Ok(Seen::left(is_left.then(|| "still there".to_owned())))
    }
}

async fn has(site: &Site<'_>, network: &NetworkId, range: &IpNet) -> Result<bool> {
    let records = site.ours::<NetworkRecord>().await?;
    let record = records.iter().find(|record| record.id == *network);
    Ok(record.is_some_and(|record| record.ranges.contains(range)))
}

// That of the network's subnets: a cloud takes one change of a network at a time.
fn domain(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Range { network, .. } => Some(ObjectKey::network(network).to_string()),
        _ => None,
    }
}
