//! Zones of subnets that are to be created: each must be one of its region's.

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::topology::{Network, Subnet};
use crate::traits::ZoneRecord;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        let place = context.topology.place_of(network);
        let inventory = place.and_then(|place| context.observation.at(&place));
        let zones = inventory.map_or(&[][..], |inventory| inventory.zones.as_slice());
        // A cloud that does not tell its zones refuses a wrong one itself.
        if zones.is_empty() {
            continue;
        }
        for subnet in network.subnets.iter().filter(|one| one.id.is_none()) {
            let known = zones.iter().any(|zone| zone.is_called(&subnet.zone));
            let key = ObjectKey::subnet(&network.name, &subnet.name);
            if !known && context.found.subnets.get(&key).is_none() {
                findings.push(unknown(network, subnet, zones));
            }
        }
    }
}

fn unknown(network: &Network, subnet: &Subnet, zones: &[ZoneRecord]) -> Finding {
    let names: Vec<String> = zones.iter().map(ToString::to_string).collect();
    Finding::error(
        "zone/unknown",
        format!("subnet {}/{}", network.name, subnet.name),
        format!(
            "region {} has no availability zone {}",
            network.region, subnet.zone
        ),
        format!("set `zone` to one of {}", names.join(", ")),
    )
}
