use std::fmt::{self, Debug};

use async_trait::async_trait;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Label, Owner, Select, Status};
use crate::error::Result;
use crate::ids::{AccountId, NetworkId, Region, SubnetId, Zone};

/// A network as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkRecord {
    /// Its id.
    pub id: NetworkId,
    /// Its name.
    pub name: String,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its CIDR blocks: the primary one first, then secondary and all IPv6 ones.
    pub ranges: Vec<IpNet>,
    /// Its state.
    pub status: Status,
    /// Whether instances have host names that resolve, if that was read: lists do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_names: Option<bool>,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl NetworkRecord {
    /// A network without name, ranges and owner.
    pub fn new(id: NetworkId, account: AccountId, region: Region, status: Status) -> Self {
        Self {
            id,
            name: String::new(),
            account,
            region,
            ranges: Vec::new(),
            status,
            host_names: None,
            owner: None,
            maker: None,
        }
    }

    /// Its IPv6 CIDR blocks.
    pub fn ipv6_ranges(&self) -> impl Iterator<Item = &IpNet> {
        self.ranges.iter().filter(|range| range.addr().is_ipv6())
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets its CIDR blocks, the primary one first.
        with_ranges(ranges: Vec<IpNet>);
        /// Sets whether instances have host names that resolve.
        with_host_names(host_names: impl Into<Option<bool>>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

/// An availability zone of a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ZoneRecord {
    /// Its name, which may stand for another data centre in another account.
    pub name: Zone,
    /// Its name that is the same in all accounts, where the cloud has a second one (`use1-az1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Zone>,
}

impl ZoneRecord {
    /// A zone with one name.
    pub fn new(name: Zone) -> Self {
        Self { name, id: None }
    }

    setters! {
        /// Sets the name that is the same in all accounts.
        with_id(id: impl Into<Option<Zone>>);
    }

    /// Whether it has this name or id.
    pub fn is_called(&self, zone: &Zone) -> bool {
        self.name == *zone || self.id.as_ref() == Some(zone)
    }
}

impl fmt::Display for ZoneRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{} ({id})", self.name),
            None => f.write_str(self.name.as_str()),
        }
    }
}

