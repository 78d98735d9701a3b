//! Through which subnets a hub attaches a network.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::found::Found;
use super::wish::{capabilities_of, carries_ipv6};
use crate::ids::{SubnetId, Zone};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::topology::{Interconnect, Network, Subnet, Topology};
use crate::traits::{Phase, SubnetRecord};

/// A subnet in which a hub can have a network interface.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Interface<'a> {
    /// One that the topology declares; with its record, if it is there.
    Declared(&'a Subnet, Option<&'a SubnetRecord>),
    /// One that an existing network has and the topology does not declare.
    There(&'a SubnetRecord),
}

impl Interface<'_> {
    pub(crate) fn zone(&self) -> &Zone {
        match self {
            Self::Declared(subnet, _) => &subnet.zone,
            Self::There(record) => &record.zone,
        }
    }

    /// What the topology, or else the cloud, calls it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Declared(subnet, _) => &subnet.name,
            Self::There(record) => record.id.as_str(),
        }
    }

    fn record(&self) -> Option<&SubnetRecord> {
        match self {
            Self::Declared(_, record) => *record,
            Self::There(record) => Some(record),
        }
    }

    /// How many addresses it has left, as far as it is known.
    pub(crate) fn free(&self) -> Option<u64> {
        self.record().and_then(|record| record.free_addresses)
    }

    /// Whether it has IPv6, or will.
    pub(crate) fn has_ipv6(&self) -> bool {
        match self {
            Self::Declared(subnet, None) => subnet.ipv6_slot.is_some(),
            _ => self
                .record()
                .is_some_and(|there| !there.ipv6_ranges.is_empty()),
        }
    }

    fn has_id(&self, id: &str) -> bool {
        let declared = match self {
            Self::Declared(subnet, _) => subnet.id.as_ref(),
            Self::There(_) => None,
        };
        let there = self.record().map(|record| &record.id);
        declared.or(there).is_some_and(|known| known.as_str() == id)
    }
}

/// Through which subnets a network is attached.
#[derive(Debug, Default)]
pub(crate) struct Interfaces<'a> {
    /// Those that were chosen, of different zones.
    pub(crate) chosen: Vec<Interface<'a>>,
    /// All that there are, in whatever zone.
    pub(crate) all: Vec<Interface<'a>>,
    /// Entries of `attach-through` that cannot be used, and why.
    pub(crate) unusable: Vec<(&'a str, String)>,
}

/// Where a hub can take networks, and in how many zones it should.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HubZones<'a> {
    pub(crate) zones: &'a [Zone],
    pub(crate) wanted: usize,
}

impl<'a> HubZones<'a> {
    /// Those of the hub that attaches a network.
    pub(crate) fn of(
        topology: &Topology,
        observation: &'a Observation,
        interconnect: &Interconnect,
        network: &Network,
    ) -> Self {
        let place = topology.place_in(&interconnect.owner, &network.region);
        let inventory = place.and_then(|place| observation.at(&place));
        let zones = inventory.map_or(&[][..], |inventory| inventory.hub_zones.as_slice());
        let wanted = capabilities_of(topology, observation, interconnect)
            .map_or(1, |capabilities| capabilities.attachment_zones);
        Self { zones, wanted }
    }

    pub(crate) fn has(&self, zone: &Zone) -> bool {
        self.zones.is_empty() || self.zones.contains(zone)
    }
}

/// The subnets that `attach-through` names; without it the first declared one in each zone, and in the zones that lack one
/// that which has most free addresses, in as many zones as the cloud wants, or as the network has.
pub(crate) fn interfaces<'a>(
    network: &'a Network,
    observation: &'a Observation,
    found: &'a Found,
    hub: HubZones<'_>,
) -> Interfaces<'a> {
    let mut interfaces = Interfaces {
        all: candidates(network, observation, found),
        ..Interfaces::default()
    };
    match network.attach_through.is_empty() {
        true => interfaces.choose(hub),
        false => interfaces.pin(&network.attach_through, hub),
    }
    interfaces
}

