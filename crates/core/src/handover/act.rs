//! What owners of other accounts are asked to do: a closed set.

use std::fmt;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, HubId, PeeringId, Region, SubnetId, Zone};
use crate::traits::Payer;

/// Something that takes part, with what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Party {
    /// Its ID: of a network or a border router.
    pub id: String,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its CIDR blocks.
    pub ranges: Vec<IpNet>,
}

impl Party {
    /// A party without CIDR blocks.
    pub fn new(
        id: impl Into<String>,
        account: impl Into<AccountId>,
        region: impl Into<Region>,
    ) -> Self {
        Self {
            id: id.into(),
            account: account.into(),
            region: region.into(),
            ranges: Vec::new(),
        }
    }

    /// Sets its CIDR blocks; their order does not matter.
    #[must_use]
    pub fn with_ranges(mut self, mut ranges: Vec<IpNet>) -> Self {
        ranges.sort();
        self.ranges = ranges;
        self
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            account,
            region,
            ranges,
        } = self;
        write!(f, "{id} of account {account} in {region}")?;
        match ranges.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", crate::object::rules::list(ranges)),
        }
    }
}

/// What a route leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Way {
    /// A peering of two networks.
    Peering(PeeringId),
    /// An attachment to a hub.
    Attachment(PeeringId),
    /// An attachment to a hub at the edge of private lines.
    EdgeAttachment(PeeringId),
}

impl Way {
    /// The ID of the peering or attachment.
    pub fn id(&self) -> &PeeringId {
        match self {
            Self::Peering(id) | Self::Attachment(id) | Self::EdgeAttachment(id) => id,
        }
    }
}

/// One thing that the owner of another account is asked to do. There are no others: a hand-over never asks for a call
/// that is not in this list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Act {
    /// Asks for a peering.
    RequestPeering {
        /// The network whose owner asks.
        requester: Party,
        /// The network whose owner is to accept.
        accepter: Party,
    },
    /// Accepts a peering.
    AcceptPeering {
        /// The request.
        peering: PeeringId,
        /// The network whose owner asked.
        requester: Party,
        /// The network whose owner accepts.
        accepter: Party,
    },
    /// Lets a hub take a member.
    Grant {
        /// The network or border router.
        member: Party,
        /// The hub.
        hub: HubId,
        /// The account that owns the hub.
        hub_account: AccountId,
        /// Who pays; absent for a hub at the edge of private lines.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payer: Option<Payer>,
    },
    /// Attaches a member to a hub, and lets the hub learn its routes.
    Attach {
        /// The network or border router.
        member: Party,
        /// The hub: the global one where the cloud has such, or one at the edge of private lines.
        hub: HubId,
        /// The subnets in which the hub gets an interface, by zone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subnets: Vec<(Zone, SubnetId)>,
        /// Whether the hub is one at the edge of private lines.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        edge: bool,
        /// At the edge: the CIDR blocks that the lines learn.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        prefixes: Vec<IpNet>,
    },
    /// Adds a route in every table in use of a network.
    AddRoute {
        /// The network.
        network: Party,
        /// Where packets go.
        destination: IpNet,
        /// What they go through.
        through: Way,
    },
    /// Removes such a route.
    RemoveRoute {
        /// The network.
        network: Party,
        /// Where packets went.
        destination: IpNet,
        /// What they went through.
        through: Way,
    },
    /// Deletes a peering that this owner asked for.
    DeletePeering {
        /// The peering.
        peering: PeeringId,
        /// The network whose owner asked.
        requester: Party,
    },
    /// Takes back what [`Grant`](Self::Grant) gave, once the member is no longer attached.
    Revoke {
        /// The network or border router.
        member: Party,
        /// The hub.
        hub: HubId,
        /// The account that owns the hub.
        hub_account: AccountId,
        /// Whether the hub is one at the edge of private lines.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        edge: bool,
    },
}

impl Act {
    /// The region in which it is done.
    pub fn region(&self) -> &Region {
        match self {
            Self::RequestPeering { requester, .. } | Self::DeletePeering { requester, .. } => {
                &requester.region
            }
            Self::AcceptPeering { accepter, .. } => &accepter.region,
            Self::Grant { member, .. }
            | Self::Attach { member, .. }
            | Self::Revoke { member, .. } => &member.region,
            Self::AddRoute { network, .. } | Self::RemoveRoute { network, .. } => &network.region,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestPeering {
                requester,
                accepter,
            } => write!(
                f,
                "Ask for a peering of network {requester} with network {accepter}"
            ),
            Self::AcceptPeering {
                peering, requester, ..
            } => write!(
                f,
                "Accept peering {peering}, which network {requester} asks for"
            ),
            Self::Grant {
                member,
                hub,
                hub_account,
                payer,
            } => {
                write!(f, "Let hub {hub} of account {hub_account} take {member}")?;
                payer.map_or(Ok(()), |payer| write!(f, "; the {payer}"))
            }
            Self::Attach { member, hub, .. } => write!(f, "Attach {member} to hub {hub}"),
            Self::AddRoute {
                network,
                destination,
                through,
            } => write!(
                f,
                "Add a route to {destination} through {} in every route table in use of network {}",
                through.id(),
                network.id
            ),
            Self::RemoveRoute {
                network,
                destination,
                through,
            } => write!(
                f,
                "Remove the route to {destination} through {} from the route tables of network {}",
                through.id(),
                network.id
            ),
            Self::DeletePeering { peering, .. } => write!(f, "Delete peering {peering}"),
            Self::Revoke {
                member,
                hub,
                hub_account,
                ..
            } => write!(
                f,
                "Once {} is no longer attached, take back the consent that hub {hub} of account {hub_account} may take it",
                member.id
            ),
        }
    }
}

/// How the owner of an account does something with the cloud's own tools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct HowTo {
    /// Lines for a POSIX shell with the cloud's command-line tool.
    pub commands: Vec<String>,
    /// The same in the cloud's console, in words.
    pub console: String,
    /// What to look at before.
    pub check: String,
    /// The permissions that the commands need, in the cloud's words.
    pub actions: Vec<String>,
}

impl HowTo {
    /// Commands, and the permissions that they need.
    pub fn new(commands: Vec<String>, actions: &[&str]) -> Self {
        Self {
            commands,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Sets the way through the console.
    #[must_use]
    pub fn with_console(mut self, console: impl Into<String>) -> Self {
        self.console = console.into();
        self
    }

    /// Sets what to look at before.
    #[must_use]
    pub fn with_check(mut self, check: impl Into<String>) -> Self {
        self.check = check.into();
        self
    }
}

/// A cloud's own words for what owners of other accounts are asked to do.
pub trait Guide: fmt::Debug + Send + Sync {
    /// How an act is done with the cloud's own tools.
    fn how_to(&self, act: &Act) -> HowTo;

    /// A policy document that allows these actions and no others.
    fn policy(&self, actions: &[String]) -> serde_json::Value;
}
