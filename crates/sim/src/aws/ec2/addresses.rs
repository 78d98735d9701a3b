//! Addresses of subnets.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::{Endpoint, Instance, State, Subnet, endpoints};

/// The cloud keeps the first four addresses and the last one of every subnet for itself.
const RESERVED: u32 = 5;

impl Instance {
    /// Its address is free again once it is terminated.
    pub(super) fn holds_address(&self, now: Duration) -> bool {
        self.terminated.is_none_or(|at| now < at)
    }

    /// The addresses of both families.
    pub(crate) fn all_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let sixth = self.addresses_v6.iter().copied().map(IpAddr::V6);
        std::iter::once(IpAddr::V4(self.address)).chain(sixth)
    }

    pub(crate) fn has_address_now(&self, address: IpAddr, now: Duration) -> bool {
        self.holds_address(now) && self.all_addresses().any(|own| own == address)
    }
}

impl Subnet {
    /// Whether an address of either family is in its ranges.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.range.contains(&address),
            IpAddr::V6(address) => {
                let range = self.range_v6.as_ref();
                range.is_some_and(|own| own.range.contains(&address))
            }
        }
    }
}

/// The addresses that instances, gateways, endpoints and other interfaces hold in a subnet.
fn held<'a>(
    state: &'a State,
    subnet: &'a str,
    now: Duration,
) -> impl Iterator<Item = Ipv4Addr> + 'a {
    let instances = state
        .instances
        .iter()
        .filter(move |instance| instance.subnet == subnet && instance.holds_address(now))
        .map(|instance| instance.address);
    let translators = state
        .nat_gateways
        .iter()
        .filter(move |nat| nat.subnet == subnet && nat.is_there(now))
        .map(|nat| nat.address);
    let spots = endpoints::living(state, now).flat_map(Endpoint::spots);
    let spots = spots
        .filter(move |spot| spot.subnet == subnet)
        .map(|spot| spot.address);
    let others = state
        .network_interfaces
        .iter()
        .filter(move |interface| interface.subnet == subnet && interface.is_there())
        .map(|interface| interface.address);
    instances.chain(translators).chain(spots).chain(others)
}

/// Whether anything holds an address of a subnet.
pub(super) fn is_occupied(state: &State, subnet: &str, now: Duration) -> bool {
    held(state, subnet, now).next().is_some()
}

fn occupied(state: &State, subnet: &Subnet, now: Duration) -> BTreeSet<u32> {
    held(state, &subnet.base.id, now).map(u32::from).collect()
}

pub(super) fn free(state: &State, subnet: &Subnet, now: Duration) -> u32 {
    let size = 1_u32 << (32 - subnet.range.prefix_len().max(8));
    let used = u32::try_from(occupied(state, subnet, now).len()).unwrap_or(u32::MAX);
    size.saturating_sub(RESERVED).saturating_sub(used)
}

/// A free address: the wanted one, or the lowest. `None` if there is none.
pub(super) fn take(
    state: &State,
    subnet: &Subnet,
    wanted: Option<Ipv4Addr>,
    now: Duration,
) -> Option<Ipv4Addr> {
    let first = u32::from(subnet.range.network()).checked_add(4)?;
    let last = u32::from(subnet.range.broadcast()).checked_sub(1)?;
    let used = occupied(state, subnet, now);
    let is_free = |address: &u32| !used.contains(address);
    let address = match wanted.map(u32::from) {
        Some(wanted) => Some(wanted)
            .filter(|wanted| (first..=last).contains(wanted))
            .filter(is_free),
        None => (first..=last).find(is_free),
    };
    address.map(Ipv4Addr::from)
}

/// The lowest free IPv6 addresses; none in a subnet without IPv6.
pub(super) fn take_v6(state: &State, subnet: &Subnet, count: u64, now: Duration) -> Vec<Ipv6Addr> {
    let Some(own) = &subnet.range_v6 else {
        return Vec::new();
    };
    let holders = state
        .instances
        .iter()
        .filter(|instance| instance.holds_address(now));
    let used: BTreeSet<Ipv6Addr> = holders
        .flat_map(|instance| instance.addresses_v6.iter().copied())
        .collect();
    // The cloud keeps the lowest ones for itself.
    let first = u128::from(own.range.network()) + 0x10;
    let addresses = (first..).map(Ipv6Addr::from);
    addresses
        .filter(|address| !used.contains(address))
        .take(usize::try_from(count).unwrap_or(usize::MAX))
        .collect()
}
