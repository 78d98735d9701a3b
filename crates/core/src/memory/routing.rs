use std::net::IpAddr;

use async_trait::async_trait;
use ipnet::IpNet;

use super::cloud::{MemoryCloud, Outcome};
use super::item::{Entry, number};
use super::life::Life;
use super::world::{World, absent, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{NetworkId, PeeringId, Place, RouteTableId, SubnetId};
use crate::traits::{
    CreateRoute, DeleteRoute, Destination, NetworkRecord, NextHop, PeeringRecord, Phase, Quota,
    RouteOrigin, RouteRecord, RouteTableRecord, Routing, Status, SubnetRecord, TableRole,
};

#[async_trait]
impl Routing for MemoryCloud {
    async fn list_route_tables(&self, networks: &[NetworkId]) -> Result<Vec<RouteTableRecord>> {
        self.look(|world| world.tables_of(&self.place, networks))
            .await
    }

    async fn list_routes(&self, table: &RouteTableId) -> Result<Vec<RouteRecord>> {
        self.look(|world| {
            world.table(&self.place, table)?;
            let routes = world.routes_of(table).into_iter();
            Ok(routes.map(|route| world.shown_route(route)).collect())
        })
        .await?
    }

    async fn create_route(&self, request: &CreateRoute) -> Result<()> {
        let subject = subject(&request.table, &request.destination, &request.next_hop);
        self.write("create_route", &subject, |world, place| {
            world.create_route(place, request)
        })
        .await
    }

    async fn delete_route(
        &self,
        table: &RouteTableId,
        destination: &IpNet,
        next_hop: &PeeringId,
    ) -> Result<()> {
        let subject = subject(table, destination, next_hop);
        self.write("delete_route", &subject, |world, place| {
            world.delete_route(place, table, destination, next_hop);
            Ok(())
        })
        .await
    }

    async fn create_routes(&self, requests: &[CreateRoute]) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(requests.len());
        for portion in requests.chunks(self.routes_per_call()) {
            if let [one] = portion {
                results.push(self.create_route(one).await);
                continue;
            }
            let subjects = portion
                .iter()
                .map(|one| subject(&one.table, &one.destination, &one.next_hop));
            let act = |world: &mut World, place: &Place| {
                let create = |request| world.create_route(place, request);
                Ok(Batch(portion.iter().map(create).collect()))
            };
            let sent = self.write("create_routes", &all(subjects), act).await;
            results.extend(of_each(sent, portion.len()));
        }
        results
    }

    async fn delete_routes(&self, routes: &[DeleteRoute]) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(routes.len());
        for portion in routes.chunks(self.routes_per_call()) {
            if let [one] = portion {
                let (table, to, hop) = (&one.table, &one.destination, &one.next_hop);
                results.push(self.delete_route(table, to, hop).await);
                continue;
            }
            let subjects = portion
                .iter()
                .map(|one| subject(&one.table, &one.destination, &one.next_hop));
            let act = |world: &mut World, place: &Place| {
                for one in portion {
                    world.delete_route(place, &one.table, &one.destination, &one.next_hop);
                }
                Ok(Batch(portion.iter().map(|_| Ok(())).collect()))
            };
            let sent = self.write("delete_routes", &all(subjects), act).await;
            results.extend(of_each(sent, portion.len()));
        }
        results
    }
}

/// What one call gives for each of several routes.
struct Batch(Vec<Result<()>>);

impl Outcome for Batch {
    fn id(&self) -> Option<&str> {
        None
    }
}

fn all(subjects: impl Iterator<Item = String>) -> String {
    subjects.collect::<Vec<_>>().join(",")
}

fn of_each(sent: Result<Batch>, count: usize) -> Vec<Result<()>> {
    match sent {
        Ok(Batch(results)) => results,
        Err(error) => (0..count).map(|_| Err(error.repeated())).collect(),
    }
}

impl MemoryCloud {
    fn routes_per_call(&self) -> usize {
        self.shared.options.capabilities.routes_per_call.max(1)
    }
}

