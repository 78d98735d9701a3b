//! Through which subnets hubs attach networks.

use std::collections::BTreeSet;

use super::{Context, Finding};
use crate::ids::Zone;
use crate::object::ObjectKey;
use crate::plan::{
    HubZones, Interface, Interfaces, attachment_carries_ipv6, capabilities_of, carries_ipv6,
    interfaces,
};
use crate::topology::{Interconnect, Network};

/// How many subnets one finding lists.
const LISTED: usize = 8;

// A hub attaches a network only in certain zones. One of them is enough to send packets, several are redundant.
pub(super) fn check(
    context: &Context<'_>,
    interconnect: &Interconnect,
    findings: &mut Vec<Finding>,
) {
    let topology = context.topology;
    let Some(capabilities) = capabilities_of(topology, context.observation, interconnect) else {
        return;
    };
    let members = interconnect.members.iter();
    for network in members.filter_map(|member| topology.network(member)) {
        let place = topology.place_in(&interconnect.owner, &network.region);
        let Some(inventory) = place.and_then(|place| context.observation.at(&place)) else {
            continue;
        };
        if inventory.hub_zones.is_empty() {
            findings.push(no_hub_zone(interconnect, network));
            continue;
        }
        let hub = HubZones {
            zones: &inventory.hub_zones,
            wanted: capabilities.attachment_zones.min(inventory.hub_zones.len()),
        };
        let one = One {
            context,
            interconnect,
            network,
            hub,
            through: interfaces(network, context.observation, context.found, hub),
        };
        one.check(findings);
    }
}

/// One network that is to be attached.
struct One<'a> {
    context: &'a Context<'a>,
    interconnect: &'a Interconnect,
    network: &'a Network,
    hub: HubZones<'a>,
    through: Interfaces<'a>,
}

