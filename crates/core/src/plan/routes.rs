use std::collections::BTreeSet;

use ipnet::IpNet;

use super::builder::{Builder, Present};
use super::{Ref, TableRef};
use crate::ids::{PeeringId, RouteTableId};
use crate::object::{ObjectKey, route};
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
        after: &[ObjectKey],
    ) {
        let hop = next_hop_id.map(|id| NextHop::Peering(id.clone()));
        let place = self.place(&network.account, &network.region);
        for (table, custom) in self.tables_in_use(network) {
            for destination in destinations {
                let key = ObjectKey::Route {
                    network: network.name.clone(),
                    table: custom.clone(),
                    destination: *destination,
                };
                let op = route::Create {
                    table: table.clone(),
                    destination: *destination,
                    next_hop: next_hop.clone(),
                };
                let next_hops = &mut self.wanted.next_hops;
                next_hops.insert(key.clone(), next_hop_id.cloned());
                let found = self.found.routes.get(&key);
                let leads_there =
                    found.filter(|route| hop.as_ref() == Some(&route.record.next_hop));
                let present =
                    leads_there.and_then(|route| Present::new(&key, route.record.status.phase));
                self.want(key, op, place.clone(), after.to_vec(), present);
            }
        }
    }

    fn tables_in_use(&self, network: &Network) -> Vec<(TableRef, Option<RouteTableId>)> {
        let in_use = self.found.tables_in_use(&network.name);
        let tables: Vec<_> = in_use
            .map(|table| {
                let custom = (table.role == TableRole::Custom).then(|| table.id.clone());
                (TableRef::Id(table.id.clone()), custom)
            })
            .collect();
        match tables.is_empty() {
            true => vec![(TableRef::MainOf(self.network_ref(&network.name)), None)],
            false => tables,
        }
    }
}
