use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Action, Direction, PortRange, Protocol};
use crate::ids::{AclId, NetworkId, SubnetId};

/// A network access list: a stateless filter at the edge of subnets, where a cloud has one.
///
/// It is only read, by the verifier: answers pass it like any other packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclRecord {
    /// Its id.
    pub id: AclId,
    /// Its network.
    pub network: NetworkId,
    /// The subnets it filters.
    pub subnets: Vec<SubnetId>,
    /// Its entries; of those that match, the one with the lowest number decides, and without one the packet is dropped.
    pub entries: Vec<AclEntry>,
}

/// One entry of an access list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclEntry {
    /// Its place in the order.
    pub number: u32,
    /// Which way it looks.
    pub direction: Direction,
    /// What it does.
    pub action: Action,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination ports; absent for all.
    pub ports: Option<PortRange>,
    /// The far end.
    pub range: IpNet,
}
