use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use async_trait::async_trait;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{PrefixList, Status, Token};
use crate::error::Result;
use crate::ids::{NetworkId, PeeringId, RouteTableId, SubnetId};

/// Whether a route table is the main one, which serves every subnet without a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableRole {
    /// The network's main table.
    Main,
    /// A table that subnets are explicitly associated with.
    Custom,
}

/// A route table of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RouteTableRecord {
    /// Its id.
    pub id: RouteTableId,
    /// Its network.
    pub network: NetworkId,
    /// Its role.
    pub role: TableRole,
    /// Subnets known to use it.
    pub subnets: Vec<SubnetId>,
    /// Whether it is for packets that come in through a gateway, and for no subnet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gateway: bool,
    /// Its tags, whoever wrote them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl RouteTableRecord {
    /// A route table that no subnet is known to use.
    pub fn new(id: RouteTableId, network: NetworkId, role: TableRole) -> Self {
        Self {
            id,
            network,
            role,
            subnets: Vec::new(),
            gateway: false,
            tags: BTreeMap::new(),
        }
    }

    setters! {
        /// Sets its subnets.
        with_subnets(subnets: Vec<SubnetId>);
        /// Sets whether it is for packets that come in through a gateway.
        with_gateway(gateway: bool);
        /// Sets its tags.
        with_tags(tags: BTreeMap<String, String>);
    }
}

impl RouteTableRecord {
    /// Whether any subnet can use this table: the main table always, a custom table when a subnet is associated with it.
    pub fn in_use(&self) -> bool {
        self.role == TableRole::Main || !self.subnets.is_empty()
    }
}

/// Which packets a route is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Destination {
    /// Packets to a CIDR block.
    Range(IpNet),
    /// Packets to the CIDR blocks of a list. Each of them counts as a route of its own.
    PrefixList(PrefixList),
    /// Something that was not understood, in the cloud's words.
    Other(String),
}

impl Destination {
    /// The CIDR block, if it is one and no list.
    pub fn range(&self) -> Option<IpNet> {
        match self {
            Self::Range(range) => Some(*range),
            Self::PrefixList(_) | Self::Other(_) => None,
        }
    }

    /// All CIDR blocks that it stands for; nothing where they are not known.
    pub fn ranges(&self) -> Option<&[IpNet]> {
        match self {
            Self::Range(range) => Some(std::slice::from_ref(range)),
            Self::PrefixList(list) => list.ranges.as_deref(),
            Self::Other(_) => None,
        }
    }
}

impl From<IpNet> for Destination {
    fn from(range: IpNet) -> Self {
        Self::Range(range)
    }
}

impl From<PrefixList> for Destination {
    fn from(list: PrefixList) -> Self {
        Self::PrefixList(list)
    }
}

impl PartialEq<IpNet> for Destination {
    fn eq(&self, other: &IpNet) -> bool {
        self.range() == Some(*other)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(f, "{range}"),
            Self::PrefixList(list) => write!(f, "{list}"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NextHop {
    /// The network itself.
    Local,
    /// A peering or an attachment.
    Peering(PeeringId),
    /// Nowhere: its target no longer exists.
    BlackHole,
    /// The internet, through this gateway: no address of a private network is reached there.
    Internet(String),
    /// Something that Landbridge does not manage.
    Other {
        /// The cloud's word for its kind.
        kind: String,
        /// Its id.
        id: String,
    },
}

impl fmt::Display for NextHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Peering(id) => write!(f, "{id}"),
            Self::BlackHole => f.write_str("black hole"),
            Self::Internet(gateway) => write!(f, "the internet through {gateway}"),
            Self::Other { kind, id } => write!(f, "{kind} {id}"),
        }
    }
}

/// Who added a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouteOrigin {
    /// The cloud, for the network's own ranges.
    System,
    /// A user.
    Custom,
    /// Learned from a hub or a gateway. Users cannot delete it.
    Learned,
}

/// One route of a network's route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RouteRecord {
    /// The table it is in.
    pub table: RouteTableId,
    /// Which packets it is for.
    pub destination: Destination,
    /// Where packets are sent.
    pub next_hop: NextHop,
    /// Who added it.
    pub origin: RouteOrigin,
    /// Its state.
    pub status: Status,
    /// The topology that wrote it, if it was [marked](CreateRoute::with_mark). A cloud that keeps marks apart from
    /// routes shows a mark whose route is gone as a route that is being deleted, in [inventories](super::Cloud::inventory).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

