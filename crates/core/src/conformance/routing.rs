//! Route tables and routes of networks.

use std::future::Future;

use ipnet::IpNet;

use super::check::{Check, Stop, always, check, ensure, refused};
use super::lab::Lab;
use super::recipe::{AMeshPeering, AnAttachment, first_range, has_hubs};
use super::thing::Handle;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::RouteTableId;
use crate::retry::Look;
use crate::traits::{
    CreateRoute, DeleteRoute, NetworkRecord, NextHop, PeeringRecord, RouteOrigin, RouteRecord,
    TableRole,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "routing.tables.main",
            always,
            "the route tables of networks include the main table of each, and no other network's",
            tables
        ),
        check!(
            "routing.list.system",
            always,
            "the routes of a table include those that the cloud put there",
            system_routes
        ),
        check!(
            "routing.create",
            always,
            "an added route is listed with its next hop, as a user's, and becomes ready",
            create
        ),
        check!(
            "routing.create.again",
            always,
            "adding a route that exists with the same next hop succeeds",
            create_again
        ),
        check!(
            "routing.create.mark",
            always,
            "a route that was added with a mark is listed with it, and one without is not",
            create_marked
        ),
        check!(
            "routing.create.conflict",
            always,
            "adding a route whose destination leads elsewhere fails with AlreadyExists",
            conflict
        ),
        check!(
            "routing.create.many",
            always,
            "of routes that are added together each is told in its place, and one that leads elsewhere stops none of the others",
            create_many
        ),
        check!(
            "routing.delete.many",
            always,
            "of routes that are deleted together those with another next hop and the absent are left alone, and the others go",
            delete_many
        ),
        check!(
            "routing.delete",
            always,
            "a deleted route is listed no more after a while",
            delete
        ),
        check!(
            "routing.delete.absent",
            always,
            "deleting an absent route succeeds",
            delete_absent
        ),
        check!(
            "routing.delete.other-hop",
            always,
            "deleting a route leaves one to the same destination with another next hop alone",
            delete_other_hop
        ),
        check!(
            "routing.used-peering",
            always,
            "deleting a peering fails with InUse while routes refer to it",
            used_peering
        ),
    ]
}

/// A network at home, its main table, and what joins it to others.
pub(super) struct Joined {
    pub(super) network: NetworkRecord,
    pub(super) table: RouteTableId,
    pub(super) peering: PeeringRecord,
}

impl Lab {
    /// A network with a ready peering or attachment, whichever the cloud prefers.
    pub(super) async fn joined(&self) -> Result<Joined, Stop> {
        let network = self.network(&self.home, 0).await?;
        let table = self.main_table(&self.home, &network).await?.id;
        let peering = self.join(0, network.clone()).await?;
        Ok(Joined {
            network,
            table,
            peering,
        })
    }

    /// One more peering or attachment of a network.
    pub(super) async fn join(&self, n: u32, network: NetworkRecord) -> Result<PeeringRecord, Stop> {
        let prefers_hubs = has_hubs(self.capabilities())
            && self.capabilities().models.first() == Some(&crate::traits::Model::Hub);
        let label = self.label(&format!("peering/{n}"));
        if prefers_hubs {
            let recipe = AnAttachment::of(self, n, network).await?;
            let made = self.create(&recipe, &label).await?;
            return self.ready(&self.home, &made.id).await;
        }
        let recipe = AMeshPeering::of(self, n, network).await?;
        let made = self.create(&recipe, &label).await?;
        self.accept(&self.guest, &made.id).await?;
        self.ready(&self.home, &made.id).await
    }

    pub(super) fn route(&self, joined: &Joined, n: u32) -> CreateRoute {
        let (table, hop) = (joined.table.clone(), joined.peering.id.clone());
        CreateRoute::new(table, self.range(n), hop)
    }

    pub(super) async fn add_route(&self, at: &Handle, route: &CreateRoute) -> Result<(), Stop> {
        self.patient(|| at.create_route(route)).await?;
        self.keep_route(at, route);
        self.route_ready(at, route).await.map(drop)
    }

    async fn route_ready(&self, at: &Handle, route: &CreateRoute) -> Result<RouteRecord, Stop> {
        let what = format!("the route to {}", route.destination);
        let look = || async {
            let found = self.route_to(at, &route.table, &route.destination).await?;
            Ok(match found {
                Some(one) if one.status.is_ready() => Look::Ready(one),
                Some(one) => Look::NotYet(one.status.to_string()),
                None => Look::NotYet("not listed".to_owned()),
            })
        };
        self.until(&what, look).await
    }

