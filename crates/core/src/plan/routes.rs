use std::collections::BTreeSet;

use ipnet::IpNet;

use super::builder::{Builder, Present};
use super::found::Found;
use super::step::SharedKey;
use super::tables::tables_of;
use super::wish::reach_between;
use super::{Destination, NetworkRef, Reach, Ref, StepKey, TableRef};
use crate::ids::{PeeringId, Place, RouteTableId};
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

/// Where routes start.
#[derive(Clone, Copy)]
struct Start<'a> {
    network: &'a Network,
    place: &'a Place,
    table: &'a TableRef,
    /// The id of the table in keys, if it is not the main one.
    custom: Option<&'a RouteTableId>,
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
        let place = self.place(&network.account, &network.region);
        for (table, custom) in self.tables(network) {
            let from = Start {
                network,
                place: &place,
                table: &table,
                custom: custom.as_ref(),
            };
            for destination in destinations {
                match destination {
                    Reach::Range(range) => self.route_to(from, *range, way),
                    Reach::Ipv6Of(other) => self.ipv6_route(from, other, way),
                }
            }
        }
    }

    fn route_to(&mut self, from: Start<'_>, destination: IpNet, way: &Way<'_>) {
        let key = SharedKey::from(ObjectKey::Route {
            network: from.network.name.clone(),
            table: from.custom.cloned(),
            destination,
        });
        let op = route::Create {
            table: from.table.clone(),
            destination: Destination::Range(destination),
            next_hop: way.next_hop.clone(),
            marked: way.needs_mark(self.found),
        };
        let hop = way.id.clone().map(NextHop::Peering);
        let found = self.found.routes.get(&key);
        let leads_there = found.filter(|route| hop.as_ref() == Some(&route.record.next_hop));
        let present = leads_there.and_then(|route| Present::new(&*key, route.record.status.phase));
        let (place, after) = (from.place.clone(), way.after.iter().cloned());
        self.want_after((key, way.id.clone()), op, place, after, present);
    }

    // To a range that the cloud chooses when it creates the other network: the step waits for that and then asks.
    fn ipv6_route(&mut self, from: Start<'_>, other: &str, way: &Way<'_>) {
        let Some(to) = self.topology.network(other) else {
            return;
        };
        let key = ObjectKey::Ipv6Route {
            network: from.network.name.clone(),
            table: from.custom.cloned(),
            to: other.to_owned(),
        };
        let op = route::Create {
            table: from.table.clone(),
            destination: Destination::Ipv6 {
                ipv6_of: self.ipv6_of(to),
            },
            next_hop: way.next_hop.clone(),
            marked: way.needs_mark(self.found),
        };
        let mut after = way.after.to_vec();
        after.push(StepKey::create(ObjectKey::network(other)));
        self.want_after((key, None), op, from.place.clone(), after, None);
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
