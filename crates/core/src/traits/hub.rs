use std::fmt::{self, Debug};

use async_trait::async_trait;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Label, Owner, Select, Status};
use crate::error::Result;
use crate::ids::{AccountId, HubId, PeeringId, Region, RouteTableId, Zone};

/// What a hub spans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HubScope {
    /// All regions: the object that regional hubs belong to, where a cloud has one (a CEN instance).
    Global,
    /// One region: a router that members attach to (a transit router).
    Regional {
        /// The global hub it belongs to, where the cloud has one.
        parent: Option<HubId>,
    },
    /// The edge of private lines: a router that joins border routers and networks of any region (an Express Connect
    /// Router).
    Edge {
        /// Its autonomous system number towards the lines.
        asn: u32,
    },
}

/// A route table of a regional hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HubTable {
    /// Its id.
    pub id: RouteTableId,
    /// Its name; empty where it has none.
    pub name: String,
}

impl HubTable {
    /// A route table.
    pub fn new(id: RouteTableId, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { id, name }
    }
}

/// A hub as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HubRecord {
    /// Its id.
    pub id: HubId,
    /// Its name.
    pub name: String,
    /// What it spans.
    pub scope: HubScope,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region; absent for a global hub and for a hub at the edge.
    pub region: Option<Region>,
    /// The default route table of a regional hub, once it exists.
    pub table: Option<RouteTableId>,
    /// All its route tables, where the [scope](super::Scope::hubs) of an inventory names the hub; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<HubTable>,
    /// Its state.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl HubRecord {
    /// A hub without name, region, route table and owner.
    pub fn new(id: HubId, scope: HubScope, account: AccountId, status: Status) -> Self {
        Self {
            id,
            name: String::new(),
            scope,
            account,
            region: None,
            table: None,
            tables: Vec::new(),
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets its region.
        with_region(region: impl Into<Option<Region>>);
        /// Sets its default route table.
        with_table(table: impl Into<Option<RouteTableId>>);
        /// Sets all its route tables.
        with_tables(tables: Vec<HubTable>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

impl HubRecord {
    /// The ids of its route tables, as far as they are known: the default one first.
    pub fn table_ids(&self) -> impl Iterator<Item = &RouteTableId> {
        let others = self.tables.iter().map(|table| &table.id);
        let others = others.filter(|id| Some(*id) != self.table.as_ref());
        self.table.iter().chain(others)
    }

    /// Its route tables that have this id or this name.
    pub(crate) fn tables_called<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a RouteTableId> {
        let named = move |id: &RouteTableId| {
            let mut tables = self.tables.iter();
            tables.any(|table| table.id == *id && table.name == name)
        };
        self.table_ids()
            .filter(move |id| id.as_str() == name || named(id))
    }
}

/// What [`Hub::create_hub`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateHub {
    /// Name, ownership and token.
    pub label: Label,
    /// What it spans; a regional hub is made in the region of the place.
    pub scope: HubScope,
}

impl CreateHub {
    /// A hub.
    pub fn new(label: Label, scope: HubScope) -> Self {
        Self { label, scope }
    }
}

/// The two halves of route learning between an attachment and a hub's route table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum LearningKind {
    /// The table routes packets that come from the attachment.
    Association,
    /// Routes of the attached network are written into the table.
    Propagation,
}

impl LearningKind {
    /// The half as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Association => "association",
            Self::Propagation => "propagation",
        }
    }
}

impl fmt::Display for LearningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One half of route learning. It carries no tags: the three fields are its key.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Learning {
    /// Which half.
    pub kind: LearningKind,
    /// The attachment.
    pub peering: PeeringId,
    /// The hub's route table.
    pub table: RouteTableId,
}

/// Route learning as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LearningRecord {
    /// What it is.
    pub learning: Learning,
    /// Its state.
    pub status: Status,
}

impl LearningRecord {
    /// One half of route learning in this state.
    pub fn new(learning: Learning, status: Status) -> Self {
        Self { learning, status }
    }
}

/// A route of a hub's route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HubRouteRecord {
    /// The table it is in.
    pub table: RouteTableId,
    /// The destination CIDR block.
    pub destination: IpNet,
    /// The attachment they are sent to; absent for a black hole.
    pub next_hop: Option<PeeringId>,
    /// Its state. A route that lost to another route is not [ready](super::Phase::Ready).
    pub status: Status,
}

impl HubRouteRecord {
    /// A route; without a next hop it is a black hole.
    pub fn new(
        table: RouteTableId,
        destination: IpNet,
        next_hop: Option<PeeringId>,
        status: Status,
    ) -> Self {
        Self {
            table,
            destination,
            next_hop,
            status,
        }
    }
}

/// Regional routers that join many members, and what they learn.
#[async_trait]
pub trait Hub: Debug + Send + Sync + 'static {
    /// Creates a hub.
    ///
    /// - With the same token it gives the same hub.
    /// - Where a cloud allows one regional hub per parent and region, an existing hub that carries the label's ownership
    ///   is returned. A hub with another owner fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists).
    async fn create_hub(&self, request: &CreateHub) -> Result<HubRecord>;

    /// Lists the regional hubs of this place, and the global hubs and hubs at the edge of its account.
    async fn list_hubs(&self, select: &Select<HubId>) -> Result<Vec<HubRecord>>;

    /// Deletes a hub. Deleting an absent one succeeds.
    ///
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while anything is attached to it.
    async fn delete_hub(&self, id: &HubId) -> Result<()>;

    /// Lists the zones of this region in which a network can be attached to a hub.
    async fn list_hub_zones(&self) -> Result<Vec<Zone>>;

    /// Enables one half of route learning. Enabling it again succeeds.
    async fn enable_learning(&self, learning: &Learning) -> Result<()>;

    /// Disables one half of route learning. Disabling it again succeeds.
    async fn disable_learning(&self, learning: &Learning) -> Result<()>;

    /// Lists associations and propagations of a hub's route table.
    async fn list_learning(&self, table: &RouteTableId) -> Result<Vec<LearningRecord>>;

    /// Lists the routes of a hub's route table, including routes that lost to others.
    async fn list_hub_routes(&self, table: &RouteTableId) -> Result<Vec<HubRouteRecord>>;
}
