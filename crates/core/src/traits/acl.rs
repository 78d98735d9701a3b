use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Action, Conditions, Direction, PortRange, Protocol};
use crate::ids::{AclId, NetworkId, SubnetId};

/// A network access list: a stateless filter of a subnet's traffic, where a cloud has one.
///
/// Landbridge only reads access lists. They check answers like any other packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AclRecord {
    /// Its id.
    pub id: AclId,
    /// Its network.
    pub network: NetworkId,
    /// The subnets it filters.
    pub subnets: Vec<SubnetId>,
    /// Its entries. The matching entry with the lowest number decides; a packet that no entry matches is dropped.
    pub entries: Vec<AclEntry>,
}

impl AclRecord {
    /// An access list that filters no subnet.
    pub fn new(id: AclId, network: NetworkId) -> Self {
        Self {
            id,
            network,
            subnets: Vec::new(),
            entries: Vec::new(),
        }
    }

    setters! {
        /// Sets its subnets.
        with_subnets(subnets: Vec<SubnetId>);
        /// Sets its entries.
        with_entries(entries: Vec<AclEntry>);
    }
}

/// One entry of an access list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AclEntry {
    /// Its number: lower numbers are checked first.
    pub number: u32,
    /// The direction of the traffic that it filters.
    pub direction: Direction,
    /// Whether it allows or denies.
    pub action: Action,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination ports; absent for all.
    pub ports: Option<PortRange>,
    /// The CIDR block of the far end; absent where it was not understood.
    pub range: Option<IpNet>,
    /// What else a packet must be like.
    #[serde(default, skip_serializing_if = "Conditions::is_none")]
    pub only: Conditions,
}

impl AclEntry {
    /// An entry for all ports.
    pub fn new(
        number: u32,
        direction: Direction,
        action: Action,
        protocol: Protocol,
        range: impl Into<Option<IpNet>>,
    ) -> Self {
        Self {
            number,
            direction,
            action,
            protocol,
            ports: None,
            range: range.into(),
            only: Conditions::NONE,
        }
    }

    setters! {
        /// Sets the destination ports.
        with_ports(ports: impl Into<Option<PortRange>>);
        /// Sets what else a packet must be like.
        with_only(only: Conditions);
    }
}
