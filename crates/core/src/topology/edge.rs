//! Edges: which networks reach the address ranges behind private lines, through which border routers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BorderRouterId, HubId, PeeringId, Region};

/// A hub that joins networks to private lines, such as an Express Connect Router: every member network reaches the CIDR
/// blocks behind every border router, and is reached from there.
///
/// The members do not reach each other through it: Landbridge makes no route between them. Join them with an
/// interconnect for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Edge {
    /// The name of the edge; no interconnect has the same.
    pub name: String,
    /// The account, by name, that owns and pays for the hub.
    pub owner: String,
    /// The region in which Landbridge makes the owner's API calls. The hub itself has no region: networks and border
    /// routers of any region join it.
    pub region: Region,
    /// The autonomous system number (ASN) of the hub towards the lines. Clouds allow only some numbers.
    pub asn: u32,
    /// The member networks, by name, of any account.
    #[serde(default)]
    pub members: Vec<String>,
    /// The border routers at the ends of the private lines.
    #[serde(default)]
    pub border_routers: Vec<BorderRouter>,
    /// The CIDR blocks that the lines learn, by the name of the member network. Default: all CIDR blocks of the network.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub advertise: BTreeMap<String, Vec<IpNet>>,
    /// The ID of the hub, such as `ecr-..`, where the account of its owner is held by another: there it cannot be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<HubId>,
    /// Likewise the IDs of the attachments that its owner made for members of ours, by network. Routes wait for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, PeeringId>,
    /// Set it to `true` to remove the hub, its attachments, its grants and the routes through it. Default: no.
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
            id: None,
            attachments: BTreeMap::new(),
            removed: false,
        }
    }

    /// Sets the ID of the hub of an owner whose account is held by another.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<HubId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the ID of the attachment of a member, as the owner of the hub tells it.
    #[must_use]
    pub fn with_attachment(mut self, network: impl Into<String>, id: impl Into<PeeringId>) -> Self {
        self.attachments.insert(network.into(), id.into());
        self
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

/// An existing router at the end of a private line, such as a virtual border router. Landbridge attaches and detaches
/// it, and neither creates nor deletes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct BorderRouter {
    /// The name of the border router, unique in its edge.
    pub name: String,
    /// Its ID in the cloud, such as `vbr-..`.
    pub id: BorderRouterId,
    /// The account that owns it, by name. A cloud shares it with the account of the edge only after approval.
    pub account: String,
    /// The region of the border router.
    pub region: Region,
    /// The CIDR blocks behind the line: members get routes to them. Several border routers of an edge may have the
    /// same ones, for redundancy.
    pub ranges: Vec<IpNet>,
    /// An IP address behind the line that answers pings. Default: none, and verification reads the configuration only.
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