impl One<'_> {
    fn check(&self, findings: &mut Vec<Finding>) {
        // An attachment that is there keeps its subnets, whatever was chosen today.
        if self.is_attached() {
            return;
        }
        // What cannot be told from the inventory of a network that was not found.
        let key = ObjectKey::network(&self.network.name);
        if self.network.id.is_some() && self.context.found.networks.get(&key).is_none() {
            return;
        }
        findings.extend(self.unusable());
        findings.extend(self.too_few());
        findings.extend(self.full());
        findings.extend(self.chosen());
        findings.extend(self.without_ipv6());
    }

    fn is_attached(&self) -> bool {
        let key = ObjectKey::attachment(&self.interconnect.name, &self.network.name);
        self.context.found.peerings.get(&key).is_some()
    }

    fn subject(&self) -> String {
        format!("network {}", self.network.name)
    }

    fn unusable(&self) -> impl Iterator<Item = Finding> {
        let usable: Vec<&Interface<'_>> = self.usable().collect();
        self.through.unusable.iter().map(move |(pin, why)| {
            Finding::error(
                "attachment/pin",
                self.subject(),
                format!(
                    "interconnect {} cannot attach it through `{pin}`: {why}",
                    self.interconnect.name
                ),
                match usable.as_slice() {
                    [] => "remove it from `attach-through`".to_owned(),
                    usable => format!(
                        "in `attach-through`, choose from {}",
                        listed(usable.iter().copied())
                    ),
                },
            )
        })
    }

    fn usable(&self) -> impl Iterator<Item = &Interface<'_>> {
        let all = self.through.all.iter();
        all.filter(|one| self.hub.has(one.zone()) && one.free() != Some(0))
    }

    fn too_few(&self) -> Option<Finding> {
        // Who names subnets has chosen the zones too.
        if !self.network.attach_through.is_empty() {
            return None;
        }
        let zones: BTreeSet<&Zone> = self.through.chosen.iter().map(Interface::zone).collect();
        match zones.len() {
            0 => Some(self.none()),
            some if some < self.hub.wanted => Some(self.too_few_zones(&zones)),
            _ => None,
        }
    }

    fn none(&self) -> Finding {
        let all = &self.through.all;
        let mut in_zones = all.iter().filter(|one| self.hub.has(one.zone())).peekable();
        if in_zones.peek().is_some() {
            return Finding::error(
                "subnet/full",
                self.subject(),
                format!(
                    "its subnets in the availability zones in which interconnect {} can attach it have no free address: {}",
                    self.interconnect.name,
                    listed(in_zones)
                ),
                "release an address in one of them, or add a subnet",
            );
        }
        let there = match all.as_slice() {
            [] => "it has no subnet at all".to_owned(),
            all => format!("it has {}", listed(all)),
        };
        Finding::error(
            "zone/no-subnet",
            self.subject(),
            format!(
                "it has no subnet in an availability zone in which interconnect {} can attach it: {}; {there}",
                self.interconnect.name,
                names(self.hub.zones)
            ),
            "add a subnet in one of these availability zones, better in two",
        )
    }

    fn too_few_zones(&self, used: &BTreeSet<&Zone>) -> Finding {
        let unused = self.hub.zones.iter().filter(|zone| !used.contains(zone));
        Finding::warning(
            "zone/too-few",
            self.subject(),
            format!(
                "interconnect {} attaches it in {} only; if the availability zone fails, the network is cut off",
                self.interconnect.name,
                names(used.iter().copied()),
            ),
            format!(
                "for redundancy, add a subnet in another availability zone before the first apply: {}",
                names(unused)
            ),
        )
    }

    // Declared subnets are taken in their order, full or not.
    fn full(&self) -> impl Iterator<Item = Finding> {
        let chosen = self.through.chosen.iter();
        chosen.filter(|one| one.free() == Some(0)).map(|one| {
            Finding::error(
                "subnet/full",
                format!("subnet {}/{}", self.network.name, one.name()),
                "it has no free address for the network interface of the hub",
                "release an address in it, or declare another subnet of its availability zone before it",
            )
        })
    }

    // What the topology does not say is told.
    fn chosen(&self) -> Option<Finding> {
        let chosen = &self.through.chosen;
        let is_told =
            |one: &Interface<'_>| matches!(one, Interface::There(_)) || self.is_pinned_by_zone(one);
        if !chosen.iter().any(is_told) {
            return None;
        }
        let why = match self.network.attach_through.is_empty() {
            true => "most free addresses in each availability zone with hubs",
            false => "as `attach-through` says",
        };
        Some(Finding::note(
            "attachment/subnets",
            self.subject(),
            format!(
                "interconnect {} attaches it through {}: {why}",
                self.interconnect.name,
                listed(chosen)
            ),
        ))
    }

    fn is_pinned_by_zone(&self, one: &Interface<'_>) -> bool {
        let mut pins = self.network.attach_through.iter();
        pins.any(|pin| pin == one.zone().as_str())
    }

    fn without_ipv6(&self) -> Option<Finding> {
        let context = self.context;
        let (topology, found) = (context.topology, context.found);
        let observation = context.observation;
        let carries = attachment_carries_ipv6(
            topology,
            observation,
            self.interconnect,
            self.network,
            found,
        );
        if carries || !carries_ipv6(self.network, found) || self.through.chosen.is_empty() {
            return None;
        }
        let without = self.through.chosen.iter().filter(|one| !one.has_ipv6());
        Some(Finding::warning(
            "ipv6/subnets",
            self.subject(),
            format!(
                "interconnect {} carries only IPv4 for it, because these subnets of its attachment have no IPv6 CIDR block: {}",
                self.interconnect.name,
                listed(without)
            ),
            "before the first apply, give these subnets IPv6, or name others in `attach-through`",
        ))
    }
}

fn no_hub_zone(interconnect: &Interconnect, network: &Network) -> Finding {
    Finding::error(
        "zone/no-hub",
        format!("network {}", network.name),
        format!(
            "no availability zone of {} has hubs, so interconnect {} cannot attach the network",
            network.region, interconnect.name
        ),
        "move the network to a region that has hubs",
    )
}

fn names<'z>(zones: impl IntoIterator<Item = &'z Zone>) -> String {
    let names: Vec<&str> = zones.into_iter().map(Zone::as_str).collect();
    names.join(", ")
}

fn listed<'i>(interfaces: impl IntoIterator<Item = &'i Interface<'i>>) -> String {
    let mut all: Vec<String> = interfaces.into_iter().map(told).collect();
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    if more > 0 {
        all.push(format!("{more} more"));
    }
    all.join("; ")
}

fn told(one: &Interface<'_>) -> String {
    let place = format!("{} in {}", one.name(), one.zone());
    match one.free() {
        Some(1) => format!("{place}, 1 free address"),
        Some(free) => format!("{place}, {free} free addresses"),
        None => place,
    }
}
