//! Firewall rules between two parties, without a topology: what [`FirewallRule`](crate::FirewallRule) alone does not
//! tell is found out first.
//!
//! A [`Permit`] names two parties: instances, groups, or an address range on the far side. [`Engine::plan_permit`] looks
//! them up with their owners' credentials and says which rules of which groups it takes, which instances those groups
//! cover, and what stands against it: groups give no connectivity, and rules that name groups work inside one network
//! only. Nothing is written before [`Engine::apply_permit`].
//!
//! [`Engine::plan_permit`]: crate::engine::Engine::plan_permit
//! [`Engine::apply_permit`]: crate::engine::Engine::apply_permit

mod check;
mod proposal;
mod prove;
mod rules;
mod run;
mod seen;
mod text;

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::ids::{AccountId, GroupId, InstanceId, Place};
use crate::preflight::Report;
use crate::topology::Topology;
use crate::traits::{PortRange, Protocol, Rule, RuleRecord};
use crate::verify::PairVerdict;

/// One of the two who are to talk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Party {
    /// An instance.
    Instance {
        /// Where it is, and so with whose credentials it is looked up.
        place: Place,
        /// Its id.
        id: InstanceId,
    },
    /// The members of a group.
    Group {
        /// Where it is, and so with whose credentials it is looked up.
        place: Place,
        /// Its id.
        id: GroupId,
    },
    /// The members of a group whose owner's credentials we do not have. Nothing is changed there, and the id of its
    /// owner is taken as it is given.
    ForeignGroup {
        /// The account that owns it.
        account: AccountId,
        /// Its id.
        id: GroupId,
    },
    /// An address range. Nothing is changed there.
    Range(IpNet),
}

/// How a rule names the other party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameBy {
    /// By the address of the instance.
    Address,
    /// By its group.
    Group,
    /// By all ranges of its network.
    Network,
}

/// What is to be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permit {
    /// The mark that the rules get, as topologies mark theirs. Rules of other marks are never touched.
    pub mark: String,
    /// One party: an instance or a group.
    pub left: Party,
    /// The other.
    pub right: Party,
    /// The protocols, with their ports. Default: ICMP.
    pub traffic: Vec<(Protocol, Option<PortRange>)>,
    /// How rules name the other party. Default: an instance by its address, a group by itself.
    pub by: Option<NameBy>,
    /// Whether only the left party may begin. Default: both may.
    pub one_way: bool,
    /// Writes the rules although no path joins the two. Default no.
    pub unconnected: bool,
}

impl Permit {
    /// Lets two parties ping each other.
    pub fn new(mark: impl Into<String>, left: Party, right: Party) -> Self {
        Self {
            mark: mark.into(),
            left,
            right,
            traffic: vec![(Protocol::Icmp, None)],
            by: None,
            one_way: false,
            unconnected: false,
        }
    }

    /// Sets the protocols, with their ports.
    #[must_use]
    pub fn with_traffic(mut self, traffic: Vec<(Protocol, Option<PortRange>)>) -> Self {
        self.traffic = traffic;
        self
    }

    /// Sets how rules name the other party.
    #[must_use]
    pub fn with_name_by(mut self, by: NameBy) -> Self {
        self.by = Some(by);
        self
    }

    /// Lets only the left party begin.
    #[must_use]
    pub fn one_way(mut self) -> Self {
        self.one_way = true;
        self
    }

    /// Writes the rules although no path joins the two.
    #[must_use]
    pub fn unconnected(mut self) -> Self {
        self.unconnected = true;
        self
    }
}

/// An instance that a group covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Covered {
    /// Its id.
    pub id: InstanceId,
    /// Its name.
    pub name: String,
    /// Its private address.
    pub address: Option<IpAddr>,
}

/// What happens to one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupChange {
    /// Where it is.
    pub place: Place,
    /// The group.
    pub group: GroupId,
    /// Rules that are added.
    pub add: Vec<Rule>,
    /// Rules of ours that are there already.
    pub present: Vec<Rule>,
    /// Rules of ours that are taken away.
    pub remove: Vec<RuleRecord>,
    /// Rules of others, which stay.
    pub foreign: Vec<RuleRecord>,
    /// Every instance that the change touches.
    pub covers: Vec<Covered>,
}

/// What a permit, or taking it back, comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PermitPlan {
    /// The mark of the rules.
    pub mark: String,
    /// The changes, one a group.
    pub changes: Vec<GroupChange>,
    /// What stands against it. With an error nothing can be applied.
    pub report: Report,
    /// The static path each way as it will be, where both parties are instances.
    pub verdicts: Vec<PairVerdict>,
    /// A topology that would join the networks, where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Topology>,
}

impl PermitPlan {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.changes
            .iter()
            .all(|change| change.add.is_empty() && change.remove.is_empty())
    }
}
