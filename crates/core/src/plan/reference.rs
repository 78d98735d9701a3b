use std::fmt;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ref;
use crate::ids::{AccountId, Place, Region, RouteTableId};

/// A network whose IPv6 range the cloud chooses when it creates the network, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NetworkRef {
    /// The network.
    pub network: Ref,
    /// Where it is.
    pub place: Place,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Destination {
    /// To a range that is known.
    Range(IpNet),
    /// To the IPv6 range of a network.
    Ipv6 {
        /// The network.
        ipv6_of: NetworkRef,
    },
}

/// A route table that is known, or will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableRef {
    /// This table.
    Id(RouteTableId),
    /// The main table of a network.
    MainOf(Ref),
    /// The default table of a regional hub.
    DefaultOf(Ref),
}

/// What a hub spans whose parent may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HubScopeRef {
    /// All regions.
    Global,
    /// One region.
    Regional {
        /// The global hub it belongs to, where the cloud has one.
        parent: Option<Ref>,
    },
    /// The edge of private lines.
    Edge {
        /// Its autonomous system number towards the lines.
        asn: u32,
    },
}

/// One side of a peering whose id may not be known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EndpointRef {
    /// A network.
    Network {
        /// Its id.
        id: Ref,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
    /// A regional hub.
    Hub {
        /// Its id.
        id: Ref,
        /// The global hub it belongs to, where the cloud has one.
        parent: Option<Ref>,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
    /// A hub at the edge of private lines.
    Edge {
        /// Its id.
        id: Ref,
        /// The account that owns it.
        account: AccountId,
        /// Where its owner's calls are made.
        region: Region,
    },
    /// A router at the end of a private line.
    BorderRouter {
        /// Its id.
        id: Ref,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
}

impl EndpointRef {
    /// The reference to its id.
    pub fn id(&self) -> &Ref {
        match self {
            Self::Network { id, .. }
            | Self::Hub { id, .. }
            | Self::Edge { id, .. }
            | Self::BorderRouter { id, .. } => id,
        }
    }

    /// The account that owns it.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Network { account, .. }
            | Self::Hub { account, .. }
            | Self::Edge { account, .. }
            | Self::BorderRouter { account, .. } => account,
        }
    }

    /// Its region; for a hub at the edge the one in which its owner's calls are made.
    pub fn region(&self) -> &Region {
        match self {
            Self::Network { region, .. }
            | Self::Hub { region, .. }
            | Self::Edge { region, .. }
            | Self::BorderRouter { region, .. } => region,
        }
    }
}

impl fmt::Display for NetworkRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the IPv6 CIDR block of {}", self.network)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Ipv6 { ipv6_of } => ipv6_of.fmt(f),
        }
    }
}

impl fmt::Display for TableRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "table {id}"),
            Self::MainOf(network) => write!(f, "main table of {network}"),
            Self::DefaultOf(hub) => write!(f, "default table of {hub}"),
        }
    }
}

impl fmt::Display for EndpointRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, region) = (self.account(), self.region());
        if let Self::Edge { id, .. } = self {
            return write!(f, "{id} ({account})");
        }
        write!(f, "{} ({account}, {region})", self.id())
    }
}
