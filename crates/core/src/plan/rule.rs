use std::fmt;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NetworkRef, Ref};
use crate::ids::AccountId;
use crate::object::ObjectKey;
use crate::traits::{Action, Direction, PortRange, Protocol, Rule, RulePeer};

/// The far end of a rule whose group or network may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedPeer {
    /// An address range.
    Range(IpNet),
    /// The IPv6 range of a network.
    Ipv6Of(NetworkRef),
    /// The members of a group.
    Group {
        /// The group.
        id: Ref,
        /// The account that owns it; absent for the same account's.
        account: Option<AccountId>,
    },
}

/// A rule that lets packets pass, as planned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PlannedRule {
    /// Which way it looks.
    pub direction: Direction,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports; absent for all.
    pub ports: Option<PortRange>,
    /// The far end.
    pub peer: PlannedPeer,
}

impl PlannedRule {
    /// The plan of a rule whose group, if it names one, exists; nothing for one that no plan makes: one that denies, has
    /// further conditions, or whose far end is a list or not understood.
    pub(crate) fn of(rule: &Rule) -> Option<Self> {
        let peer = match &rule.peer {
            RulePeer::Range(range) => PlannedPeer::Range(*range),
            RulePeer::Group { id, account } => PlannedPeer::Group {
                id: Ref::Id(id.to_string()),
                account: account.clone(),
            },
            RulePeer::PrefixList(_) | RulePeer::Other(_) => return None,
        };
        let plain = rule.action == Action::Allow && rule.only.is_none();
        plain.then_some(Self {
            direction: rule.direction,
            protocol: rule.protocol,
            ports: rule.ports,
            peer,
        })
    }

    /// The same rule about a range that is known.
    pub(crate) fn with_range(&self, range: IpNet) -> Self {
        Self {
            peer: PlannedPeer::Range(range),
            ..self.clone()
        }
    }

    /// The rule itself, once `resolve` knows the id of its group.
    ///
    /// One about the IPv6 range of a network that is not known is about nothing: its far end is
    /// [`Other`](RulePeer::Other), which no cloud takes.
    ///
    /// # Errors
    /// That of `resolve`.
    pub fn resolve<E>(&self, resolve: impl Fn(&Ref) -> Result<String, E>) -> Result<Rule, E> {
        let peer = match &self.peer {
            PlannedPeer::Range(range) => RulePeer::Range(*range),
            PlannedPeer::Ipv6Of(network) => RulePeer::Other(network.to_string()),
            PlannedPeer::Group { id, account } => RulePeer::Group {
                id: resolve(id)?.into(),
                account: account.clone(),
            },
        };
        Ok(Rule::allow(self.direction, self.protocol, self.ports, peer))
    }

    /// The network that must be there before it.
    pub(super) fn awaits(&self) -> Option<ObjectKey> {
        match &self.peer {
            PlannedPeer::Ipv6Of(NetworkRef {
                network: Ref::Step(key),
                ..
            }) => Some(key.object().clone()),
            _ => None,
        }
    }

    /// The rule itself, if its group exists and its range is known.
    pub(super) fn known(&self) -> Option<Rule> {
        if matches!(self.peer, PlannedPeer::Ipv6Of(_)) {
            return None;
        }
        self.resolve(|reference| match reference {
            Ref::Id(id) => Ok(id.clone()),
            Ref::Step(_) => Err(()),
        })
        .ok()
    }
}

impl fmt::Display for PlannedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, account) = match &self.peer {
            PlannedPeer::Range(range) => (range.to_string(), None),
            PlannedPeer::Ipv6Of(network) => (network.to_string(), None),
            PlannedPeer::Group { id, account } => (id.to_string(), account.clone()),
        };
        let peer = match account {
            Some(account) => format!("{account}/{id}"),
            None => id,
        };
        // A planned rule reads like the rule it becomes.
        let peer = RulePeer::Other(peer);
        let rule = Rule::allow(self.direction, self.protocol, self.ports, peer);
        rule.fmt(f)
    }
}
