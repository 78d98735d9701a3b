//! What others make that no verb of ours makes.

use std::time::Duration;

use ipnet::IpNet;

use super::item::Entry;
use super::life::Life;
use super::provider::MemoryProvider;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{PeeringId, RouteTableId};
use crate::traits::{
    HubRecord, HubRouteRecord, NetworkRecord, NextHop, Phase, RouteOrigin, RouteRecord, Status,
};

impl MemoryProvider {
    /// Adds a route to anything to the route table of a network.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn add_route(
        &self,
        table: &RouteTableId,
        destination: IpNet,
        next_hop: NextHop,
    ) -> Result<()> {
        let world = &mut self.shared.lock().world;
        let network = world.tables.iter().find(|known| known.id == *table);
        let network = network.and_then(|known| world.get::<NetworkRecord>(&known.network));
        let place = network.ok_or_else(|| no_table(table))?.place.clone();
        let record = RouteRecord::new(
            table.clone(),
            destination.trunc(),
            next_hop,
            RouteOrigin::Custom,
            Status::new(Phase::Pending, ""),
        );
        let life = Life::begin(world.now, Duration::ZERO);
        world.routes.push(Entry {
            record,
            place,
            life,
            guests: Vec::new(),
        });
        Ok(())
    }

    /// Adds a route to the route table of a hub, which comes before what the hub learns of the same destination. Without
    /// a next hop it is a black hole.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn add_hub_route(
        &self,
        table: &RouteTableId,
        destination: IpNet,
        next_hop: Option<PeeringId>,
    ) -> Result<()> {
        let world = &mut self.shared.lock().world;
        let mut hubs = world.shelf::<HubRecord>().iter();
        if !hubs.any(|hub| hub.record.table.as_ref() == Some(table)) {
            return Err(no_table(table));
        }
        let status = Status::new(Phase::Ready, "Active");
        let route = HubRouteRecord::new(table.clone(), destination.trunc(), next_hop, status);
        world.hub_routes.push(route);
        Ok(())
    }
}

fn no_table(id: &RouteTableId) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no route table {id}"))
}
