//! What the route tables of transit routers contain, computed from static routes and propagations.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::{Attachment, Link};
use crate::aliyun::state::State;
use crate::aliyun::vpc::{ranges_of_list, vswitches_of};
use crate::table::{Life, Object, Phase};

/// Whether a route of a table is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Creating,
    Active,
    /// Another route to the same destination was there first.
    Rejected,
    /// Another route to the same destination crosses fewer routers.
    Standby,
    Deleting,
}

/// One route of a transit router's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableRoute {
    pub(crate) destination: IpNet,
    /// `None` is a black hole.
    pub(crate) hop: Option<String>,
    /// The VPC a propagated route comes from.
    pub(crate) origin: Option<String>,
    /// The prefix list whose entry it is.
    pub(crate) list: Option<String>,
    /// The id of a static route.
    pub(crate) static_id: Option<String>,
    pub(crate) standing: Standing,
    pub(crate) since: Duration,
    /// The routers that a propagated route has crossed, the nearest first.
    pub(crate) path: Vec<String>,
}

/// All routes of a table. Static routes win over propagated ones, short ways over long ones, earlier over later ones.
pub(crate) fn routes_of(state: &State, table: &str, now: Duration) -> Vec<TableRoute> {
    let Some(router) = router_of(state, table) else {
        return Vec::new();
    };
    let known = settled(state, now);
    let mut offers = offers(state, table, &router, now, &known);
    offers.sort_by_key(rank);
    let mut chosen: Vec<TableRoute> = Vec::new();
    for mut route in offers {
        let better = chosen.iter().find(|known| {
            known.destination == route.destination && known.standing == Standing::Active
        });
        if let (Some(better), Standing::Active) = (better, route.standing) {
            route.standing = match better.path.len() < route.path.len() {
                true => Standing::Standby,
                false => Standing::Rejected,
            };
        }
        chosen.push(route);
    }
    chosen
}

/// The route that decides about an address: the most specific one. One that is still being created decides too, unless
/// another to the same destination is in use.
pub(crate) fn lookup(
    state: &State,
    table: &str,
    address: IpAddr,
    now: Duration,
) -> Option<TableRoute> {
    routes_of(state, table, now)
        .into_iter()
        .filter(|route| matches!(route.standing, Standing::Active | Standing::Creating))
        .filter(|route| route.destination.contains(&address))
        .max_by_key(|route| {
            let is_active = route.standing == Standing::Active;
            (route.destination.prefix_len(), is_active)
        })
}

type Best = BTreeMap<IpNet, TableRoute>;

/// The routes in use of every table, once all routers have told each other what they know.
fn settled(state: &State, now: Duration) -> BTreeMap<String, Best> {
    let tables: Vec<(String, String)> = state
        .cbn
        .tables
        .iter()
        .map(|table| (table.base.id.clone(), table.router.clone()))
        .collect();
    let mut known: BTreeMap<String, Best> = BTreeMap::new();
    // Every round carries a route over one more router; no useful way crosses one twice.
    for _ in 0..=tables.len() {
        let next: BTreeMap<String, Best> = tables
            .iter()
            .map(|(table, router)| {
                let mut offers = offers(state, table, router, now, &known);
                offers.retain(|route| route.standing == Standing::Active);
                offers.sort_by_key(rank);
                let mut best = Best::new();
                for route in offers {
                    best.entry(route.destination).or_insert(route);
                }
                (table.clone(), best)
            })
            .collect();
        if next == known {
            break;
        }
        known = next;
    }
    known
}

fn router_of(state: &State, table: &str) -> Option<String> {
    state
        .cbn
        .tables
        .get(table)
        .map(|table| table.router.clone())
}

fn rank(route: &TableRoute) -> (bool, bool, usize, Duration) {
    let is_learned = route.static_id.is_none() && route.list.is_none();
    (
        is_learned,
        route.list.is_some(),
        route.path.len(),
        route.since,
    )
}

/// Every route that a table is offered, given what the other tables use.
fn offers(
    state: &State,
    table: &str,
    router: &str,
    now: Duration,
    known: &BTreeMap<String, Best>,
) -> Vec<TableRoute> {
    let mut routes = static_routes(state, table, now);
    routes.extend(list_routes(state, table, now));
    let propagations = state
        .cbn
        .propagations
        .iter()
        .filter(|propagation| propagation.table == table && propagation.life().is_ready(now));
    for propagation in propagations {
        let attachment = state
            .cbn
            .attachments
            .get(&propagation.attachment)
            .filter(|attachment| attachment.carries(now));
        let Some(attachment) = attachment else {
            continue;
        };
        let since = propagation.life().ready;
        match &attachment.link {
            Link::Vpc { vpc, .. } => routes.extend(from_vpc(state, attachment, vpc, since, now)),
            Link::Peer { .. } => {
                routes.extend(from_peer(state, attachment, router, since, now, known))
            }
        }
    }
    routes
}

