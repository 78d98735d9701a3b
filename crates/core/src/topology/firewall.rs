//! Firewalls, their rules, and what a rule names as its far end.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::as_text;
use crate::ids::GroupId;
use crate::traits::{Direction, PortRange, Protocol};

/// Rules, and the networks in which a security group holds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Firewall {
    /// The name of the firewall.
    pub name: String,
    /// The networks, by name; each gets its own security group, unless `groups` names one for it.
    pub networks: Vec<String>,
    /// Existing security groups, by the names of their networks: `{NETWORK: sg-..}`. In such a network the rules go into
    /// that group. Landbridge adds and removes its own rules there, and neither creates, changes nor deletes the group or
    /// a rule of others. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, GroupId>,
    /// The rules. Incoming packets that no rule allows are dropped.
    #[serde(default)]
    pub rules: Vec<FirewallRuleSpec>,
    /// The name that the firewall had before, if it was renamed: what was made under that name is kept and gets this one.
    /// It is no longer needed once the plan is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether plans that would delete the firewall, or delete it and make it anew, are refused. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
}

impl Firewall {
    /// A firewall in the networks, without rules.
    pub fn new<N: Into<String>>(
        name: impl Into<String>,
        networks: impl IntoIterator<Item = N>,
    ) -> Self {
        Self {
            name: name.into(),
            networks: networks.into_iter().map(Into::into).collect(),
            groups: BTreeMap::new(),
            rules: Vec::new(),
            was: None,
            protect: false,
        }
    }

    /// Adds a network, in which the firewall gets a group.
    #[must_use]
    pub fn with_network(mut self, network: impl Into<String>) -> Self {
        self.networks.push(network.into());
        self
    }

    /// Puts the rules for a network into an existing group of it, by its ID. Adds the network if it is not there.
    #[must_use]
    pub fn with_group(mut self, network: impl Into<String>, id: impl Into<GroupId>) -> Self {
        let network = network.into();
        if !self.networks.contains(&network) {
            self.networks.push(network.clone());
        }
        self.groups.insert(network, id.into());
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn with_rule(mut self, rule: FirewallRuleSpec) -> Self {
        self.rules.push(rule);
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

/// One rule of a firewall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct FirewallRuleSpec {
    /// The protocol that the rule allows.
    pub allow: Protocol,
    /// The destination ports, as `22` or `8000-8080`; for `tcp` and `udp` only. Default: all ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Ports>,
    /// The sources: CIDR blocks, `network:NAME`, `members:INTERCONNECT` (all other networks of the interconnect), or
    /// `group:FIREWALL@NETWORK` (the instances in that security group, where the cloud allows it).
    pub from: Vec<RuleSource>,
    /// The direction. Default: `ingress`. For `egress`, `from` names the destinations.
    #[serde(default)]
    pub direction: Direction,
}

impl FirewallRuleSpec {
    /// Lets packets of `protocol` in from `from`.
    pub fn allow(protocol: Protocol, from: impl IntoIterator<Item = RuleSource>) -> Self {
        Self {
            allow: protocol,
            ports: None,
            from: from.into_iter().collect(),
            direction: Direction::Ingress,
        }
    }

    /// Restricts the rule to one port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        self.with_ports(PortRange::single(port))
    }

    /// Restricts the rule to ports.
    #[must_use]
    pub fn with_ports(mut self, ports: PortRange) -> Self {
        self.ports = Some(Ports(ports));
        self
    }
}

/// Ports, as `22` or `8000-8080`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Ports(pub PortRange);

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || {
            format!(
                "invalid ports `{text}`: expected one port, such as `22`, or a range, such as `8000-8080`"
            )
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let first: u16 = first.trim().parse().map_err(|_| bad())?;
        let last: u16 = last.trim().parse().map_err(|_| bad())?;
        if first == 0 || first > last {
            return Err(bad());
        }
        Ok(Self(PortRange { first, last }))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The source of a rule: a CIDR block, `network:NAME`, `members:INTERCONNECT` or `group:FIREWALL@NETWORK`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
#[non_exhaustive]
pub enum RuleSource {
    /// A CIDR block.
    Range(IpNet),
    /// All CIDR blocks of a network of the topology.
    Network(String),
    /// All CIDR blocks of all other members of an interconnect.
    Members(String),
    /// The instances in the security group of a firewall in a network.
    Group {
        /// The firewall.
        firewall: String,
        /// The network.
        network: String,
    },
}

impl FromStr for RuleSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("network:") {
            return Ok(Self::Network(name.to_owned()));
        }
        if let Some(name) = text.strip_prefix("members:") {
            return Ok(Self::Members(name.to_owned()));
        }
        if let Some((firewall, network)) = text
            .strip_prefix("group:")
            .and_then(|rest| rest.split_once('@'))
        {
            return Ok(Self::Group {
                firewall: firewall.to_owned(),
                network: network.to_owned(),
            });
        }
        text.parse::<IpNet>()
            .map(|range| Self::Range(range.trunc()))
            .map_err(|_| {
                format!(
                    "invalid source `{text}`: expected a CIDR block, such as `10.0.0.0/8`, or `network:NAME`, \
                     `members:INTERCONNECT` or `group:FIREWALL@NETWORK`"
                )
            })
    }
}

impl fmt::Display for RuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(f, "{range}"),
            Self::Network(name) => write!(f, "network:{name}"),
            Self::Members(name) => write!(f, "members:{name}"),
            Self::Group { firewall, network } => write!(f, "group:{firewall}@{network}"),
        }
    }
}

as_text!(Ports, RuleSource);
