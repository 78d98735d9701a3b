//! Addresses of vSwitches and the interfaces that hold them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use ipnet::IpNet;

use super::{Interface, State, VSwitch};
use crate::aliyun::context::Context;
use crate::table::{Base, Life};

/// The cloud keeps the first address and the last three of every vSwitch for itself.
const RESERVED: u32 = 4;

impl VSwitch {
    /// The ranges of both families.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = IpNet> + '_ {
        std::iter::once(IpNet::V4(self.cidr))
    }

    /// Whether an address is in one of its ranges.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.ranges().any(|range| range.contains(&address))
    }
}

fn occupied<'a>(state: &'a State, vswitch: &'a VSwitch) -> impl Iterator<Item = Ipv4Addr> + 'a {
    state
        .interfaces
        .iter()
        .filter(|interface| interface.vswitch == vswitch.base.id)
        .map(|interface| interface.address)
}

pub(crate) fn free_addresses(state: &State, vswitch: &VSwitch) -> u32 {
    let size = 1_u32 << (32 - vswitch.cidr.prefix_len().max(8));
    let used = u32::try_from(occupied(state, vswitch).count()).unwrap_or(u32::MAX);
    size.saturating_sub(RESERVED).saturating_sub(used)
}

/// A free address: the wanted one, or the lowest. `None` if there is none.
pub(crate) fn take_address(
    state: &State,
    vswitch: &VSwitch,
    wanted: Option<Ipv4Addr>,
) -> Option<Ipv4Addr> {
    let first = u32::from(vswitch.cidr.network()) + 1;
    let last = u32::from(vswitch.cidr.broadcast()).checked_sub(3)?;
    let used: std::collections::BTreeSet<u32> = occupied(state, vswitch).map(u32::from).collect();
    let is_free = |address: &u32| !used.contains(address);
    match wanted.map(u32::from) {
        Some(wanted) => Some(wanted)
            .filter(|wanted| (first..=last).contains(wanted))
            .filter(is_free),
        None => (first..=last).find(is_free),
    }
    .map(Ipv4Addr::from)
}

/// Makes an interface in a vSwitch, owned by the owner of the vSwitch.
pub(crate) fn interface(
    ctx: &mut Context<'_>,
    vswitch: &VSwitch,
    address: Ipv4Addr,
    product: &str,
) -> String {
    let base = Base {
        id: ctx.new_id("eni", &vswitch.base.region),
        owner: vswitch.base.owner.clone(),
        region: vswitch.base.region.clone(),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, Duration::ZERO),
    };
    let id = base.id.clone();
    ctx.born_in(product, "network-interface", &base);
    ctx.state.vpc.interfaces.insert(Interface {
        base,
        vswitch: vswitch.base.id.clone(),
        address,
    });
    id
}
