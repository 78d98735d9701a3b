use std::fmt::Debug;

use async_trait::async_trait;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Label, Owner, Status, TAG_GRANT, Tags};
use crate::error::Result;
use crate::ids::{
    AccountId, BorderRouterId, HubId, InterfaceId, NetworkId, PeeringId, Region, SubnetId, Zone,
};

/// One side of a peering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash, JsonSchema)]
#[non_exhaustive]
pub enum Endpoint {
    /// A network.
    Network {
        /// Its id.
        id: NetworkId,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
    /// A regional hub.
    Hub {
        /// Its id.
        id: HubId,
        /// The global hub it belongs to, where the cloud has one.
        parent: Option<HubId>,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
    /// A hub at the edge of private lines, which has no region.
    Edge {
        /// Its id.
        id: HubId,
        /// The account that owns it.
        account: AccountId,
    },
    /// A router at the edge of a private line.
    BorderRouter {
        /// Its id.
        id: BorderRouterId,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
}

impl Endpoint {
    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Network { id, .. } => id.as_str(),
            Self::Hub { id, .. } | Self::Edge { id, .. } => id.as_str(),
            Self::BorderRouter { id, .. } => id.as_str(),
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

    /// Its region; none for a hub at the edge.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Network { region, .. }
            | Self::Hub { region, .. }
            | Self::BorderRouter { region, .. } => Some(region),
            Self::Edge { .. } => None,
        }
    }
}

impl Endpoint {
    /// The global hub that a regional one belongs to.
    pub(crate) fn parent(&self) -> Option<&HubId> {
        match self {
            Self::Hub { parent, .. } => parent.as_ref(),
            _ => None,
        }
    }

    /// Whether it is this hub, or belongs to it as a global one.
    pub(crate) fn is_hub(&self, hub: &HubId) -> bool {
        match self {
            Self::Hub { id, parent, .. } => id == hub || parent.as_ref() == Some(hub),
            Self::Edge { id, .. } => id == hub,
            Self::Network { .. } | Self::BorderRouter { .. } => false,
        }
    }
}

/// What a peering joins.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub enum PeeringKind {
    /// A network or a border router to a hub (requester: the member; accepter: the hub).
    Attachment,
    /// Two hubs.
    HubToHub,
    /// Two networks.
    NetworkToNetwork,
}

/// A side of a peering.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum PeeringSide {
    /// The side that asked.
    Requester,
    /// The side that agreed.
    Accepter,
}

/// Whether names of one side's instances resolve to private addresses on the other side, where the cloud reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsResolution {
    /// Whether the requester lets the accepter resolve its names.
    pub requester: Option<bool>,
    /// Whether the accepter lets the requester resolve its names.
    pub accepter: Option<bool>,
}

impl DnsResolution {
    /// What one side allows.
    pub fn of(&self, side: PeeringSide) -> Option<bool> {
        match side {
            PeeringSide::Requester => self.requester,
            PeeringSide::Accepter => self.accepter,
        }
    }
}

/// Whether one side of a peering lets the other resolve the names of its instances to private addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DnsAccess {
    /// The other side resolves them to private addresses.
    Allow,
    /// The other side does not.
    Refuse,
}

/// How traffic between regions is paid and limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum Transit {
    /// By the gigabyte.
    ByTraffic {
        /// The most that may pass, in Mbit/s; the cloud's default when absent.
        max_mbps: Option<u32>,
    },
}

/// Whose the grant is that an attachment to a hub of others needed. A grant carries no tags, so the attachment tells it,
/// in the value of its tag [`TAG_GRANT`](super::TAG_GRANT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GrantOrigin {
    /// The topology gave it, and takes it back after the attachment is gone.
    Made,
    /// It was there before, and stays.
    Used,
}

impl GrantOrigin {
    /// The value of the tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Used => "used",
        }
    }

    /// What the tags of an attachment say, if they say it.
    pub fn from_tags(tags: &Tags) -> Option<Self> {
        match tags.get(TAG_GRANT)?.as_str() {
            "made" => Some(Self::Made),
            "used" => Some(Self::Used),
            _ => None,
        }
    }
}