impl RouteRecord {
    /// A route.
    pub fn new(
        table: RouteTableId,
        destination: impl Into<Destination>,
        next_hop: NextHop,
        origin: RouteOrigin,
        status: Status,
    ) -> Self {
        Self {
            table,
            destination: destination.into(),
            next_hop,
            origin,
            status,
            mark: None,
        }
    }

    setters! {
        /// Sets the topology that wrote it.
        with_mark(mark: impl Into<Option<String>>);
    }
}

/// What [`Routing::create_route`] needs. A route carries no tags: table, destination and next hop are its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateRoute {
    /// The table.
    pub table: RouteTableId,
    /// The destination.
    pub destination: IpNet,
    /// The peering or attachment that leads there.
    pub next_hop: PeeringId,
    /// The name that the console shows, where the cloud has one for routes. Default: none.
    pub name: Option<String>,
    /// The topology that is marked as its writer. Default: none.
    pub mark: Option<String>,
    /// The idempotency token, where the cloud takes one for routes. Default: one for each call.
    pub token: Option<Token>,
}

impl CreateRoute {
    /// A route to `destination` through `next_hop`.
    pub fn new(table: RouteTableId, destination: IpNet, next_hop: PeeringId) -> Self {
        Self {
            table,
            destination,
            next_hop,
            name: None,
            mark: None,
            token: None,
        }
    }

    /// Sets the name that the console shows.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    setters! {
        /// Marks a topology as its writer, so that it is known as the topology's although its next hop is not.
        with_mark(mark: impl Into<Option<String>>);
        /// Sets the idempotency token.
        with_token(token: impl Into<Option<Token>>);
    }
}

/// A route that [`Routing::delete_routes`] deletes: table, destination and next hop are its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteRoute {
    /// The table.
    pub table: RouteTableId,
    /// The destination.
    pub destination: IpNet,
    /// The peering or attachment that leads there.
    pub next_hop: PeeringId,
}

impl DeleteRoute {
    /// The route to `destination` through `next_hop`.
    pub fn new(table: RouteTableId, destination: IpNet, next_hop: PeeringId) -> Self {
        Self {
            table,
            destination,
            next_hop,
        }
    }
}

/// Route tables of networks.
///
/// Backends of clouds that take many routes in one call override [`create_routes`](Self::create_routes) and
/// [`delete_routes`](Self::delete_routes) and say how many in
/// [`routes_per_call`](super::Capabilities::routes_per_call). A wrapper forwards them.
#[async_trait]
pub trait Routing: Debug + Send + Sync + 'static {
    /// Lists the route tables of these networks, the main table of each included.
    async fn list_route_tables(&self, networks: &[NetworkId]) -> Result<Vec<RouteTableRecord>>;

    /// Lists all routes of a table, including routes that Landbridge did not add.
    async fn list_routes(&self, table: &RouteTableId) -> Result<Vec<RouteRecord>>;

    /// Adds a route.
    ///
    /// - A mark is written with the route or before it, so that no moment shows the route without its mark.
    /// - Adding a route that exists with the same next hop succeeds.
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) when the destination leads elsewhere.
    async fn create_route(&self, request: &CreateRoute) -> Result<()>;

    /// Deletes a custom route.
    ///
    /// - Deleting an absent route succeeds.
    /// - A route to the same destination with another next hop is left alone.
    /// - The mark of a route to this destination and next hop goes too, whether the route is there or not.
    async fn delete_route(
        &self,
        table: &RouteTableId,
        destination: &IpNet,
        next_hop: &PeeringId,
    ) -> Result<()>;

    /// Adds routes to one table. Default: one call for each.
    ///
    /// - The results are those of the requests, in their order: each says what [`create_route`](Self::create_route) of
    ///   this request would have said. One that fails stops none of the others.
    /// - What the cloud does not tell of a request fails with
    ///   [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
    async fn create_routes(&self, requests: &[CreateRoute]) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            results.push(self.create_route(request).await);
        }
        results
    }

    /// Deletes custom routes of one table. Default: one call for each.
    ///
    /// - The results are those of the routes, in their order, as [`delete_route`](Self::delete_route) would give them. One
    ///   that fails stops none of the others.
    /// - What the cloud does not tell of a route fails with [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
    async fn delete_routes(&self, routes: &[DeleteRoute]) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(routes.len());
        for route in routes {
            let DeleteRoute {
                table,
                destination,
                next_hop,
            } = route;
            results.push(self.delete_route(table, destination, next_hop).await);
        }
        results
    }
}
