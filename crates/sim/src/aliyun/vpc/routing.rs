//! What a VPC route table really contains: system routes, the user's routes, and those learned from a transit router.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::{Destination, Route, RouteTable, VSwitch, vswitches_of};
use crate::aliyun::cbn;
use crate::aliyun::state::State;
use crate::table::{Object, Phase};

/// One route of a table.
#[derive(Debug, Clone)]
pub(crate) enum Effective {
    /// To a vSwitch of the VPC.
    Local { destination: IpNet, vswitch: String },
    /// To the cloud's own services.
    Service { destination: IpNet },
    /// Made by the user.
    Custom(Box<Route>),
    /// Written by a transit router with route sync.
    Learned {
        destination: IpNet,
        attachment: String,
    },
}

impl Effective {
    pub(crate) fn destination(&self) -> Destination {
        match self {
            Self::Local { destination, .. }
            | Self::Service { destination }
            | Self::Learned { destination, .. } => Destination::Range(*destination),
            Self::Custom(route) => route.destination.clone(),
        }
    }

    /// Among routes to equal ranges the lowest decides.
    fn rank(&self) -> u8 {
        match (self, self.destination()) {
            (Self::Local { .. } | Self::Service { .. }, _) => 0,
            (Self::Custom(_), Destination::Range(_)) => 1,
            (Self::Custom(_), Destination::PrefixList(_)) => 2,
            (Self::Learned { .. }, _) => 3,
        }
    }
}

/// All routes of a table, those on their way in or out included.
pub(crate) fn effective_routes(state: &State, table: &RouteTable, now: Duration) -> Vec<Effective> {
    let local = |vswitch: &VSwitch| {
        let vswitch_id = vswitch.base.id.clone();
        let ranges: Vec<IpNet> = vswitch.ranges().collect();
        ranges.into_iter().map(move |destination| Effective::Local {
            destination,
            vswitch: vswitch_id.clone(),
        })
    };
    let mut routes: Vec<Effective> = vswitches_of(&state.vpc, &table.vpc, now)
        .flat_map(local)
        .collect();
    if let Ok(destination) = "100.64.0.0/10".parse() {
        routes.push(Effective::Service { destination });
    }
    let is_there = |route: &&Route| route.life().gone_at().is_none_or(|gone| now < gone);
    let custom = state.vpc.routes.held_by(&table.base.id).filter(is_there);
    routes.extend(custom.map(|route| Effective::Custom(Box::new(route.clone()))));
    if !table.is_custom {
        routes.extend(learned(state, table, now, &routes));
    }
    routes
}

fn learned(
    state: &State,
    table: &RouteTable,
    now: Duration,
    known: &[Effective],
) -> Vec<Effective> {
    let published = cbn::published_to_vpc(state, &table.vpc, now);
    published
        .into_iter()
        .filter(|(destination, _)| {
            known
                .iter()
                .all(|route| route.destination().range() != Some(*destination))
        })
        .map(|(destination, attachment)| Effective::Learned {
            destination,
            attachment,
        })
        .collect()
}

/// The route that decides about an address: the most specific one, whether or not packets can follow it yet. One that is
/// being deleted does not count any more.
pub(crate) fn deciding_route(
    state: &State,
    table: &RouteTable,
    address: IpAddr,
    now: Duration,
) -> Option<Effective> {
    let counts = |route: &Effective| match route {
        Effective::Custom(route) => route.life().phase(now) != Phase::Leaving,
        _ => true,
    };
    let length = |route: &Effective| {
        let ranges = route.destination().ranges(&state.vpc, now).into_iter();
        let covering = ranges.filter(|range| range.contains(&address));
        covering.map(|range| range.prefix_len()).max()
    };
    let routes = effective_routes(state, table, now).into_iter();
    let covering = routes
        .filter(counts)
        .filter_map(|route| Some((length(&route)?, route)));
    covering
        .min_by_key(|(length, route)| (Reverse(*length), route.rank()))
        .map(|(_, route)| route)
}