fn subject(table: &RouteTableId, destination: &IpNet, next_hop: &PeeringId) -> String {
    format!("{table}/{destination}/{next_hop}")
}

impl World {
    pub(super) fn tables_of(&self, place: &Place, networks: &[NetworkId]) -> Vec<RouteTableRecord> {
        self.tables
            .iter()
            .filter(|table| networks.contains(&table.network))
            .filter(|table| self.seen::<NetworkRecord>(place, &table.network).is_some())
            .map(|table| self.show_table(table))
            .collect()
    }

    fn show_table(&self, table: &RouteTableRecord) -> RouteTableRecord {
        let mut shown = table.clone();
        if table.role == TableRole::Main {
            shown.subnets = (self.shelf::<SubnetRecord>().iter())
                .map(|entry| &entry.record)
                .filter(|subnet| subnet.network == table.network)
                .filter(|subnet| self.custom_table(&subnet.id).is_none())
                .map(|subnet| subnet.id.clone())
                .collect();
        }
        shown
    }

    fn custom_table(&self, subnet: &SubnetId) -> Option<&RouteTableRecord> {
        self.tables
            .iter()
            .find(|table| table.subnets.contains(subnet))
    }

    /// The route table that packets from a subnet meet.
    pub(super) fn table_of_subnet(&self, subnet: &SubnetRecord) -> Option<&RouteTableRecord> {
        self.custom_table(&subnet.id).or_else(|| {
            self.tables
                .iter()
                .find(|table| table.network == subnet.network && table.role == TableRole::Main)
        })
    }

    // Tables are counted up like all else, so their numbers are in order.
    fn table_called(&self, id: &RouteTableId) -> Option<&RouteTableRecord> {
        let wanted = number(id.as_str())?;
        let tables = &self.tables;
        let at = tables.partition_point(|table| number(table.id.as_str()) < Some(wanted));
        tables.get(at).filter(|table| table.id == *id)
    }

    fn table(&self, place: &Place, id: &RouteTableId) -> Result<&RouteTableRecord> {
        self.table_called(id)
            .filter(|table| self.seen::<NetworkRecord>(place, &table.network).is_some())
            .ok_or_else(|| {
                let message = format!("account {} has no route table {id} here", place.account);
                Error::new(ErrorKind::NotFound, message)
            })
    }

    /// The network's own routes first, then those that users added.
    pub(super) fn routes_of(&self, table: &RouteTableId) -> Vec<RouteRecord> {
        let custom = self.custom_routes(table).iter();
        let custom = custom.map(|route| route.show(self.now));
        self.system_routes(table)
            .into_iter()
            .chain(custom)
            .collect()
    }

    fn custom_routes(&self, table: &RouteTableId) -> &[Entry<RouteRecord>] {
        self.routes.get(table).map_or(&[], Vec::as_slice)
    }

    fn system_routes(&self, table: &RouteTableId) -> Vec<RouteRecord> {
        let network = self
            .table_called(table)
            .and_then(|known| self.get::<NetworkRecord>(&known.network));
        let ranges = network.map(|entry| entry.record.ranges.as_slice());
        let local = |range: &IpNet| {
            RouteRecord::new(
                table.clone(),
                *range,
                NextHop::Local,
                RouteOrigin::System,
                Status::new(Phase::Ready, "Available"),
            )
        };
        ranges.unwrap_or_default().iter().map(local).collect()
    }

    /// Where a table sends packets to an address: the route with the longest prefix, which drops them while it is not
    /// ready.
    pub(super) fn look_up(&self, table: &RouteTableId, address: &IpAddr) -> Option<RouteRecord> {
        self.routes_of(table)
            .into_iter()
            .filter_map(|route| Some((prefix_len(&route, address)?, route)))
            .max_by_key(|(length, route)| (*length, rank(route), route.status.is_ready()))
            .map(|(_, route)| route)
            .filter(|route| route.status.is_ready())
    }

