//! Routes of networks' route tables.

use ipnet::IpNet;

use super::prelude::*;
use crate::ids::{PeeringId, RouteTableId};
use crate::plan::{Destination, TableRef};
use crate::traits::{CreateRoute, NextHop, RouteRecord};

#[async_trait]
impl Listed for RouteRecord {
    const KIND: Kind = Kind::Route;
    /// The route table.
    type Query = RouteTableId;

    async fn list(cloud: &dyn Cloud, table: &RouteTableId) -> Result<Vec<Self>> {
        cloud.list_routes(table).await
    }
}

fn domain(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Route { network, .. } | ObjectKey::Ipv6Route { network, .. } => {
            Some(format!("routes/{network}"))
        }
        _ => None,
    }
}

async fn find(
    site: &Site<'_>,
    table: &RouteTableId,
    destination: &IpNet,
    next_hop: &PeeringId,
) -> Result<Option<Status>> {
    let routes = site.list::<RouteRecord>(table).await?;
    let leads_there = |route: &&RouteRecord| {
        route.destination == *destination
            && matches!(&route.next_hop, NextHop::Peering(id) if id == next_hop)
    };
    let route = routes.iter().find(leads_there);
    Ok(route.map(|route| route.status.clone()))
}

/// Adds a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// The route table.
    pub table: TableRef,
    /// Where it leads.
    pub destination: Destination,
    /// The peering or attachment that packets are sent to.
    pub next_hop: Ref,
    /// Whether the route is marked as the topology's: its next hop, which others made, does not tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            destination,
            next_hop,
            marked: _,
        } = self;
        write!(f, "route {destination} to {next_hop} in {table}")
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Route)
    }

    fn is_marked(&self) -> bool {
        self.marked
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    fn holds_domain(&self) -> bool {
        true
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let next_hop = PeeringId::new(site.resolve(&self.next_hop)?);
        let table = site.table(&self.table).await?;
        let destination = site.destination(&self.destination).await?;
        let request = CreateRoute::new(table, destination, next_hop)
            .with_name("landbridge")
            .with_mark(self.marked.then(|| site.topology().to_owned()))
            .with_token(site.token());
        let cloud = site.writing().await?;
        cloud.create_route(&request).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let table = site.table(&self.table).await?;
        let next_hop = PeeringId::new(site.resolve(&self.next_hop)?);
        let destination = site.destination(&self.destination).await?;
        let status = find(site, &table, &destination, &next_hop).await?;
        Ok(Seen::status(status.as_ref()))
    }
}

/// Deletes a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delete {
    /// The route table.
    pub table: RouteTableId,
    /// Where it leads.
    pub destination: IpNet,
    /// The peering or attachment that packets are sent to.
    pub next_hop: PeeringId,
    /// Whether the route is marked as the topology's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            destination,
            next_hop,
            marked: _,
        } = self;
        write!(f, "delete route {destination} to {next_hop} from {table}")
    }
}

#[async_trait]
impl Action for Delete {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Route)
    }

    fn is_marked(&self) -> bool {
        self.marked
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    fn holds_domain(&self) -> bool {
        true
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud
            .delete_route(&self.table, &self.destination, &self.next_hop)
            .await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let status = find(site, &self.table, &self.destination, &self.next_hop).await?;
        Ok(Seen::left(status.map(|status| status.word)))
    }
}
