//! Where packets start and end in an existing network of which the topology declares no subnet.

use std::collections::{BTreeMap, BTreeSet};

use super::fabric::{Fabric, Spot, first_host};
use crate::object::ObjectKey;
use crate::plan::tables_of;
use crate::topology::Network;
use crate::traits::SubnetRecord;

impl Fabric<'_> {
    /// One subnet for each pair of route table and access list: packets of all that share both have the same way.
    pub(super) fn existing_spots(&self, network: &Network) -> Vec<Spot> {
        let Some(at) = self.found.networks.get(&ObjectKey::network(&network.name)) else {
            return Vec::new();
        };
        let here = self.observation.subnets_of(&at.record.id);
        let here = here.filter(|subnet| network.id.is_some() && subnet.status.is_ready());
        let here: BTreeMap<_, &SubnetRecord> = here.map(|subnet| (&subnet.id, subnet)).collect();
        let mut here: Vec<&SubnetRecord> = here.into_values().collect();
        // One with both families stands for one with IPv4 alone.
        here.sort_by_key(|subnet| subnet.ipv6_ranges.is_empty());
        let tables = tables_of(network, self.found).chosen;
        let mut seen = BTreeSet::new();
        let mut spots = Vec::new();
        for subnet in here {
            let Some(spot) = self.spot_in(network, subnet) else {
                continue;
            };
            let table = self.table_of(&spot).map(|table| &table.id);
            // Who left a table out wants no packets of its subnets.
            if !table.is_some_and(|table| tables.iter().any(|chosen| chosen.id == *table)) {
                continue;
            }
            if !seen.insert((
                table,
                self.observation.acl_of(&subnet.id).map(|acl| &acl.id),
            )) {
                continue;
            }
            let second = subnet.ipv6_ranges.first();
            let second = second.filter(|range| **range != subnet.range);
            spots.extend(second.map(|range| spot.at(first_host(range))));
            spots.push(spot);
        }
        spots
    }

    fn spot_in(&self, network: &Network, subnet: &SubnetRecord) -> Option<Spot> {
        Some(Spot {
            name: format!("{}/{}", network.name, subnet.id),
            index: 0,
            place: self.topology.place_of(network)?,
            network: subnet.network.clone(),
            network_name: network.name.clone(),
            subnet: subnet.id.clone(),
            elsewhere: self.topology.is_held_by_other(&network.account),
            address: first_host(&subnet.range),
            groups: None,
            down: None,
        })
    }
}
