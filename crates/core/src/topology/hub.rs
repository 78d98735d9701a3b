//! Hubs that others made, and how an interconnect uses them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{HubId, Region};

/// A hub that exists, such as a CEN instance. Landbridge uses it and never creates, changes or deletes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExistingHub {
    /// The ID of the hub: `cen-..`. It belongs to the `owner` of the interconnect.
    pub id: HubId,
    /// Which regional router and which of its route tables to use, by region. Default: the router that the hub has in
    /// the region of a member, and its default route table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routers: BTreeMap<Region, ExistingRouter>,
    /// Whether Landbridge creates what the hub lacks between its members: a router in a region that has none, and a
    /// connection between two regions that none joins. These are then the topology's own. Default: `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_routers: bool,
}

impl ExistingHub {
    /// The hub with this ID, with the routers that it has and their default route tables.
    pub fn new(id: impl Into<HubId>) -> Self {
        Self {
            id: id.into(),
            routers: BTreeMap::new(),
            create_routers: false,
        }
    }

    /// Says which router and route tables to use in a region.
    #[must_use]
    pub fn with_router(mut self, region: impl Into<Region>, router: ExistingRouter) -> Self {
        self.routers.insert(region.into(), router);
        self
    }

    /// Creates what the hub lacks between its members: routers, and connections between regions.
    #[must_use]
    pub fn with_create_routers(mut self) -> Self {
        self.create_routers = true;
        self
    }
}

/// A regional router that exists, such as a transit router, and the route tables to use there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExistingRouter {
    /// The ID of the router: `tr-..`. Default: the one that the hub has in the region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<HubId>,
    /// The route table that routes packets of the members, by ID (`vtb-..`) or name. Default: the router's default table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub association: Option<String>,
    /// The route tables that learn the CIDR blocks of the members, each by ID (`vtb-..`) or name. Default: the router's
    /// default table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub propagation: Vec<String>,
}

impl ExistingRouter {
    /// The router that the hub has in the region, with its default route table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets its ID.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<HubId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the route table that routes packets of the members, by ID or name.
    #[must_use]
    pub fn with_association(mut self, table: impl Into<String>) -> Self {
        self.association = Some(table.into());
        self
    }

    /// Adds a route table that learns the CIDR blocks of the members, by ID or name.
    #[must_use]
    pub fn with_propagation(mut self, table: impl Into<String>) -> Self {
        self.propagation.push(table.into());
        self
    }
}

/// What the members of an interconnect get routes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReachChoice {
    /// The CIDR blocks of the other members.
    #[default]
    Members,
    /// Every CIDR block that the hub's route table knows, whoever joined it, except a default route. The networks of
    /// others get no routes.
    Hub,
}

impl ReachChoice {
    pub(super) fn is_members(&self) -> bool {
        *self == Self::Members
    }
}
