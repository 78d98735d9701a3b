//! What the route tables of transit routers contain, computed from static routes and propagations.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::{Attachment, Link};
use crate::aliyun::state::State;
use crate::aliyun::table::{Object, Phase};
use crate::aliyun::vpc::vswitches_of;

/// Whether a route of a table is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Creating,
    Active,
    /// Another route to the same destination was there first.
    Rejected,
    Deleting,
}

/// One route of a transit router's table.
#[derive(Debug, Clone)]
pub(crate) struct TableRoute {
    pub(crate) destination: Ipv4Net,
    /// `None` is a black hole.
    pub(crate) hop: Option<String>,
    /// The VPC a propagated route comes from.
    pub(crate) origin: Option<String>,
    /// The id of a static route.
    pub(crate) static_id: Option<String>,
    pub(crate) standing: Standing,
    pub(crate) since: Duration,
}

/// All routes of a table. Static routes win over propagated ones, earlier ones over later ones.
pub(crate) fn routes_of(state: &State, table: &str, now: Duration) -> Vec<TableRoute> {
    collect(state, table, now, &mut Vec::new())
}

/// The active route with the longest prefix.
pub(crate) fn lookup(
    state: &State,
    table: &str,
    address: Ipv4Addr,
    now: Duration,
) -> Option<TableRoute> {
    routes_of(state, table, now)
        .into_iter()
        .filter(|route| route.standing == Standing::Active && route.destination.contains(&address))
        .max_by_key(|route| route.destination.prefix_len())
}

/// `visited` holds the routers that a route travelled over, so that it does not come back.
fn collect(
    state: &State,
    table: &str,
    now: Duration,
    visited: &mut Vec<String>,
) -> Vec<TableRoute> {
    let Some(router) = state
        .cbn
        .tables
        .get(table)
        .map(|table| table.router.clone())
    else {
        return Vec::new();
    };
    visited.push(router.clone());
    let mut routes = static_routes(state, table, now);
    let mut learned = Vec::new();
    for propagation in state
        .cbn
        .propagations
        .iter()
        .filter(|known| known.table == table && known.life().is_ready(now))
    {
        let attachment = state
            .cbn
            .attachments
            .get(&propagation.attachment)
            .filter(|known| known.carries(now));
        if let Some(attachment) = attachment {
            learned.extend(propagated(
                state,
                attachment,
                &router,
                propagation.life().ready,
                now,
                visited,
            ));
        }
    }
    visited.pop();
    learned.sort_by_key(|route| route.since);
    for mut route in learned {
        if routes.iter().any(|known| {
            known.destination == route.destination && known.standing == Standing::Active
        }) {
            route.standing = Standing::Rejected;
        }
        routes.push(route);
    }
    routes
}

fn static_routes(state: &State, table: &str, now: Duration) -> Vec<TableRoute> {
    let own = state.cbn.routes.iter().filter(|route| route.table == table);
    own.map(|route| TableRoute {
        destination: route.destination,
        hop: route.hop.clone(),
        origin: None,
        static_id: Some(route.base.id.clone()),
        standing: match route.life().phase(now) {
            Phase::Creating => Standing::Creating,
            Phase::Ready | Phase::Modifying => Standing::Active,
            Phase::Leaving | Phase::Gone => Standing::Deleting,
        },
        since: route.life().ready,
    })
    .collect()
}

/// The routes that an attachment brings to a router.
fn propagated(
    state: &State,
    attachment: &Attachment,
    router: &str,
    since: Duration,
    now: Duration,
    visited: &mut Vec<String>,
) -> Vec<TableRoute> {
    let route = |destination: Ipv4Net, origin: Option<String>, since: Duration| TableRoute {
        destination,
        hop: Some(attachment.base.id.clone()),
        origin,
        static_id: None,
        standing: Standing::Active,
        since,
    };
    match &attachment.link {
        Link::Vpc { vpc, .. } => vswitches_of(&state.vpc, vpc, now)
            .filter(|vswitch| vswitch.life().is_ready(now))
            .map(|vswitch| {
                route(
                    vswitch.cidr,
                    Some(vpc.clone()),
                    since.max(vswitch.life().ready),
                )
            })
            .collect(),
        Link::Peer { .. } => from_peer(state, attachment, router, now, visited)
            .into_iter()
            .map(|far| route(far.destination, far.origin, since.max(far.since)))
            .collect(),
    }
}

/// What the router on the other side of a peering publishes: the table that the peering is associated with there.
fn from_peer(
    state: &State,
    attachment: &Attachment,
    router: &str,
    now: Duration,
    visited: &mut Vec<String>,
) -> Vec<TableRoute> {
    let Some(far) = attachment.other_router(router) else {
        return Vec::new();
    };
    if !attachment.auto_publish || visited.iter().any(|known| known == far) {
        return Vec::new();
    }
    let Some(table) = associated_table(state, &attachment.base.id, far, now) else {
        return Vec::new();
    };
    let mut routes = collect(state, &table, now, visited);
    routes.retain(|route| {
        route.standing == Standing::Active
            && route
                .hop
                .as_ref()
                .is_some_and(|hop| *hop != attachment.base.id)
    });
    routes
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
pub(crate) fn published_to_vpc(state: &State, vpc: &str, now: Duration) -> Vec<(Ipv4Net, String)> {
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
