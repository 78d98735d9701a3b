//! Routes of networks' route tables.

use ipnet::IpNet;

use super::prelude::*;
use crate::ids::{PeeringId, RouteTableId};
use crate::plan::{Destination, TableRef};
use crate::traits::{CreateRoute, DeleteRoute, NextHop, RouteRecord};

#[async_trait]
impl Listed for RouteRecord {
    const KIND: Kind = Kind::Route;
    /// The route table.
    type Query = RouteTableId;

    async fn list(cloud: &dyn Cloud, table: &RouteTableId) -> Result<Vec<Self>> {
        cloud.list_routes(table).await
    }
}

/// A write of a route, which may share a call with others of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Create(CreateRoute),
    Delete(DeleteRoute),
}

impl Write {
    /// Sends the writes of one batch, which create or delete routes of one table. Gives an outcome for each, in their order.
    pub(crate) async fn send(cloud: &dyn Cloud, writes: Vec<Self>) -> Vec<Result<()>> {
        let (mut creates, mut deletes) = (Vec::new(), Vec::new());
        for write in writes {
            match write {
                Self::Create(route) => creates.push(route),
                Self::Delete(route) => deletes.push(route),
            }
        }
        let mut outcomes = match creates.as_slice() {
            [] => Vec::new(),
            [route] => vec![cloud.create_route(route).await],
            routes => cloud.create_routes(routes).await,
        };
        outcomes.extend(match deletes.as_slice() {
            [] => Vec::new(),
            [route] => {
                let DeleteRoute {
                    table,
                    destination,
                    next_hop,
                } = route;
                vec![cloud.delete_route(table, destination, next_hop).await]
            }
            routes => cloud.delete_routes(routes).await,
        });
        outcomes
    }
}

// Some clouds keep the mark on the table, which is not ours.
fn mark(marked: bool) -> &'static str {
    match marked {
        true => ", with its mark",
        false => "",
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
            marked,
        } = self;
        write!(
            f,
            "route {destination} to {next_hop} in {table}{}",
            mark(*marked)
        )
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

    fn batch(&self) -> Option<String> {
        Some(format!("create in {}", self.table))
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let next_hop = PeeringId::new(site.resolve(&self.next_hop)?);
        let table = site.table(&self.table).await?;
        let destination = site.destination(&self.destination).await?;
        let request = CreateRoute::new(table, destination, next_hop)
            .with_name("landbridge")
            .with_mark(self.marked.then(|| site.topology().to_owned()))
            .with_token(site.token());
        site.write_route(Write::Create(request)).await?;
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
            marked,
        } = self;
        write!(
            f,
            "delete route {destination} to {next_hop} from {table}{}",
            mark(*marked)
        )
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

    fn batch(&self) -> Option<String> {
        Some(format!("delete from {}", self.table))
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let Self {
            table,
            destination,
            next_hop,
            ..
        } = self.clone();
        let route = DeleteRoute::new(table, destination, next_hop);
        site.write_route(Write::Delete(route)).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let status = find(site, &self.table, &self.destination, &self.next_hop).await?;
        Ok(Seen::left(status.map(|status| status.word)))
    }
}