// Declared ones in their order, then the others of an existing network, the best first.
fn candidates<'a>(
    network: &'a Network,
    observation: &'a Observation,
    found: &'a Found,
) -> Vec<Interface<'a>> {
    let declared = network.subnets.iter().map(|subnet| {
        let key = ObjectKey::subnet(&network.name, &subnet.name);
        let there = found.subnets.get(&key).map(|at| &at.record);
        Interface::Declared(subnet, there)
    });
    let mut candidates: Vec<Interface<'_>> = declared.collect();
    let Some(id) = &network.id else {
        return candidates;
    };
    // Two accounts may see one subnet.
    let mut there: BTreeMap<&SubnetId, &SubnetRecord> = BTreeMap::new();
    let inventories = observation.inventories.iter();
    let records = inventories.flat_map(|inventory| &inventory.subnets);
    there.extend(
        records
            .filter(|record| record.network == *id && record.status.phase != Phase::Deleting)
            // One of ours is declared, or is about to be deleted.
            .filter(|record| found.subnets.key_of(&record.id).is_none())
            .map(|record| (&record.id, record)),
    );
    let mut others: Vec<Interface<'_>> = there.into_values().map(Interface::There).collect();
    let ipv6 = carries_ipv6(network, found);
    // Sorting is stable: of equals the one with the lowest ID comes first.
    others.sort_by_key(|one| Reverse((ipv6 && one.has_ipv6(), one.free())));
    candidates.extend(others);
    candidates
}

/// Whether the attachment of a network to a hub carries IPv6, or will: one that is there may have been made without, and in
/// an existing network there may be no subnet with IPv6 for it.
pub(crate) fn attachment_carries_ipv6(
    topology: &Topology,
    observation: &Observation,
    interconnect: &Interconnect,
    network: &Network,
    found: &Found,
) -> bool {
    if !carries_ipv6(network, found) {
        return false;
    }
    let key = ObjectKey::attachment(&interconnect.name, &network.name);
    if let Some(there) = found.peerings.get(&key) {
        return there.record.ipv6 != Some(false);
    }
    let hub = HubZones::of(topology, observation, interconnect, network);
    let through = interfaces(network, observation, found, hub).chosen;
    network.id.is_none() || through.iter().all(Interface::has_ipv6)
}

impl<'a> Interfaces<'a> {
    fn choose(&mut self, hub: HubZones<'_>) {
        let usable = |one: &&Interface<'_>| {
            let full = matches!(one, Interface::There(record) if record.free_addresses == Some(0));
            hub.has(one.zone()) && !full
        };
        let mut zones = BTreeSet::new();
        let best = self.all.iter().filter(usable);
        let best = best.filter(|one| zones.insert(one.zone()));
        self.chosen = best.take(hub.wanted.max(1)).copied().collect();
    }

    fn pin(&mut self, pins: &'a [String], hub: HubZones<'_>) {
        for pin in pins {
            let pinned = self.pinned(pin, hub).and_then(|one| {
                let twin = self.chosen.iter().find(|other| other.zone() == one.zone());
                match twin {
                    Some(twin) => Err(format!(
                        "{} is in {} too, and a hub takes one subnet in each availability zone",
                        twin.name(),
                        twin.zone()
                    )),
                    None => Ok(one),
                }
            });
            match pinned {
                Ok(one) => self.chosen.push(one),
                Err(why) => self.unusable.push((pin, why)),
            }
        }
    }

    // A name of the topology comes before an ID, and an ID before a zone.
    fn pinned(&self, pin: &str, hub: HubZones<'_>) -> Result<Interface<'a>, String> {
        let all = || self.all.iter();
        let declared =
            |one: &&Interface<'_>| matches!(one, Interface::Declared(..)) && one.name() == pin;
        let named = all()
            .find(declared)
            .or_else(|| all().find(|one| one.has_id(pin)));
        if let Some(one) = named {
            return match hub.has(one.zone()) {
                true if one.free() == Some(0) => Err("it has no free address".to_owned()),
                true => Ok(*one),
                false => Err(format!("it is in {}, which has no hubs", one.zone())),
            };
        }
        let mut in_zone = all().filter(|one| one.zone().as_str() == pin).peekable();
        if in_zone.peek().is_none() {
            return Err("the network has no such subnet, and none in such a zone".to_owned());
        }
        if !hub.has(&Zone::new(pin)) {
            return Err("this availability zone has no hubs".to_owned());
        }
        let free = in_zone.find(|one| one.free() != Some(0));
        free.copied()
            .ok_or_else(|| "no subnet in it has a free address".to_owned())
    }
}
