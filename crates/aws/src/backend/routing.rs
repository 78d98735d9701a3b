use async_trait::async_trait;
use aws_sdk_ec2::types::RouteTable;
use ipnet::IpNet;
use landbridge_core::{
    CreateRoute, Error, ErrorKind, NetworkId, NextHop, PeeringId, Result, RouteRecord,
    RouteTableId, RouteTableRecord, Routing,
};

use super::describe::DESCRIBE_TABLES;
use super::tagging::{CREATE_TAGS, DELETE_TAGS};
use super::{AwsCloud, absent_is_done, with_values};
use crate::client::{Operation, repeatable};
use crate::ec2::peering::is_dead;
use crate::ec2::route::{
    BLACK_HOLE, create_route, delete_route, read_routes, read_table, replace_route,
};
use crate::ec2::route_mark::{RouteMark, marks_of};

// A route that exists is read back, so a second request changes nothing.
const CREATE_ROUTE: Operation = repeatable("CreateRoute");
const REPLACE_ROUTE: Operation = repeatable("ReplaceRoute");
const DELETE_ROUTE: Operation = repeatable("DeleteRoute");

impl AwsCloud {
    async fn mark_route(&self, request: &CreateRoute) -> Result<()> {
        let Some(topology) = &request.mark else {
            return Ok(());
        };
        let mark = RouteMark::new(&request.destination, topology, &request.next_hop);
        let input = mark.create(&request.table);
        let send = || input.clone().send_with(self.client.ec2());
        self.client.call(CREATE_TAGS, send).await.map(drop)
    }

    async fn unmark_route(&self, table: &RouteTableId, mark: &RouteMark) -> Result<()> {
        let input = mark.delete(table);
        let send = || input.clone().send_with(self.client.ec2());
        absent_is_done(self.client.call(DELETE_TAGS, send).await.map(drop))
    }

    async fn route_to(
        &self,
        table: &RouteTableId,
        destination: &IpNet,
    ) -> Result<Option<RouteRecord>> {
        let routes = self.list_routes(table).await?;
        let wanted = destination.trunc();
        Ok(routes.into_iter().find(|route| route.destination == wanted))
    }

    /// A route to the destination exists: it is ours if it leads to the same peering, and may be turned to it if it
    /// leads to one that is gone.
    async fn adopt_route(&self, wanted: &CreateRoute, refusal: Error) -> Result<()> {
        let Some(route) = self.route_to(&wanted.table, &wanted.destination).await? else {
            return Err(refusal);
        };
        match &route.next_hop {
            NextHop::Peering(there) if *there == wanted.next_hop => Ok(()),
            NextHop::Peering(there)
                if route.status.word == BLACK_HOLE && self.is_gone(there).await? =>
            {
                self.replace_route(wanted).await
            }
            _ => Err(self
                .client
                .locate(conflict(wanted, &route, refusal), CREATE_ROUTE)),
        }
    }

    async fn is_gone(&self, id: &PeeringId) -> Result<bool> {
        let peering = self.peering(id).await?;
        Ok(peering.is_none_or(|peering| is_dead(&peering.status)))
    }

    async fn replace_route(&self, wanted: &CreateRoute) -> Result<()> {
        let input = replace_route(wanted);
        let send = || input.clone().send_with(self.client.ec2());
        self.client.call(REPLACE_ROUTE, send).await.map(drop)
    }
}

fn conflict(wanted: &CreateRoute, route: &RouteRecord, refusal: Error) -> Error {
    let message = format!(
        "the route to {} in route table {} leads to {}, not to {}",
        wanted.destination, wanted.table, route.next_hop, wanted.next_hop
    );
    Error::new(ErrorKind::AlreadyExists, message)
        .with_remedy("delete that route, or remove the destination from the topology")
        .with_source(refusal)
}

#[async_trait]
impl Routing for AwsCloud {
    async fn list_route_tables(&self, networks: &[NetworkId]) -> Result<Vec<RouteTableRecord>> {
        let tables = self.tables(with_values("vpc-id", networks)).await?;
        let mut tables = self.read_each(DESCRIBE_TABLES, &tables, read_table)?;
        tables.retain(|table| networks.contains(&table.network));
        Ok(tables)
    }

    async fn list_routes(&self, table: &RouteTableId) -> Result<Vec<RouteRecord>> {
        let tables = self.tables(with_values("route-table-id", &[table])).await?;
        let routes = self.read_each(DESCRIBE_TABLES, &tables, read_routes)?;
        let mut routes: Vec<_> = routes.into_iter().flatten().collect();
        self.fill_routes(&mut routes).await?;
        routes.retain(|route| route.table == *table);
        Ok(routes)
    }

    async fn create_route(&self, request: &CreateRoute) -> Result<()> {
        // The mark comes first: a run that ends in between leaves a mark, which the next one finds, and no route that
        // nobody knows whose it is.
        self.mark_route(request).await?;
        let input = create_route(request);
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE_ROUTE, send).await.map(drop);
        let young = [request.next_hop.as_str(), request.table.as_str()];
        match self.memory.patient(answer, &young) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.adopt_route(request, error).await
            }
            other => other,
        }
    }

    async fn delete_route(
        &self,
        table: &RouteTableId,
        destination: &IpNet,
        next_hop: &PeeringId,
    ) -> Result<()> {
        // The operation knows no next hop: what leads elsewhere must be left alone. All deletes that wait share the look.
        let named = |ids: Vec<RouteTableId>| self.tables(with_values("route-table-id", &ids));
        let tables = self.held.get(table.clone(), named).await?;
        let is_table = |held: &&RouteTable| held.route_table_id() == Some(table.as_str());
        let Some(held) = tables.iter().find(is_table) else {
            return Ok(());
        };
        let routes = read_routes(held);
        let routes = routes.map_err(|error| self.client.locate(error, DESCRIBE_TABLES))?;
        let wanted = destination.trunc();
        let hop = NextHop::Peering(next_hop.clone());
        let is_it = |route: &RouteRecord| route.destination == wanted && route.next_hop == hop;
        if routes.iter().any(is_it) {
            let input = delete_route(table, destination);
            let send = || input.clone().send_with(self.client.ec2());
            absent_is_done(self.client.call(DELETE_ROUTE, send).await.map(drop))?;
        }
        let marks = marks_of(held).into_iter();
        for mark in marks.filter(|mark| mark.destination == wanted && mark.next_hop == *next_hop) {
            self.unmark_route(table, &mark).await?;
        }
        Ok(())
    }
}