    fn create_route(&mut self, place: &Place, request: &CreateRoute) -> Result<()> {
        let table = self.table(place, &request.table)?;
        self.check_own::<NetworkRecord>(place, &table.network)?;
        self.check_next_hop(&table.network, &request.next_hop, place)?;
        let destination = request.destination.trunc();
        self.check_family(&table.network, &destination)?;
        let wanted = NextHop::Peering(request.next_hop.clone());
        if let Some(known) = self.route_to(&request.table, &destination) {
            return settle(known, &wanted, self.now_phase(known));
        }
        self.check_route_quota(&request.table)?;
        let record = RouteRecord::new(
            request.table.clone(),
            destination,
            wanted,
            RouteOrigin::Custom,
            Status::new(Phase::Pending, ""),
        )
        .with_mark(request.mark.clone());
        let entry = Entry {
            record,
            place: place.clone(),
            guests: Vec::new(),
            life: self.birth(),
        };
        let table = self.routes.entry(request.table.clone());
        table.or_default().push(entry);
        Ok(())
    }

    fn route_to(&self, table: &RouteTableId, to: &IpNet) -> Option<&Entry<RouteRecord>> {
        let mut routes = self.custom_routes(table).iter();
        routes.find(|route| route.record.destination == *to)
    }

    fn now_phase(&self, route: &Entry<RouteRecord>) -> Phase {
        route.life.phase(self.now)
    }

    fn check_next_hop(&self, network: &NetworkId, id: &PeeringId, place: &Place) -> Result<()> {
        let entry = self
            .get::<PeeringRecord>(id)
            .ok_or_else(|| absent::<PeeringRecord>(id, &place.account))?;
        let ends = [&entry.record.requester, &entry.record.accepter];
        if !ends.iter().any(|end| end.id() == network.as_str()) {
            return Err(invalid(format!("{id} does not touch network {network}")));
        }
        self.check_ready(entry)
    }

    fn check_route_quota(&self, table: &RouteTableId) -> Result<()> {
        let count = self.custom_routes(table).len();
        match self.options.capabilities.routes_per_table {
            Some(Quota { usual: limit, .. }) if count >= limit => Err(Error::new(
                ErrorKind::QuotaExceeded,
                format!("route table {table} has {count} of {limit} routes"),
            )),
            _ => Ok(()),
        }
    }

    fn delete_route(
        &mut self,
        place: &Place,
        table: &RouteTableId,
        destination: &IpNet,
        next_hop: &PeeringId,
    ) {
        let (now, latency) = (self.now, self.options.latency);
        let target = NextHop::Peering(next_hop.clone());
        let end = |life: &mut Life| life.end(now, latency);
        let routes = self.routes.get_mut(table).into_iter().flatten();
        routes
            .filter(|route| route.place == *place)
            .filter(|route| route.record.destination == destination.trunc())
            .filter(|route| route.record.next_hop == target)
            .for_each(|route| end(&mut route.life));
        self.leaves();
    }
}

/// What adding a route means when one to the same destination exists.
fn settle(known: &Entry<RouteRecord>, wanted: &NextHop, phase: Phase) -> Result<()> {
    let (to, hop) = (&known.record.destination, &known.record.next_hop);
    if phase == Phase::Deleting {
        let message = format!("the route to {to} through {hop} is still being deleted");
        return Err(Error::new(ErrorKind::Busy, message));
    }
    if hop == wanted {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::AlreadyExists,
        format!("{to} already leads to {hop}"),
    ))
}

// Of routes with equal prefixes the highest decides: the network itself, what somebody wrote to this very range, to a
// list, and what was learned.
fn rank(route: &RouteRecord) -> u8 {
    match (&route.next_hop, route.origin, &route.destination) {
        (NextHop::Local, _, _) => 3,
        (_, RouteOrigin::Learned, _) => 0,
        (_, _, Destination::PrefixList(_)) => 1,
        _ => 2,
    }
}

// The longest prefix of a route's destination that holds an address.
fn prefix_len(route: &RouteRecord, address: &IpAddr) -> Option<u8> {
    let ranges = route.destination.ranges()?.iter();
    ranges
        .filter(|range| range.contains(address))
        .map(IpNet::prefix_len)
        .max()
}
