use std::collections::BTreeSet;

use ipnet::IpNet;

use super::builder::{Builder, Present};
use super::found::{network_key, route_key};
use super::{Op, Ref, TableRef};
use crate::ids::{PeeringId, RouteTableId};
use crate::topology::Network;
use crate::traits::{NextHop, TableRole};

impl Builder<'_> {
    /// A route to each destination in every table in use of a network.
    pub(super) fn routes_to(
        &mut self,
        network: &Network,
        destinations: &BTreeSet<IpNet>,
        next_hop: &Ref,
        next_hop_id: Option<&PeeringId>,
        after: &[String],
    ) {
        let hop = next_hop_id.map(|id| NextHop::Peering(id.clone()));
        for (table, custom) in self.tables_in_use(network) {
            for destination in destinations {
                let key = route_key(&network.name, custom.as_ref(), destination);
                let op = Op::CreateRoute {
                    table: table.clone(),
                    destination: *destination,
                    next_hop: next_hop.clone(),
                };
                self.wanted
                    .next_hops
                    .insert(key.clone(), next_hop_id.cloned());
                let leads_there = self
                    .found
                    .routes
                    .get(&key)
                    .filter(|route| hop.as_ref() == Some(&route.record.next_hop));
                let present =
                    leads_there.and_then(|route| Present::new(&key, route.record.status.phase));
                let place = self.place(&network.account, &network.region);
                let domain = Some(format!("routes/{}", network.name));
                self.want(key, op, place, after.to_vec(), domain, present);
            }
        }
    }

    fn tables_in_use(&self, network: &Network) -> Vec<(TableRef, Option<RouteTableId>)> {
        let known = self.found.networks.get(&network_key(&network.name));
        let tables = known.and_then(|at| self.found.tables.get(&at.record.id));
        let Some(tables) = tables.filter(|tables| !tables.is_empty()) else {
            return vec![(TableRef::MainOf(self.network_ref(&network.name)), None)];
        };
        let in_use = tables.iter().filter(|table| table.in_use());
        in_use
            .map(|table| {
                let custom = (table.role == TableRole::Custom).then(|| table.id.clone());
                (TableRef::Id(table.id.clone()), custom)
            })
            .collect()
    }
}