/// A subnet as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubnetRecord {
    /// Its id.
    pub id: SubnetId,
    /// Its name.
    pub name: String,
    /// The network it is part of.
    pub network: NetworkId,
    /// The account that owns it and its network, if the cloud reports it: another than the caller's where they are shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Its zone, by name.
    pub zone: Zone,
    /// Its zone by the name that is the same in all accounts, where the cloud has a second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<Zone>,
    /// Its address range: the IPv4 one, where it has one.
    pub range: IpNet,
    /// All its IPv6 ranges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_ranges: Vec<IpNet>,
    /// How many addresses are free, if the cloud reports it.
    pub free_addresses: Option<u64>,
    /// Its state.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl SubnetRecord {
    /// A subnet without name and owner.
    pub fn new(id: SubnetId, network: NetworkId, zone: Zone, range: IpNet, status: Status) -> Self {
        Self {
            id,
            name: String::new(),
            network,
            account: None,
            zone,
            zone_id: None,
            range,
            ipv6_ranges: Vec::new(),
            free_addresses: None,
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets the account that owns it.
        with_account(account: impl Into<Option<AccountId>>);
        /// Sets the name of its zone that is the same in all accounts.
        with_zone_id(zone_id: impl Into<Option<Zone>>);
        /// Sets its IPv6 CIDR blocks.
        with_ipv6_ranges(ipv6_ranges: Vec<IpNet>);
        /// Sets how many addresses are free.
        with_free_addresses(free_addresses: impl Into<Option<u64>>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

impl SubnetRecord {
    /// Whether it is in this zone, given by name or by id.
    pub fn is_in(&self, zone: &Zone) -> bool {
        self.zone == *zone || self.zone_id.as_ref() == Some(zone)
    }
}

/// What [`Network::create_network`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateNetwork {
    /// Name, ownership and token.
    pub label: Label,
    /// The primary range.
    pub range: IpNet,
    /// Whether the cloud gives it an IPv6 range too, a /56.
    pub ipv6: bool,
}

impl CreateNetwork {
    /// A network with one range.
    pub fn new(label: Label, range: IpNet) -> Self {
        Self {
            label,
            range,
            ipv6: false,
        }
    }

    setters! {
        /// Sets whether the cloud gives it an IPv6 range too.
        with_ipv6(ipv6: bool);
    }
}

/// What [`Network::create_subnet`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateSubnet {
    /// Name, ownership and token.
    pub label: Label,
    /// The network to be part of.
    pub network: NetworkId,
    /// The zone, by name or by id.
    pub zone: Zone,
    /// The range, inside one of the network's.
    pub range: IpNet,
    /// Which /64 of the network's IPv6 range it gets: the number in bits 56 to 63 of its addresses; none when absent.
    pub ipv6_slot: Option<u8>,
}

impl CreateSubnet {
    /// A subnet of `network` in `zone`.
    pub fn new(label: Label, network: NetworkId, zone: Zone, range: IpNet) -> Self {
        Self {
            label,
            network,
            zone,
            range,
            ipv6_slot: None,
        }
    }

    setters! {
        /// Sets which /64 of the network's IPv6 range it gets.
        with_ipv6_slot(ipv6_slot: impl Into<Option<u8>>);
    }
}

/// Networks and their subnets.
#[async_trait]
pub trait Network: Debug + Send + Sync + 'static {
    /// Creates a network in this place.
    ///
    /// - The same token gives the same network where the cloud has
    ///   [`network_tokens`](super::Capabilities::network_tokens). On other clouds a repeated token may create a second
    ///   network: after a lost answer, list the topology's networks before you create again.
    /// - The network carries the label's name and ownership tags from the start.
    /// - One with [`ipv6`](CreateNetwork::ipv6) gets its IPv6 range from the cloud: it is listed once the network is
    ///   [ready](super::Phase::Ready).
    async fn create_network(&self, request: &CreateNetwork) -> Result<NetworkRecord>;

    /// Lists networks of this place.
    async fn list_networks(&self, select: &Select<NetworkId>) -> Result<Vec<NetworkRecord>>;

    /// Deletes a network.
    ///
    /// - Deleting an absent network succeeds.
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while anything is left in it.
    async fn delete_network(&self, id: &NetworkId) -> Result<()>;

    /// Adds a secondary IPv4 CIDR block to a network (`AssociateVpcCidrBlock`).
    ///
    /// - Adding one that the network has succeeds.
    /// - Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) or another kind that is not retried when it overlaps
    ///   another one of the network.
    async fn add_range(&self, id: &NetworkId, range: &IpNet) -> Result<()>;

    /// Removes a secondary IPv4 CIDR block from a network (`UnassociateVpcCidrBlock`, `DisassociateVpcCidrBlock`).
    ///
    /// - Removing one that the network does not have succeeds, and so does removing one of an absent network.
    /// - Fails while a subnet is left in it, and for the primary CIDR block.
    async fn remove_range(&self, id: &NetworkId, range: &IpNet) -> Result<()>;

    /// Turns on host names of a network's instances and their resolution, which letting others resolve them needs.
    ///
    /// - Turning them on again succeeds.
    /// - Nothing turns them off again, because nothing tells who turned them on.
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where
    ///   [`dns_resolution`](super::Capabilities::dns_resolution) says so.
    async fn enable_host_names(&self, id: &NetworkId) -> Result<()>;

    /// Whether host names of a network's instances and their resolution are on.
    ///
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where
    ///   [`dns_resolution`](super::Capabilities::dns_resolution) says so.
    async fn has_host_names(&self, id: &NetworkId) -> Result<bool>;

    /// Creates a subnet.
    ///
    /// - The same token gives the same subnet where the cloud has
    ///   [`network_tokens`](super::Capabilities::network_tokens). On other clouds a repeated token may create a second
    ///   subnet: after a lost answer, list the topology's subnets before you create again.
    /// - Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) when the range is not inside the network's, or it
    ///   names an [IPv6 slot](CreateSubnet::ipv6_slot) and the network has no IPv6 range.
    async fn create_subnet(&self, request: &CreateSubnet) -> Result<SubnetRecord>;

    /// Lists subnets of this place.
    async fn list_subnets(&self, select: &Select<SubnetId>) -> Result<Vec<SubnetRecord>>;

    /// Deletes a subnet.
    ///
    /// - Deleting an absent subnet succeeds.
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while interfaces are left in it.
    async fn delete_subnet(&self, id: &SubnetId) -> Result<()>;
}