    pub(super) async fn route_to(
        &self,
        at: &Handle,
        table: &RouteTableId,
        destination: &IpNet,
    ) -> Result<Option<RouteRecord>> {
        let routes = at.list_routes(table).await?;
        Ok(routes
            .into_iter()
            .find(|one| one.destination == *destination))
    }

    pub(super) async fn route_gone(
        &self,
        at: &Handle,
        table: &RouteTableId,
        destination: &IpNet,
    ) -> Result<(), Stop> {
        let what = format!("the route to {destination}, deleted,");
        let look = || async {
            Ok(match self.route_to(at, table, destination).await? {
                None => Look::Ready(()),
                Some(one) => Look::NotYet(one.status.to_string()),
            })
        };
        self.until(&what, look).await
    }
}

async fn tables(lab: &Lab) -> Result<(), Stop> {
    let networks = [
        lab.network(&lab.home, 0).await?,
        lab.network(&lab.home, 1).await?,
    ];
    lab.network(&lab.home, 2).await?;
    let ids = networks.map(|network| network.id);
    let tables = lab.home.list_route_tables(&ids).await?;
    for id in &ids {
        let is_main = |role, network| role == TableRole::Main && network == id;
        let count = tables
            .iter()
            .filter(|t| is_main(t.role, &t.network))
            .count();
        ensure(count == 1, || format!("{id} has {count} main tables"))?;
    }
    ensure(
        tables.iter().all(|table| ids.contains(&table.network)),
        || format!("asked for those of {ids:?}: {tables:?}"),
    )
}

async fn system_routes(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<super::recipe::ASubnet>(0).await?;
    let table = lab.main_table(&lab.home, &recipe.network).await?.id;
    let routes = lab.home.list_routes(&table).await?;
    let whole = first_range(&recipe.network)?;
    let is_own = |one: &RouteRecord| {
        one.origin == RouteOrigin::System
            && one.next_hop == NextHop::Local
            && one
                .destination
                .range()
                .is_some_and(|range| whole.contains(&range))
    };
    ensure(routes.iter().any(is_own), || {
        format!("nothing local for {whole} among {routes:?}")
    })
}

async fn create(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let route = lab.route(&joined, 7);
    lab.patient(|| lab.home.create_route(&route)).await?;
    lab.keep_route(&lab.home, &route);
    let found = lab.route_ready(&lab.home, &route).await?;
    ensure(
        found.next_hop == NextHop::Peering(route.next_hop.clone())
            && found.origin == RouteOrigin::Custom
            && found.table == route.table,
        || {
            format!(
                "asked for {} through {}: {found:?}",
                route.destination, route.next_hop
            )
        },
    )
}

async fn create_marked(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let topology = lab.label("route").owner.topology;
    for (n, mark) in [(7, Some(topology)), (8, None)] {
        let route = lab.route(&joined, n).with_mark(mark.clone());
        lab.add_route(&lab.home, &route).await?;
        let found = lab.route_ready(&lab.home, &route).await?;
        ensure(found.mark == mark, || {
            format!("asked for mark {mark:?}: {:?}", found.mark)
        })?;
        delete_route(lab, &route).await?;
        lab.route_gone(&lab.home, &route.table, &route.destination)
            .await?;
    }
    Ok(())
}

async fn create_again(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let route = lab.route(&joined, 7);
    lab.add_route(&lab.home, &route).await?;
    let again = lab
        .route(&joined, 7)
        .with_token(lab.label("route/again").token);
    lab.patient(|| lab.home.create_route(&again)).await?;
    let routes = lab.home.list_routes(&route.table).await?;
    let count = routes
        .iter()
        .filter(|one| one.destination == route.destination)
        .count();
    ensure(count == 1, || format!("it is listed {count} times"))
}

async fn conflict(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let route = lab.route(&joined, 7);
    lab.add_route(&lab.home, &route).await?;
    let other = lab.join(1, joined.network.clone()).await?;
    let token = lab.label("route/elsewhere").token;
    let mut elsewhere = route.clone().with_token(token);
    elsewhere.next_hop = other.id;
    refused(
        lab.patient(|| lab.home.create_route(&elsewhere)).await,
        &[ErrorKind::AlreadyExists],
    )?;
    let there = lab
        .route_to(&lab.home, &route.table, &route.destination)
        .await?;
    let hop = there.map(|route| route.next_hop);
    ensure(
        hop == Some(NextHop::Peering(route.next_hop.clone())),
        || format!("it leads to {hop:?} afterwards"),
    )
}

