//! Addresses of subnets.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::{Instance, State, Subnet};

/// The cloud keeps the first four addresses and the last one of every subnet for itself.
const RESERVED: u32 = 5;

impl Instance {
    /// Its address is free again once it is terminated.
    pub(super) fn holds_address(&self, now: Duration) -> bool {
        self.terminated.is_none_or(|at| now < at)
    }

    /// The addresses of both families.
    pub(crate) fn all_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        std::iter::once(IpAddr::V4(self.address))
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

fn occupied(state: &State, subnet: &Subnet, now: Duration) -> BTreeSet<u32> {
    let here = state
        .instances
        .iter()
        .filter(|instance| instance.subnet == subnet.base.id && instance.holds_address(now));
    here.map(|instance| u32::from(instance.address)).collect()
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