fn from_vpc(
    state: &State,
    attachment: &Attachment,
    vpc: &str,
    since: Duration,
    now: Duration,
) -> Vec<TableRoute> {
    vswitches_of(&state.vpc, vpc, now)
        .filter(|vswitch| vswitch.life().is_ready(now))
        .flat_map(|vswitch| vswitch.ranges().map(move |range| (vswitch, range)))
        .map(|(vswitch, destination)| TableRoute {
            destination,
            hop: Some(attachment.base.id.clone()),
            origin: Some(vpc.to_owned()),
            list: None,
            static_id: None,
            standing: Standing::Active,
            since: since.max(vswitch.life().ready),
            path: Vec::new(),
        })
        .collect()
}

/// What the router on the other side of a peering publishes: the table that the peering is associated with there. A
/// route that has crossed this router does not come back to it.
fn from_peer(
    state: &State,
    attachment: &Attachment,
    router: &str,
    since: Duration,
    now: Duration,
    known: &BTreeMap<String, Best>,
) -> Vec<TableRoute> {
    let Some(far) = attachment
        .other_router(router)
        .filter(|_| attachment.auto_publish)
    else {
        return Vec::new();
    };
    let table = associated_table(state, &attachment.base.id, far, now);
    let Some(published) = table.and_then(|table| known.get(&table)) else {
        return Vec::new();
    };
    published
        .values()
        .filter(|route| {
            route
                .hop
                .as_ref()
                .is_some_and(|hop| *hop != attachment.base.id)
        })
        .filter(|route| !route.path.iter().any(|crossed| crossed == router))
        .map(|route| TableRoute {
            destination: route.destination,
            hop: Some(attachment.base.id.clone()),
            origin: route.origin.clone(),
            list: None,
            static_id: None,
            standing: Standing::Active,
            since: since.max(route.since),
            path: [&[far.to_owned()], route.path.as_slice()].concat(),
        })
        .collect()
}

fn static_routes(state: &State, table: &str, now: Duration) -> Vec<TableRoute> {
    let own = state.cbn.routes.iter().filter(|route| route.table == table);
    own.map(|route| TableRoute {
        destination: route.destination,
        hop: route.hop.clone(),
        origin: None,
        list: None,
        static_id: Some(route.base.id.clone()),
        standing: standing(route.life(), now),
        since: route.life().ready,
        path: Vec::new(),
    })
    .collect()
}

fn standing(life: &Life, now: Duration) -> Standing {
    match life.phase(now) {
        Phase::Creating => Standing::Creating,
        Phase::Ready | Phase::Modifying => Standing::Active,
        Phase::Leaving | Phase::Gone => Standing::Deleting,
    }
}

/// Each entry of a prefix list is a route of its own.
fn list_routes(state: &State, table: &str, now: Duration) -> Vec<TableRoute> {
    let own = state.cbn.list_routes.iter();
    let own = own.filter(|route| route.table == table);
    own.flat_map(|route| {
        let ranges = ranges_of_list(&state.vpc, &route.list, now).into_iter();
        ranges.map(|destination| TableRoute {
            destination,
            hop: route.hop.clone(),
            origin: None,
            list: Some(route.list.clone()),
            static_id: None,
            standing: standing(route.life(), now),
            since: route.life().ready,
            path: Vec::new(),
        })
    })
    .collect()
}

/// The table that decides about traffic which comes in over an attachment, on one router.
pub(crate) fn associated_table(
    state: &State,
    attachment: &str,
    router: &str,
    now: Duration,
) -> Option<String> {
    let cbn = &state.cbn;
    let association = cbn.associations.iter().find(|known| {
        known.attachment == attachment
            && known.life().is_ready(now)
            && cbn
                .tables
                .get(&known.table)
                .is_some_and(|table| table.router == router)
    });
    association.map(|known| known.table.clone())
}

/// What transit routers with route sync write into a VPC: destinations and attachments.
pub(crate) fn published_to_vpc(state: &State, vpc: &str, now: Duration) -> Vec<(IpNet, String)> {
    let syncing = super::attachments_of_vpc(&state.cbn, vpc)
        .filter(|known| known.auto_publish && known.carries(now));
    let mut published = Vec::new();
    for attachment in syncing {
        let id = &attachment.base.id;
        let Some(table) = associated_table(state, id, &attachment.router, now) else {
            continue;
        };
        for route in routes_of(state, &table, now) {
            let leads_elsewhere = route.hop.as_ref().is_some_and(|hop| hop != id);
            if route.standing == Standing::Active && leads_elsewhere {
                published.push((route.destination, id.clone()));
            }
        }
    }
    published
}
