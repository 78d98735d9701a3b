//! Addresses of new instances that the cloud keeps for itself.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::network::capabilities;
use super::{Context, Finding};
use crate::topology::Instance;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let instances = context.topology.instances.iter();
    findings.extend(instances.filter_map(|instance| kept(context, instance)));
}

fn kept(context: &Context<'_>, instance: &Instance) -> Option<Finding> {
    let path = instance.subnet.as_ref()?;
    let network = context.topology.network(&path.network)?;
    let subnet = network.subnets.iter().find(|one| one.name == path.subnet)?;
    let (IpAddr::V4(address), IpNet::V4(range)) = (instance.address?, subnet.range) else {
        return None;
    };
    let capabilities = capabilities(context, network)?;
    let (first, last) = capabilities.kept_addresses;
    if !is_kept(address, &range, (first, last)) {
        return None;
    }
    Some(Finding::error(
        "instance/address-kept",
        format!("instance {}", instance.name),
        format!(
            "{address} is one of the first {first} or last {last} addresses of subnet {path}, which {} keeps for itself",
            capabilities.cloud
        ),
        "set another `address`, or leave it out: the cloud then chooses one",
    ))
}

fn is_kept(address: Ipv4Addr, range: &Ipv4Net, (first, last): (u32, u32)) -> bool {
    let from_start = u32::from(address).checked_sub(range.network().into());
    let from_end = u32::from(range.broadcast()).checked_sub(address.into());
    from_start.is_some_and(|offset| offset < first) || from_end.is_some_and(|offset| offset < last)
}
