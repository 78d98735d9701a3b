//! IPv6: the ranges that the cloud hands out, and what networks and subnets make of them.

use std::net::Ipv6Addr;

use ipnet::{IpNet, Ipv6Net};

use super::world::{World, invalid};
use crate::error::Result;
use crate::ids::NetworkId;
use crate::traits::{CreateSubnet, InstanceRecord, NetworkRecord, SubnetRecord};

/// The block meant for documentation, of which every network gets a part of its own.
const POOL: u128 = 0x2001_0db8 << 96;
/// A network gets a /56, a subnet a /64.
const NETWORK_PREFIX: u8 = 56;
const SUBNET_PREFIX: u8 = 64;
/// Clouds keep the first addresses of a subnet for themselves.
const FIRST_HOST: u128 = 0x10;

impl World {
    /// The next range that no network has had.
    pub(super) fn next_ipv6_range(&mut self) -> IpNet {
        let number = u128::from(self.next_number("ipv6"));
        let address = Ipv6Addr::from(POOL | (number << (128 - NETWORK_PREFIX)));
        IpNet::V6(Ipv6Net::new_assert(address, NETWORK_PREFIX))
    }

    /// The range that a new subnet gets, if it asks for one.
    pub(super) fn ipv6_of_subnet(
        &self,
        network: &NetworkRecord,
        request: &CreateSubnet,
    ) -> Result<Vec<IpNet>> {
        let Some(slot) = request.ipv6_slot else {
            return Ok(Vec::new());
        };
        let Some(IpNet::V6(whole)) = network.ipv6_ranges().next() else {
            let message = format!("network {} has no IPv6 CIDR block", network.id);
            return Err(invalid(message));
        };
        let first = u128::from(whole.network());
        let address = Ipv6Addr::from(first | (u128::from(slot) << (128 - SUBNET_PREFIX)));
        let range = IpNet::V6(Ipv6Net::new_assert(address, SUBNET_PREFIX));
        let mut others = self.shelf::<SubnetRecord>().iter();
        match others.find(|other| other.record.ipv6_ranges.contains(&range)) {
            Some(other) => Err(invalid(format!("{range} belongs to {}", other.record.id))),
            None => Ok(vec![range]),
        }
    }

    /// The first free IPv6 address of a subnet.
    pub(super) fn choose_ipv6_address(&self, subnet: &SubnetRecord) -> Result<Ipv6Addr> {
        let Some(IpNet::V6(range)) = subnet.ipv6_ranges.first() else {
            let message = format!("subnet {} has no IPv6 CIDR block", subnet.id);
            return Err(invalid(message));
        };
        let first = u128::from(range.network()) + FIRST_HOST;
        let mut taken: Vec<u128> = (self.shelf::<InstanceRecord>().iter())
            .flat_map(|entry| &entry.record.ipv6_addresses)
            .map(|address| u128::from(*address))
            .collect();
        taken.sort_unstable();
        let free = taken
            .iter()
            .fold(first, |free, taken| match *taken == free {
                true => free + 1,
                false => free,
            });
        Ok(Ipv6Addr::from(free))
    }

    /// Refuses a route of a network to a range of a family that it does not have.
    pub(super) fn check_family(&self, network: &NetworkId, destination: &IpNet) -> Result<()> {
        let entry = self.get::<NetworkRecord>(network);
        let has_ipv6 = entry.is_some_and(|entry| entry.record.ipv6_ranges().next().is_some());
        match destination.addr().is_ipv6() && !has_ipv6 {
            true => Err(invalid(format!(
                "network {network} has no IPv6, and {destination} is an IPv6 CIDR block"
            ))),
            false => Ok(()),
        }
    }
}
