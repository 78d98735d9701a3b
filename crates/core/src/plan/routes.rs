use std::collections::BTreeSet;
use std::sync::Arc;

use ipnet::IpNet;

use super::builder::{Builder, Present};
use super::found::Found;
use super::tables::tables_of;
use super::wish::reach_between;
use super::{Destination, NetworkRef, Reach, Ref, StepKey, TableRef};
use crate::ids::{PeeringId, RouteTableId};
use crate::object::{ObjectKey, route};
use crate::topology::{Network, RouteTables};
use crate::traits::{NextHop, TableRole};

/// What routes lead to, and what must be there before.
pub(super) struct Way<'a> {
    pub(super) next_hop: Ref,
    /// The id of the next hop, if it exists.
    pub(super) id: Option<PeeringId>,
    pub(super) after: &'a [StepKey],
}

impl Way<'_> {
    // A route over what others made needs a mark to be known as the topology's.
    fn needs_mark(&self, found: &Found) -> bool {
        let at = self.id.as_ref().and_then(|id| found.peerings.by_id(id));
        at.is_some_and(|at| !at.ours)
    }
}

impl Builder<'_> {
    /// What a network reaches another one by.
    pub(super) fn reach_between(&self, network: &Network, other: &Network) -> Vec<Reach> {
        reach_between(network, other, self.found)
    }

    /// A route to each destination in every table of a network that gets routes.
    pub(super) fn routes_to(
        &mut self,
        network: &Network,
        destinations: &BTreeSet<Reach>,
        way: &Way<'_>,
    ) {
        for (table, custom) in self.tables(network) {
            for destination in destinations {
                let (table, custom) = (table.clone(), custom.clone());
                match destination {
                    Reach::Range(range) => self.route_to(network, table, custom, *range, way),
                    Reach::Ipv6Of(other) => self.ipv6_route(network, table, custom, other, way),
                }
            }
        }
    }

    fn route_to(
        &mut self,
        network: &Network,
        table: TableRef,
        custom: Option<RouteTableId>,
        destination: IpNet,
        way: &Way<'_>,
    ) {
        let key = Arc::new(ObjectKey::Route {
            network: network.name.clone(),
            table: custom,
            destination,
        });
        let op = route::Create {
            table,
            destination: Destination::Range(destination),
            next_hop: way.next_hop.clone(),
            marked: way.needs_mark(self.found),
        };
        let next_hops = &mut self.wanted.next_hops;
        next_hops.insert(Arc::clone(&key), way.id.clone());
        let hop = way.id.clone().map(NextHop::Peering);
        let found = self.found.routes.get(&key);
        let leads_there = found.filter(|route| hop.as_ref() == Some(&route.record.next_hop));
        let present = leads_there.and_then(|route| Present::new(&*key, route.record.status.phase));
        let place = self.place(&network.account, &network.region);
        self.want_after(key, op, place, way.after.iter().cloned(), present);
    }

    // To a range that the cloud chooses when it creates the other network: the step waits for that and then asks.
    fn ipv6_route(
        &mut self,
        network: &Network,
        table: TableRef,
        custom: Option<RouteTableId>,
        other: &str,
        way: &Way<'_>,
    ) {
        let Some(to) = self.topology.network(other) else {
            return;
        };
        let key = ObjectKey::Ipv6Route {
            network: network.name.clone(),
            table: custom,
            to: other.to_owned(),
        };
        let op = route::Create {
            table,
            destination: Destination::Ipv6 {
                ipv6_of: self.ipv6_of(to),
            },
            next_hop: way.next_hop.clone(),
            marked: way.needs_mark(self.found),
        };
        let mut after = way.after.to_vec();
        after.push(StepKey::create(ObjectKey::network(other)));
        let place = self.place(&network.account, &network.region);
        self.want_after(key, op, place, after, None);
    }

    /// What stands for the IPv6 range of a network that is not known yet.
    pub(super) fn ipv6_of(&self, network: &Network) -> NetworkRef {
        NetworkRef {
            network: self.network_ref(&network.name),
            place: self.place(&network.account, &network.region),
        }
    }

    fn tables(&self, network: &Network) -> Vec<(TableRef, Option<RouteTableId>)> {
        let chosen = tables_of(network, self.found).chosen.into_iter();
        let tables: Vec<_> = chosen
            .map(|table| {
                let custom = (table.role == TableRole::Custom).then(|| table.id.clone());
                (TableRef::Id(table.id.clone()), custom)
            })
            .collect();
        // One that is yet to be created gets a main table.
        match tables.is_empty() && !matches!(network.route_tables, RouteTables::Listed(_)) {
            true => vec![(TableRef::MainOf(self.network_ref(&network.name)), None)],
            false => tables,
        }
    }
}
