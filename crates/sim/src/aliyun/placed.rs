//! Objects that tests put into the cloud's state directly, because no call makes them here.

use std::time::Duration;

use ipnet::IpNet;

use super::state::Cloud;
use super::vpc::{Destination, NextHop, Route};
use crate::table::{Base, Life};
use crate::world::Common;

/// A route of a route table of a VPC of Alibaba Cloud, whatever it leads to.
///
/// ```
/// use landbridge_sim::AliyunRoute;
///
/// let out = AliyunRoute::new("0.0.0.0/0", "NatGateway", "ngw-1");
/// let shared = AliyunRoute::new("10.0.0.0/8", "RouterInterface", "ri-1").hop("RouterInterface", "ri-2");
/// # let _ = (out, shared);
/// ```
#[derive(Debug, Clone)]
pub struct AliyunRoute {
    destination: Destination,
    hops: Vec<NextHop>,
}

impl AliyunRoute {
    /// A route to a range, or to a prefix list of the VPC product (`pl-…`), over a next hop: `Instance`,
    /// `NetworkInterface`, `HaVip`, `RouterInterface`, `VpnGateway`, `NatGateway`, `IPv6Gateway`, `Ipv4Gateway`,
    /// `GatewayEndpoint`, `Attachment`, `VpcPeer`, `Ecr` or one that no client knows.
    ///
    /// # Panics
    /// If the destination is neither a range nor a prefix list.
    #[must_use]
    pub fn new(destination: &str, hop_type: &str, hop_id: &str) -> Self {
        let destination = if destination.starts_with("pl-") {
            Destination::PrefixList(destination.to_owned())
        } else {
            let range: IpNet = destination.parse().expect("a destination is a range");
            Destination::Range(range.trunc())
        };
        Self {
            destination,
            hops: Vec::new(),
        }
        .hop(hop_type, hop_id)
    }

    /// A further next hop of the same weight. Packets are walked over the first.
    #[must_use]
    pub fn hop(mut self, hop_type: &str, hop_id: &str) -> Self {
        self.hops.push(NextHop {
            kind: hop_type.to_owned(),
            id: hop_id.to_owned(),
            weight: 100,
        });
        self
    }
}

impl Cloud {
    /// The id of the route; `None` if there is no such table.
    pub(super) fn place_route(
        &mut self,
        common: &mut Common,
        table_id: &str,
        route: AliyunRoute,
    ) -> Option<String> {
        let now = common.clock.uptime();
        let table = self.state.vpc.tables.get(table_id)?;
        let id = format!("rte-{}", common.ids.word("rte", 20));
        let same =
            |known: &Route| known.table == table_id && known.destination == route.destination;
        let replaced = self.state.vpc.routes.iter_mut().filter(|known| same(known));
        replaced.for_each(|known| known.base.life.leave(now));
        let placed = Route {
            base: Base {
                id: id.clone(),
                owner: table.base.owner.clone(),
                region: table.base.region.clone(),
                name: String::new(),
                description: String::new(),
                tags: Vec::new(),
                life: Life::new(now, Duration::ZERO),
            },
            table: table_id.to_owned(),
            vpc: table.vpc.clone(),
            destination: route.destination,
            hops: route.hops,
        };
        self.state.vpc.routes.insert(placed);
        Some(id)
    }
}