/// A peering or an attachment as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeeringRecord {
    /// Its id.
    pub id: PeeringId,
    /// Its name.
    pub name: String,
    /// What it joins.
    pub kind: PeeringKind,
    /// The side that asked.
    pub requester: Endpoint,
    /// The side that agrees.
    pub accepter: Endpoint,
    /// Between networks: the IPv4 CIDR blocks of the side that asked; empty where the cloud does not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requester_ranges: Vec<IpNet>,
    /// Likewise of the side that agrees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepter_ranges: Vec<IpNet>,
    /// The subnets through which a network is attached, by zone.
    pub subnets: Vec<(Zone, SubnetId)>,
    /// The network interfaces that it has in those subnets, where the cloud tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<InterfaceId>,
    /// What each side lets the other resolve; empty where the cloud has no such option.
    #[serde(default)]
    pub dns: DnsResolution,
    /// For an attachment at the edge: the ranges of the network that the lines learn; all of it when empty.
    #[serde(default)]
    pub prefixes: Vec<IpNet>,
    /// Whether it carries IPv6; absent where the cloud does not tell, or it carries whatever its ends have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<bool>,
    /// For an attachment to a hub of others: whose the grant is that it needed, if tagged by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantOrigin>,
    /// Its state.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl PeeringRecord {
    /// A peering or attachment without name, subnets, options and owner.
    pub fn new(
        id: PeeringId,
        kind: PeeringKind,
        requester: Endpoint,
        accepter: Endpoint,
        status: Status,
    ) -> Self {
        Self {
            id,
            name: String::new(),
            kind,
            requester,
            accepter,
            requester_ranges: Vec::new(),
            accepter_ranges: Vec::new(),
            subnets: Vec::new(),
            interfaces: Vec::new(),
            dns: DnsResolution::default(),
            prefixes: Vec::new(),
            ipv6: None,
            grant: None,
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets the IPv4 CIDR blocks of the side that asked.
        with_requester_ranges(requester_ranges: Vec<IpNet>);
        /// Sets those of the side that agrees.
        with_accepter_ranges(accepter_ranges: Vec<IpNet>);
        /// Sets its subnets.
        with_subnets(subnets: Vec<(Zone, SubnetId)>);
        /// Sets the interfaces it has there.
        with_interfaces(interfaces: Vec<InterfaceId>);
        /// Sets what each side lets the other resolve.
        with_dns(dns: DnsResolution);
        /// Sets the CIDR blocks that the private lines learn.
        with_prefixes(prefixes: Vec<IpNet>);
        /// Sets whether it carries IPv6.
        with_ipv6(ipv6: impl Into<Option<bool>>);
        /// Sets whose the grant is that it needed.
        with_grant(grant: impl Into<Option<GrantOrigin>>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

/// What [`Peering::request_peering`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestPeering {
    /// Name, ownership and token.
    pub label: Label,
    /// What it joins.
    pub kind: PeeringKind,
    /// The side that asks; for an attachment the member.
    pub requester: Endpoint,
    /// The side that agrees; for an attachment the hub.
    pub accepter: Endpoint,
    /// For an attachment: the subnets, by zone, in which the hub gets an interface.
    pub subnets: Vec<(Zone, SubnetId)>,
    /// How traffic between regions is paid; none inside one region.
    pub transit: Option<Transit>,
    /// For an attachment at the edge: the ranges of the network that the lines learn; all of it when empty.
    pub prefixes: Vec<IpNet>,
    /// For the attachment of a network to a hub: whether it is to carry IPv6 beside IPv4.
    pub ipv6: bool,
    /// For an attachment to a hub of others: whose the grant is that it needs, written as a tag.
    pub grant: Option<GrantOrigin>,
}

impl RequestPeering {
    /// The tags of the new peering: its owner's, and whose its grant is.
    pub fn tags(&self) -> Tags {
        let mut tags = self.label.owner.to_tags();
        let grant = self.grant.map(|grant| grant.as_str().to_owned());
        tags.extend(grant.map(|grant| (TAG_GRANT.to_owned(), grant)));
        tags
    }

    /// A request without subnets or transit.
    pub fn new(label: Label, kind: PeeringKind, requester: Endpoint, accepter: Endpoint) -> Self {
        Self {
            label,
            kind,
            requester,
            accepter,
            subnets: Vec::new(),
            transit: None,
            prefixes: Vec::new(),
            ipv6: false,
            grant: None,
        }
    }

    setters! {
        /// Sets the subnets, by zone.
        with_subnets(subnets: Vec<(Zone, SubnetId)>);
        /// Sets how traffic between regions is paid.
        with_transit(transit: impl Into<Option<Transit>>);
        /// Sets the CIDR blocks that the private lines learn.
        with_prefixes(prefixes: Vec<IpNet>);
        /// Sets whether it is to carry IPv6.
        with_ipv6(ipv6: bool);
        /// Sets whose the grant is that it needs.
        with_grant(grant: impl Into<Option<GrantOrigin>>);
    }
}

/// Which peerings a list returns: those that meet all conditions. Without conditions, all peerings of the account in the
/// region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PeeringSelect {
    /// Of this kind only.
    pub kind: Option<PeeringKind>,
    /// At this hub only, whatever it spans.
    pub hub: Option<HubId>,
    /// With one of these ids only, unless empty.
    pub ids: Vec<PeeringId>,
    /// Tagged with this topology only.
    pub topology: Option<String>,
}

impl PeeringSelect {
    /// All of them.
    pub fn all() -> Self {
        Self::default()
    }

    /// Of this kind only.
    #[must_use]
    pub fn with_kind(mut self, kind: PeeringKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// At this hub only, whatever it spans.
    #[must_use]
    pub fn with_hub(mut self, hub: HubId) -> Self {
        self.hub = Some(hub);
        self
    }

    /// With this id only, or one of those named before.
    #[must_use]
    pub fn with_id(mut self, id: PeeringId) -> Self {
        self.ids.push(id);
        self
    }

    /// Tagged with this topology only.
    #[must_use]
    pub fn with_topology(mut self, topology: impl Into<String>) -> Self {
        self.topology = Some(topology.into());
        self
    }

    /// Whether `record` meets all conditions.
    pub fn matches(&self, record: &PeeringRecord) -> bool {
        let at_hub = |hub: &HubId| {
            [&record.requester, &record.accepter]
                .into_iter()
                .any(|end| end.is_hub(hub))
        };
        self.kind.is_none_or(|kind| kind == record.kind)
            && self.hub.as_ref().is_none_or(at_hub)
            && (self.ids.is_empty() || self.ids.contains(&record.id))
            && self.topology.as_ref().is_none_or(|topology| {
                record
                    .owner
                    .as_ref()
                    .is_some_and(|owner| owner.topology == *topology)
            })
    }
}

/// Peerings and attachments: two things joined, each with an owner who must agree.
#[async_trait]
pub trait Peering: Debug + Send + Sync + 'static {
    /// Asks for a peering, as the owner of the hub (attachment) or of the requesting side.
    ///
    /// - The same token gives the same peering.
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) when another peering joins the two.
    /// - The other owner's consent is a [grant](super::Grant) given before, or an
    ///   [acceptance](Self::accept_peering) given after, as [`Capabilities`](super::Capabilities) says.
    async fn request_peering(&self, request: &RequestPeering) -> Result<PeeringRecord>;

    /// Accepts a peering whose accepter is this place's account, in this place's region.
    ///
    /// - Accepting it again succeeds.
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where consent is given by grants.
    async fn accept_peering(&self, id: &PeeringId) -> Result<()>;

    /// Allows the far side, or no longer allows it, to resolve names of this side's instances to private addresses, as
    /// the owner of this side.
    ///
    /// - The peering must be [ready](super::Phase::Ready), and both networks need
    ///   [host names](super::Network::enable_host_names).
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where
    ///   [`dns_resolution`](super::Capabilities::dns_resolution) says so.
    async fn allow_dns_resolution(
        &self,
        id: &PeeringId,
        side: PeeringSide,
        access: DnsAccess,
    ) -> Result<()>;

    /// Lists peerings and attachments seen from this place.
    ///
    /// - Attachments to a hub at the edge may be left out unless the selection names the hub.
    async fn list_peerings(&self, select: &PeeringSelect) -> Result<Vec<PeeringRecord>>;

    /// Deletes a peering or attachment, as the owner of the hub (attachment) or of either side. Deleting an absent one
    /// succeeds.
    ///
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while routes or route learning refer to it.
    async fn delete_peering(&self, id: &PeeringId, kind: PeeringKind) -> Result<()>;
}
