//! Edges: which networks reach the address ranges behind private lines, through which border routers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BorderRouterId, Region};

/// A hub that joins networks to private lines: every member reaches the ranges behind every border router, and is
/// reached from there.
///
/// Its members do not reach each other through it, even where a cloud would let them: no route between them is made.
/// Join them by an interconnect for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Edge {
    /// The name; no interconnect has the same.
    pub name: String,
    /// The account that owns the hub, by name.
    pub owner: String,
    /// Where its owner's calls are made. The hub itself has no region: networks and border routers of any region join.
    pub region: Region,
    /// The hub's autonomous system number towards the lines. Clouds allow certain ranges only.
    pub asn: u32,
    /// The networks, by name, of any account.
    #[serde(default)]
    pub members: Vec<String>,
    /// The routers at the ends of the private lines.
    #[serde(default)]
    pub border_routers: Vec<BorderRouter>,
    /// The ranges of a member that the lines learn, by the member's name. Default: all ranges of the network.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub advertise: BTreeMap<String, Vec<IpNet>>,
    /// Whether the hub, its attachments, the grants to it and the routes over it are to go. Default no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl Edge {
    /// An edge without members or border routers.
    pub fn new(
        name: impl Into<String>,
        owner: impl Into<String>,
        region: impl Into<Region>,
        asn: u32,
    ) -> Self {
        Self {
            name: name.into(),
            owner: owner.into(),
            region: region.into(),
            asn,
            members: Vec::new(),
            border_routers: Vec::new(),
            advertise: BTreeMap::new(),
            removed: false,
        }
    }

    /// Adds a network, by name.
    #[must_use]
    pub fn with_member(mut self, network: impl Into<String>) -> Self {
        self.members.push(network.into());
        self
    }

    /// Adds a border router.
    #[must_use]
    pub fn with_border_router(mut self, router: BorderRouter) -> Self {
        self.border_routers.push(router);
        self
    }

    /// Sets which ranges of a member the lines learn.
    #[must_use]
    pub fn with_advertised(
        mut self,
        network: impl Into<String>,
        ranges: impl IntoIterator<Item = IpNet>,
    ) -> Self {
        self.advertise
            .insert(network.into(), ranges.into_iter().collect());
        self
    }

    /// Asks for the removal of everything of the edge.
    #[must_use]
    pub fn removed(mut self) -> Self {
        self.removed = true;
        self
    }
}

/// An existing router at the end of a private line. It is attached and detached, never created nor deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct BorderRouter {
    /// The name, unique in its edge.
    pub name: String,
    /// Its id in the cloud.
    pub id: BorderRouterId,
    /// The account that owns it, by name. Where it is not the edge's, clouds share border routers only after approval.
    pub account: String,
    /// Its region.
    pub region: Region,
    /// The ranges behind the line: members get routes to them. Those of two routers of an edge do not overlap.
    pub ranges: Vec<IpNet>,
    /// An address behind the line that answers pings. Default: none, and only the path up to the line is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<IpAddr>,
}

impl BorderRouter {
    /// A router that exists, and the ranges behind it.
    pub fn new(
        name: impl Into<String>,
        id: impl Into<BorderRouterId>,
        account: impl Into<String>,
        region: impl Into<Region>,
        ranges: impl IntoIterator<Item = IpNet>,
    ) -> Self {
        Self {
            name: name.into(),
            id: id.into(),
            account: account.into(),
            region: region.into(),
            ranges: ranges.into_iter().collect(),
            probe: None,
        }
    }

    /// Sets an address behind the line that answers pings.
    #[must_use]
    pub fn with_probe(mut self, address: IpAddr) -> Self {
        self.probe = Some(address);
        self
    }
}