/// Repeats the whole while any of it is refused for now.
async fn together<F>(lab: &Lab, call: impl Fn() -> F) -> Result<Vec<Result<()>>, Stop>
where
    F: Future<Output = Vec<Result<()>>>,
{
    let call = || async {
        let mut results = call().await;
        let passes = |result: &Result<()>| {
            let kind = result.as_ref().err().map(Error::kind);
            kind.is_some_and(|kind| kind.is_temporary() && kind != ErrorKind::InUse)
        };
        match results.iter().position(passes) {
            Some(index) => results.swap_remove(index).map(|()| Vec::new()),
            None => Ok(results),
        }
    };
    Ok(lab.patient(call).await?)
}

async fn create_many(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let known = lab.route(&joined, 7);
    lab.add_route(&lab.home, &known).await?;
    let mut elsewhere = known.clone();
    elsewhere.next_hop = lab.join(1, joined.network.clone()).await?.id;
    let wanted = [lab.route(&joined, 8), elsewhere, lab.route(&joined, 9)];
    let results = together(lab, || lab.home.create_routes(&wanted)).await?;
    let [first, second, third]: [Result<()>; 3] = results
        .try_into()
        .map_err(|results| Stop::broken(format!("three routes were asked for: {results:?}")))?;
    first?;
    refused(second, &[ErrorKind::AlreadyExists])?;
    third?;
    for route in [&wanted[0], &wanted[2]] {
        lab.keep_route(&lab.home, route);
        lab.route_ready(&lab.home, route).await?;
    }
    let there = lab.route_to(&lab.home, &known.table, &known.destination);
    let hop = there.await?.map(|route| route.next_hop);
    ensure(
        hop == Some(NextHop::Peering(known.next_hop.clone())),
        || format!("the known route leads to {hop:?} afterwards"),
    )
}

async fn delete_many(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let (stays, goes) = (lab.route(&joined, 7), lab.route(&joined, 8));
    lab.add_route(&lab.home, &stays).await?;
    lab.add_route(&lab.home, &goes).await?;
    let key = |route: &CreateRoute| {
        DeleteRoute::new(
            route.table.clone(),
            route.destination,
            route.next_hop.clone(),
        )
    };
    let mut other = key(&stays);
    other.next_hop = lab.join(1, joined.network.clone()).await?.id;
    let routes = [key(&lab.route(&joined, 9)), other, key(&goes)];
    for result in together(lab, || lab.home.delete_routes(&routes)).await? {
        result?;
    }
    lab.route_gone(&lab.home, &goes.table, &goes.destination)
        .await?;
    lab.route_ready(&lab.home, &stays).await.map(drop)
}

async fn delete(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let route = lab.route(&joined, 7);
    lab.add_route(&lab.home, &route).await?;
    delete_route(lab, &route).await?;
    lab.route_gone(&lab.home, &route.table, &route.destination)
        .await
}

async fn delete_route(lab: &Lab, route: &CreateRoute) -> Result<(), Stop> {
    let (table, to, hop) = (&route.table, &route.destination, &route.next_hop);
    lab.patient(|| lab.home.delete_route(table, to, hop))
        .await?;
    Ok(())
}

async fn delete_absent(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    delete_route(lab, &lab.route(&joined, 7)).await
}

async fn delete_other_hop(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    let route = lab.route(&joined, 7);
    lab.add_route(&lab.home, &route).await?;
    let mut other = route.clone();
    other.next_hop = lab.join(1, joined.network.clone()).await?.id;
    delete_route(lab, &other).await?;
    lab.pause().await;
    let there = lab
        .route_to(&lab.home, &route.table, &route.destination)
        .await?;
    ensure(there.is_some_and(|route| route.status.is_ready()), || {
        "it is gone or going".to_owned()
    })
}

async fn used_peering(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    lab.add_route(&lab.home, &lab.route(&joined, 7)).await?;
    let (id, kind) = (&joined.peering.id, joined.peering.kind);
    let call = || lab.home.delete_peering(id, kind);
    refused(lab.patient(call).await, &[ErrorKind::InUse])
}
