//! The routes of tables by prefix, for the longest match.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::OnceLock;

use ipnet::IpNet;
use prefix_trie::joint::map::JointPrefixMap;

use super::Observation;
use super::index::Position;
use crate::ids::RouteTableId;
use crate::traits::{Destination, HubRouteRecord, NextHop, RouteOrigin, RouteRecord};

/// The tables of networks and of hubs, each made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Tries {
    routes: OnceLock<HashMap<RouteTableId, RouteTrie>>,
    hub_routes: OnceLock<HashMap<RouteTableId, HubTrie>>,
}

/// What a route table does with a packet.
#[derive(Debug)]
pub(crate) enum RouteChoice<'a> {
    /// It follows this route.
    One(&'a RouteRecord),
    /// No route is for it.
    None,
    /// This route may be for it, and leads elsewhere than the best of those that are known.
    Unknown(&'a RouteRecord),
}

/// The best route to each prefix, and the routes whose destinations are not known.
#[derive(Debug, Default)]
struct RouteTrie {
    best: JointPrefixMap<IpNet, (Preference, Position)>,
    unknown: Vec<Position>,
}

/// The last of the active routes to each prefix, and the first of the others.
#[derive(Debug, Default)]
struct HubTrie {
    active: JointPrefixMap<IpNet, Position>,
    lost: JointPrefixMap<IpNet, Position>,
}

/// How much a table prefers a route among those to one prefix: that of the network itself, then one that somebody wrote,
/// then one of a prefix list, then one that was learned; of equals one that works.
type Preference = (u8, bool);

fn preference(route: &RouteRecord) -> Preference {
    let rank = match (&route.next_hop, &route.destination, route.origin) {
        (NextHop::Local, ..) => 3,
        (_, _, RouteOrigin::Learned) => 0,
        (_, Destination::Range(_), _) => 2,
        _ => 1,
    };
    (rank, route.status.is_ready())
}

impl RouteTrie {
    fn add(&mut self, route: &RouteRecord, position: Position) {
        let Some(ranges) = route.destination.ranges() else {
            self.unknown.push(position);
            return;
        };
        let preference = preference(route);
        for range in ranges {
            let range = range.trunc();
            let better = |known: &(Preference, Position)| known.0 > preference;
            if !self.best.get(&range).is_some_and(better) {
                self.best.insert(range, (preference, position));
            }
        }
    }
}

impl HubTrie {
    fn add(&mut self, route: &HubRouteRecord, position: Position) {
        let range = route.destination.trunc();
        if route.status.is_ready() {
            self.active.insert(range, position);
        } else if self.lost.get(&range).is_none() {
            self.lost.insert(range, position);
        }
    }
}

fn address(to: &IpAddr) -> IpNet {
    IpNet::from(*to)
}

impl Observation {
    fn route_at(&self, (place, index): Position) -> &RouteRecord {
        &self.inventories.all[place as usize].routes[index as usize]
    }

    fn hub_route_at(&self, (place, index): Position) -> &HubRouteRecord {
        &self.inventories.all[place as usize].hub_routes[index as usize]
    }

    fn route_trie(&self, table: &RouteTableId) -> Option<&RouteTrie> {
        let index = self.index();
        let tries = index.tries.routes.get_or_init(|| {
            let tables = index.routes.iter().map(|(table, positions)| {
                let mut trie = RouteTrie::default();
                positions
                    .iter()
                    .for_each(|at| trie.add(self.route_at(*at), *at));
                (table.clone(), trie)
            });
            tables.collect()
        });
        tries.get(table)
    }

    fn hub_trie(&self, table: &RouteTableId) -> Option<&HubTrie> {
        let index = self.index();
        let tries = index.tries.hub_routes.get_or_init(|| {
            let tables = index.hub_routes.iter().map(|(table, positions)| {
                let mut trie = HubTrie::default();
                positions
                    .iter()
                    .for_each(|at| trie.add(self.hub_route_at(*at), *at));
                (table.clone(), trie)
            });
            tables.collect()
        });
        tries.get(table)
    }

    /// What a network's table does with packets to an address. The most specific route decides, whether it works or not:
    /// packets do not fall back to a shorter one.
    pub(crate) fn route(&self, table: &RouteTableId, to: &IpAddr) -> RouteChoice<'_> {
        let Some(trie) = self.route_trie(table) else {
            return RouteChoice::None;
        };
        let best = trie.best.get_lpm(&address(to));
        let best = best.map(|(_, (_, position))| self.route_at(*position));
        let differs =
            |route: &&RouteRecord| best.is_none_or(|best| best.next_hop != route.next_hop);
        let mut unknown = trie.unknown.iter().map(|position| self.route_at(*position));
        match (unknown.find(differs), best) {
            (Some(route), _) => RouteChoice::Unknown(route),
            (None, Some(route)) => RouteChoice::One(route),
            (None, None) => RouteChoice::None,
        }
    }

    /// The longest matching active route of a hub's table.
    pub(crate) fn hub_route(&self, table: &RouteTableId, to: &IpAddr) -> Option<&HubRouteRecord> {
        let (_, position) = self.hub_trie(table)?.active.get_lpm(&address(to))?;
        Some(self.hub_route_at(*position))
    }

    /// A route of a hub's table that would match and lost against another.
    pub(crate) fn lost_hub_route(
        &self,
        table: &RouteTableId,
        to: &IpAddr,
    ) -> Option<&HubRouteRecord> {
        let lost = &self.hub_trie(table)?.lost;
        let first = lost.cover_values(&address(to)).min()?;
        Some(self.hub_route_at(*first))
    }
}
