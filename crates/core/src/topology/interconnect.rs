//! Interconnects: which networks reach each other, and whether through hubs or through peerings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExistingHub, ExistingRouter, ReachChoice};
use crate::ids::{PeeringId, Region};
use crate::traits::{Model, Payer};

/// Networks that reach each other: every pair, in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Interconnect {
    /// The name of the interconnect.
    pub name: String,
    /// The account, by name, that owns and pays for the hubs and the connections between regions.
    pub owner: String,
    /// How it is built. Default: `auto`.
    #[serde(default)]
    pub model: ModelChoice,
    /// A hub that exists and joins the members. Default: Landbridge makes a hub of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<ExistingHub>,
    /// What the members get routes to, where `hub` names a hub that others are joined to. Default: `members`.
    #[serde(default, skip_serializing_if = "ReachChoice::is_members")]
    pub reach: ReachChoice,
    /// The networks, by name; at least two. With `hub` one is enough; none takes away what was made there.
    pub members: Vec<String>,
    /// Where the account of the owner is held by another: the IDs of the attachments that the owner made for members of ours,
    /// by network. Routes wait for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, PeeringId>,
    /// Who pays for the attachments of networks in other accounts than the owner's. Default: `hub-owner`.
    #[serde(default)]
    pub payer: Payer,
    /// The bandwidth limit between two regions, in Mbit/s. Default: the limit of the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_mbps: Option<u32>,
    /// In a mesh: whether networks resolve each other's instance names to private IP addresses. Default: no.
    #[serde(default)]
    pub dns_resolution: bool,
    /// The name that the interconnect had before, if it was renamed: what was made under that name is kept and gets this one.
    /// It is no longer needed once the plan is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether plans that would delete the interconnect, or delete it and make it anew, are refused. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// Whether routes are combined: they then lead to the fewest CIDR blocks that cover exactly those of the other members,
    /// in a mesh those of each neighbour. Default: no, one route for each CIDR block.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aggregate: bool,
}

impl Interconnect {
    /// An interconnect of the members, whose model is left open.
    pub fn new<M: Into<String>>(
        name: impl Into<String>,
        owner: impl Into<String>,
        members: impl IntoIterator<Item = M>,
    ) -> Self {
        Self {
            name: name.into(),
            owner: owner.into(),
            model: ModelChoice::Auto,
            hub: None,
            reach: ReachChoice::Members,
            members: members.into_iter().map(Into::into).collect(),
            attachments: BTreeMap::new(),
            payer: Payer::default(),
            max_mbps: None,
            dns_resolution: false,
            was: None,
            protect: false,
            aggregate: false,
        }
    }

    /// Adds a member.
    #[must_use]
    pub fn with_member(mut self, network: impl Into<String>) -> Self {
        self.members.push(network.into());
        self
    }

    /// Sets the ID of the attachment of a member, as the owner of the hub tells it.
    #[must_use]
    pub fn with_attachment(mut self, network: impl Into<String>, id: impl Into<PeeringId>) -> Self {
        self.attachments.insert(network.into(), id.into());
        self
    }

    /// Sets how it is built.
    #[must_use]
    pub fn with_model(mut self, model: ModelChoice) -> Self {
        self.model = model;
        self
    }

    /// Joins the members through a hub that exists.
    #[must_use]
    pub fn with_hub(mut self, hub: ExistingHub) -> Self {
        self.hub = Some(hub);
        self
    }

    /// Sets what the members get routes to.
    #[must_use]
    pub fn with_reach(mut self, reach: ReachChoice) -> Self {
        self.reach = reach;
        self
    }

    /// What the topology says of the existing router in a region.
    pub(crate) fn router(&self, region: &Region) -> Option<&ExistingRouter> {
        self.hub.as_ref()?.routers.get(region)
    }

    /// The model, given those that its cloud offers; none if it does not offer the one asked for.
    pub(crate) fn model_of(&self, offered: &[Model]) -> Option<Model> {
        match self.hub {
            Some(_) => ModelChoice::Hub.resolve(offered),
            None => self.model.resolve(offered),
        }
    }

    /// Sets who pays for members of other accounts.
    #[must_use]
    pub fn with_payer(mut self, payer: Payer) -> Self {
        self.payer = payer;
        self
    }

    /// Lets members of a mesh resolve each other's instance names to private addresses.
    #[must_use]
    pub fn with_dns_resolution(mut self) -> Self {
        self.dns_resolution = true;
        self
    }

    /// Combines routes to the fewest CIDR blocks that cover exactly those of the other members.
    #[must_use]
    pub fn with_aggregate(mut self) -> Self {
        self.aggregate = true;
        self
    }

    /// Sets the bandwidth limit between two regions, in Mbit/s.
    #[must_use]
    pub fn with_max_mbps(mut self, mbps: u32) -> Self {
        self.max_mbps = Some(mbps);
        self
    }

    /// Sets the name that it had before.
    #[must_use]
    pub fn with_was(mut self, name: impl Into<String>) -> Self {
        self.was = Some(name.into());
        self
    }

    /// Sets whether plans that would delete it are refused.
    #[must_use]
    pub fn with_protect(mut self, protect: bool) -> Self {
        self.protect = protect;
        self
    }
}

/// How an interconnect is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelChoice {
    /// The program compares the models that the cloud offers by quotas and prices, and keeps what is built. Elsewhere it is
    /// the model that the cloud prefers: hubs on Alibaba Cloud, a mesh on AWS.
    #[default]
    Auto,
    /// One hub in each region, such as a transit router; every network is attached to the hub of its region.
    Hub,
    /// A peering between every two networks, such as a VPC peering connection.
    Mesh,
}

impl ModelChoice {
    /// The model, given those that a cloud offers in order of preference; none if it does not offer the one asked for.
    pub fn resolve(self, offered: &[Model]) -> Option<Model> {
        let wanted = match self {
            Self::Auto => return offered.first().copied(),
            Self::Hub => Model::Hub,
            Self::Mesh => Model::Mesh,
        };
        offered.contains(&wanted).then_some(wanted)
    }
}
