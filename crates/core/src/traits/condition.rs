use std::fmt;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PortRange;
use crate::ids::PrefixListId;

/// The messages of ICMP or ICMPv6 that a rule is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct IcmpType {
    /// The type: 8 is an echo request of ICMP, 128 one of ICMPv6.
    pub kind: u8,
    /// The code; absent for all codes of the type.
    pub code: Option<u8>,
}

impl IcmpType {
    /// All messages of a type.
    pub const fn of(kind: u8) -> Self {
        Self { kind, code: None }
    }
}

impl fmt::Display for IcmpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "type {}", self.kind)?;
        match self.code {
            Some(code) => write!(f, " code {code}"),
            None => Ok(()),
        }
    }
}

/// A list of ports that the cloud keeps as an object of its own.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub struct PortList {
    /// Its id.
    pub id: String,
    /// Its ports; absent where they could not be read.
    pub ports: Option<Vec<PortRange>>,
}

impl PortList {
    /// A list whose ports are not known.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ports: None,
        }
    }

    setters! {
        /// Sets its ports.
        with_ports(ports: impl Into<Option<Vec<PortRange>>>);
    }
}

/// A list of CIDR blocks that the cloud keeps as an object of its own.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub struct PrefixList {
    /// Its id.
    pub id: PrefixListId,
    /// Its CIDR blocks; absent where they could not be read.
    pub ranges: Option<Vec<IpNet>>,
}

impl PrefixList {
    /// A list whose CIDR blocks are not known.
    pub fn new(id: impl Into<PrefixListId>) -> Self {
        Self {
            id: id.into(),
            ranges: None,
        }
    }

    setters! {
        /// Sets its CIDR blocks.
        with_ranges(ranges: impl Into<Option<Vec<IpNet>>>);
    }
}

impl fmt::Display for PrefixList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "prefix list {}", self.id)
    }
}

/// What else a packet must be like for a rule or an entry of an access list to apply to it.
///
/// Landbridge reads these conditions and never writes them: a rule of ours has none, so one that has is never taken for
/// it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(default)]
#[non_exhaustive]
pub struct Conditions {
    /// The messages of ICMP; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp: Option<IcmpType>,
    /// The source ports; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ports: Option<PortRange>,
    /// The destination ports, where a list names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_list: Option<PortList>,
    /// The source ports, where a list names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_port_list: Option<PortList>,
    /// The CIDR block of the near end, the instance that has the rule; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<IpNet>,
    /// What was not understood, in the cloud's words: nobody can tell whether it holds for a packet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl Conditions {
    /// No condition.
    pub const NONE: Self = Self {
        icmp: None,
        source_ports: None,
        port_list: None,
        source_port_list: None,
        near: None,
        unread: Vec::new(),
    };

    /// Whether there is no condition.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Adds something that was not understood.
    #[must_use]
    pub fn and_unread(mut self, words: impl Into<String>) -> Self {
        self.unread.push(words.into());
        self
    }

    setters! {
        /// Sets the messages of ICMP.
        with_icmp(icmp: impl Into<Option<IcmpType>>);
        /// Sets the source ports.
        with_source_ports(source_ports: impl Into<Option<PortRange>>);
        /// Sets the list of destination ports.
        with_port_list(port_list: impl Into<Option<PortList>>);
        /// Sets the list of source ports.
        with_source_port_list(source_port_list: impl Into<Option<PortList>>);
        /// Sets the CIDR block of the near end.
        with_near(near: impl Into<Option<IpNet>>);
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(icmp) = self.icmp {
            write!(f, " {icmp}")?;
        }
        if let Some(list) = &self.port_list {
            write!(f, " port list {}", list.id)?;
        }
        if let Some(ports) = self.source_ports {
            write!(f, " source port {ports}")?;
        }
        if let Some(list) = &self.source_port_list {
            write!(f, " source port list {}", list.id)?;
        }
        if let Some(near) = self.near {
            write!(f, " at {near}")?;
        }
        for words in &self.unread {
            write!(f, " ({words})")?;
        }
        Ok(())
    }
}
