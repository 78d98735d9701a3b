use async_trait::async_trait;
use ipnet::IpNet;
use landbridge_core::{
    CreateRoute, DeleteRoute, Error, ErrorKind, NetworkId, NextHop, PeeringId, Result, RouteRecord,
    RouteTableId, RouteTableRecord, Routing,
};

use super::{AliyunCloud, each};
use crate::document::Doc;
use crate::paging::Listing;
use crate::vpc::{self, ROUTES_PER_CALL};

impl AliyunCloud {
    async fn read_routes(
        &self,
        table: &RouteTableId,
        listing: Listing,
    ) -> Result<Vec<RouteRecord>> {
        // A route that is left out may be the one that matters.
        let read = |doc: Doc<'_>| vpc::read_route(table, doc);
        let mut routes = self.list_whole(listing, read).await?;
        self.fill_routes(&mut routes).await?;
        Ok(routes)
    }

    /// A route to the destination exists: it is ours if it leads to the same next hop.
    pub(super) async fn adopt_route(&self, wanted: &CreateRoute, refusal: Error) -> Result<()> {
        let listing = vpc::routes_to(self.region(), &wanted.table, &wanted.destination);
        let routes = self.read_routes(&wanted.table, listing).await?;
        let Some(route) = routes
            .into_iter()
            .find(|route| route.destination == wanted.destination)
        else {
            return Err(refusal);
        };
        if route.next_hop == NextHop::Peering(wanted.next_hop.clone()) {
            return Ok(());
        }
        let message = format!(
            "the route to {} in route table {} leads to {}, not to {}",
            wanted.destination, wanted.table, route.next_hop, wanted.next_hop
        );
        let conflict = Error::new(ErrorKind::AlreadyExists, message)
            .with_remedy("delete that route, or remove the destination from the topology")
            .with_source(refusal);
        Err(self.locate(conflict, "CreateRouteEntry"))
    }
}

#[async_trait]
impl Routing for AliyunCloud {
    async fn list_route_tables(&self, networks: &[NetworkId]) -> Result<Vec<RouteTableRecord>> {
        each(networks.to_vec(), |network| async move {
            let listing = vpc::route_tables_of(self.region(), &network);
            self.look_up(listing, vpc::read_route_table).await
        })
        .await
    }

    async fn list_routes(&self, table: &RouteTableId) -> Result<Vec<RouteRecord>> {
        self.read_routes(table, vpc::routes_of(self.region(), table))
            .await
    }

    async fn create_route(&self, request: &CreateRoute) -> Result<()> {
        match self.tell(vpc::create_route(self.region(), request)).await {
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
        self.delete(vpc::delete_route(
            self.region(),
            table,
            destination,
            next_hop,
        ))
        .await
    }

    async fn create_routes(&self, requests: &[CreateRoute]) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(requests.len());
        for portion in requests.chunks(ROUTES_PER_CALL) {
            results.extend(match portion {
                // Alone it can be repeated with its token.
                [one] => vec![self.create_route(one).await],
                many => self.create_portion(many).await,
            });
        }
        results
    }

    async fn delete_routes(&self, routes: &[DeleteRoute]) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(routes.len());
        for portion in routes.chunks(ROUTES_PER_CALL) {
            results.extend(match portion {
                [one] => {
                    let (table, to, hop) = (&one.table, &one.destination, &one.next_hop);
                    vec![self.delete_route(table, to, hop).await]
                }
                many => self.delete_portion(many).await,
            });
        }
        results
    }
}
