//! Networks and their subnets.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{NetworkId, Region, SubnetId, Zone};

/// A network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Network {
    /// The name.
    pub name: String,
    /// The account that owns it, by name.
    pub account: String,
    /// The region.
    pub region: Region,
    /// The primary range. Required unless `id` names an existing network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<IpNet>,
    /// An existing network: it takes part, and is neither created nor deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<NetworkId>,
    /// The subnets.
    #[serde(default)]
    pub subnets: Vec<Subnet>,
}

impl Network {
    /// A network to be created.
    pub fn new(
        name: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<Region>,
        range: IpNet,
    ) -> Self {
        Self {
            name: name.into(),
            account: account.into(),
            region: region.into(),
            range: Some(range),
            id: None,
            subnets: Vec::new(),
        }
    }

    /// A network that exists.
    pub fn existing(
        name: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<Region>,
        id: impl Into<NetworkId>,
    ) -> Self {
        Self {
            name: name.into(),
            account: account.into(),
            region: region.into(),
            range: None,
            id: Some(id.into()),
            subnets: Vec::new(),
        }
    }

    /// Adds a subnet.
    #[must_use]
    pub fn with_subnet(mut self, subnet: Subnet) -> Self {
        self.subnets.push(subnet);
        self
    }
}

/// A subnet of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Subnet {
    /// The name, unique in its network.
    pub name: String,
    /// The zone.
    pub zone: Zone,
    /// The range, inside the network's.
    pub range: IpNet,
    /// An existing subnet of an existing network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<SubnetId>,
}

impl Subnet {
    /// A subnet to be created.
    pub fn new(name: impl Into<String>, zone: impl Into<Zone>, range: IpNet) -> Self {
        Self {
            name: name.into(),
            zone: zone.into(),
            range,
            id: None,
        }
    }

    /// Says that the subnet exists.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<SubnetId>) -> Self {
        self.id = Some(id.into());
        self
    }
}
