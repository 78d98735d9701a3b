//! Which permissions a cloud asks for, and when.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::object::{Form, OpKind};

/// The permissions of sorts of objects, by kind of step.
pub type FormPermissions = BTreeMap<OpKind, BTreeMap<Form, Vec<String>>>;

/// What of an account concerns a topology, and so what is read there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Concern {
    /// The account takes part at all.
    Any,
    /// Networks, the topology's or those of others.
    Networks,
    /// Subnets that the topology creates.
    NewSubnets,
    /// Firewall groups that the topology creates, or networks of others that may have some.
    Groups,
    /// Instances of the topology, to which pings are sent.
    Instances,
    /// The hub of an interconnect, which the account owns.
    Hub,
    /// A hub of any sort, which the account owns.
    AnyHub,
    /// A hub of the account that waits for the consent of an owner whose keys are not ours.
    AwaitedGrants,
    /// Something at the edge of private lines: its hub, a member, a border router.
    Edge,
    /// The hub at the edge, which the account owns.
    EdgeHub,
    /// Both something at the edge of private lines and a network.
    EdgeNetworks,
    /// A border router at an edge that another account owns.
    EdgeRouter,
    /// Names that networks resolve over a peering, or that lead agents to their services.
    Names,
    /// Traffic across a border, which the account pays for.
    CrossBorder,
}

impl Concern {
    /// It in words, as what follows "where the account has".
    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "any part",
            Self::Networks => "a network",
            Self::NewSubnets => "a subnet that Landbridge creates",
            Self::Groups => "firewall groups, or networks of others that may have some",
            Self::Instances => "an instance",
            Self::Hub => "the hub of an interconnect",
            Self::AnyHub => "a hub of an interconnect or at the edge of private lines",
            Self::AwaitedGrants => {
                "a hub that waits for the consent of an account that others hold"
            }
            Self::Edge => "something at the edge of private lines",
            Self::EdgeHub => "a hub at the edge of private lines",
            Self::EdgeNetworks => "both something at the edge of private lines and a network",
            Self::EdgeRouter => "a border router at an edge that another account owns",
            Self::Names => "a network with instances, or one that takes part in `dns-resolution`",
            Self::CrossBorder => "traffic across a border to pay for",
        }
    }
}

/// Whether a run gets by without a permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Need {
    /// Each whole life takes the action. Without the permission it fails, or proves less than it should.
    Always,
    /// Only some runs take the action: the text says which.
    Sometimes(String),
    /// Landbridge goes on without it, and the text says what it then does not see.
    Advised(String),
}

/// A permission for reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReadPermission {
    /// The action, in the cloud's words.
    pub action: String,
    /// What of the account must concern the topology.
    pub concern: Concern,
    /// What is read with it.
    pub what: String,
}

impl ReadPermission {
    /// A permission for reading.
    pub fn new(action: impl Into<String>, concern: Concern, what: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            concern,
            what: what.into(),
        }
    }
}
