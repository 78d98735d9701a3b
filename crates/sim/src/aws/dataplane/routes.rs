//! Where route tables lead, and over peerings.

use std::net::IpAddr;

use super::Walk;
use super::trace::{Cause, Hop, Stop, stop};
use crate::aws::ec2::{
    Instance, Route, RouteTable, Status, Subnet, Target, deciding_route, table_of,
};

impl Walk<'_> {
    /// The VPC to which the most specific route leads.
    pub(super) fn route(&mut self, from: &Instance, destination: IpAddr) -> Result<String, Stop> {
        let ec2 = &self.state.ec2;
        let table = ec2
            .subnets
            .get(&from.subnet)
            .and_then(|subnet: &Subnet| table_of(ec2, subnet));
        let Some(table) = table else {
            return stop(&from.subnet, "the subnet is gone", Cause::Other);
        };
        let id = table.base.id.clone();
        let Some(route) = deciding_route(ec2, table, destination, self.now) else {
            let reason = format!("no route to {destination}");
            let cause = Cause::NoRoute {
                table: id.clone(),
                destination,
            };
            return stop(id, reason, cause);
        };
        if let Target::Gateway(id) | Target::Foreign { id, .. } = &route.target
            && !route.target.works(ec2, self.now)
        {
            let reason = "the target of the route is gone (black hole)";
            return stop(id, reason, black_hole(table, &route));
        }
        let elsewhere = || Cause::Elsewhere {
            table: id.clone(),
            route: route.clone(),
            destination,
        };
        let (table, vpc) = (table.clone(), from.vpc.as_str());
        match &route.target {
            Target::Local => {
                self.led_on(&table, &route);
                Ok(vpc.to_owned())
            }
            Target::Peering(_) => self.cross(&table, &route, vpc, destination),
            Target::Gateway(id) => {
                let reason = "the gateway leads out of the simulated world";
                stop(id, reason, elsewhere())
            }
            Target::Foreign { id, .. } => {
                let reason = "the simulator walks no packet through this target";
                stop(id, reason, elsewhere())
            }
        }
    }

    fn led_on(&mut self, table: &RouteTable, route: &Route) {
        self.hops.push(Hop::Table {
            table: table.base.id.clone(),
            route: route.clone(),
        });
    }

    /// Over a peering into the network at its other end, and no further.
    fn cross(
        &mut self,
        table: &RouteTable,
        route: &Route,
        from: &str,
        destination: IpAddr,
    ) -> Result<String, Stop> {
        let id = route.target.id();
        let peering = self.state.ec2.peerings.get(id);
        let Some(peering) = peering.filter(|peering| peering.has(from)) else {
            let reason = "the peering does not exist (black hole)";
            return stop(id, reason, black_hole(table, route));
        };
        let status = peering.status(self.now);
        if status != Status::Active {
            let reason = format!("the peering is {} (black hole)", status.name());
            return stop(id, reason, black_hole(table, route));
        }
        let other = peering.other_vpc(from);
        self.led_on(table, route);
        self.hops.push(Hop::Peering {
            id: id.to_owned(),
            from: from.to_owned(),
            to: other.to_owned(),
        });
        let vpc = self.state.ec2.vpcs.get(other);
        if vpc.is_some_and(|vpc| vpc.all_ranges().any(|own| own.contains(&destination))) {
            return Ok(other.to_owned());
        }
        stop(
            format!("vpc {other}"),
            format!("{destination} is not in the peer's ranges, and peerings do not lead further"),
            Cause::NotThePeers {
                peering: id.to_owned(),
                vpc: other.to_owned(),
            },
        )
    }
}

fn black_hole(table: &RouteTable, route: &Route) -> Cause {
    Cause::BlackHole {
        table: table.base.id.clone(),
        route: route.clone(),
    }
}
