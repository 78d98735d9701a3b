//! Interconnects: which networks reach each other, and whether through hubs or through peerings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::traits::{Model, Payer};

/// Networks that reach each other, all pairs in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Interconnect {
    /// The name.
    pub name: String,
    /// The account that owns hubs and connections between regions, by name.
    pub owner: String,
    /// How it is built. Default `auto`.
    #[serde(default)]
    pub model: ModelChoice,
    /// The networks, by name.
    pub members: Vec<String>,
    /// Who pays for attachments of members in other accounts than the owner's. Default `hub-owner`.
    #[serde(default)]
    pub payer: Payer,
    /// The most that may pass between two regions, in Mbit/s. Default: the cloud's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_mbps: Option<u32>,
    /// In a mesh: whether members resolve each other's instance names to private addresses. Default no.
    #[serde(default)]
    pub dns_resolution: bool,
}

impl Interconnect {
    /// An interconnect of the members, built as the owner's cloud prefers.
    pub fn new<M: Into<String>>(
        name: impl Into<String>,
        owner: impl Into<String>,
        members: impl IntoIterator<Item = M>,
    ) -> Self {
        Self {
            name: name.into(),
            owner: owner.into(),
            model: ModelChoice::Auto,
            members: members.into_iter().map(Into::into).collect(),
            payer: Payer::default(),
            max_mbps: None,
            dns_resolution: false,
        }
    }

    /// Sets how it is built.
    #[must_use]
    pub fn with_model(mut self, model: ModelChoice) -> Self {
        self.model = model;
        self
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

    /// Sets the most that may pass between two regions, in Mbit/s.
    #[must_use]
    pub fn with_max_mbps(mut self, mbps: u32) -> Self {
        self.max_mbps = Some(mbps);
        self
    }
}

/// How an interconnect is built, or that the engine may choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelChoice {
    /// The model that the owner's cloud prefers.
    #[default]
    Auto,
    /// Regional hubs.
    Hub,
    /// Every two members peer.
    Mesh,
}

impl ModelChoice {
    /// The model, given those a cloud offers in order of preference; none if it does not offer the one asked for.
    pub fn resolve(self, offered: &[Model]) -> Option<Model> {
        let wanted = match self {
            Self::Auto => return offered.first().copied(),
            Self::Hub => Model::Hub,
            Self::Mesh => Model::Mesh,
        };
        offered.contains(&wanted).then_some(wanted)
    }
}
