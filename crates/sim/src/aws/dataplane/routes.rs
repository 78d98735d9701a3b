//! Where route tables lead, and over peerings.

use std::net::IpAddr;

use super::Walk;
use crate::aws::ec2::{Instance, Status, Subnet, Target, deciding_route, table_of};
use crate::verdict::{Lost, lost};

impl Walk<'_> {
    /// The VPC to which the most specific route leads.
    pub(super) fn route(&mut self, from: &Instance, destination: IpAddr) -> Result<String, Lost> {
        let ec2 = &self.state.ec2;
        let table = ec2
            .subnets
            .get(&from.subnet)
            .and_then(|subnet: &Subnet| table_of(ec2, subnet));
        let Some(table) = table else {
            return lost(&from.subnet, "the subnet is gone");
        };
        self.hops.push(format!("route-table {}", table.base.id));
        let route = deciding_route(ec2, table, destination, self.now);
        match route.map(|route| route.target) {
            None => lost(&table.base.id, format!("no route to {destination}")),
            Some(Target::Local) => Ok(from.vpc.clone()),
            Some(Target::Peering(peering)) => self.cross(&peering, &from.vpc, destination),
            Some(Target::Foreign { id, is_black_hole }) => {
                let why = if is_black_hole {
                    "the target of the route is gone (black hole)"
                } else {
                    "the simulator walks no packet through this target"
                };
                lost(id, why)
            }
        }
    }

    /// Over a peering into the network at its other end, and no further.
    fn cross(&mut self, id: &str, from: &str, destination: IpAddr) -> Result<String, Lost> {
        let peering = self.state.ec2.peerings.get(id);
        let Some(peering) = peering.filter(|peering| peering.has(from)) else {
            return lost(id, "the peering does not exist (black hole)");
        };
        let status = peering.status(self.now);
        if status != Status::Active {
            return lost(id, format!("the peering is {} (black hole)", status.name()));
        }
        self.hops.push(format!("peering {id}"));
        let other = peering.other_vpc(from);
        let vpc = self.state.ec2.vpcs.get(other);
        if vpc.is_some_and(|vpc| vpc.all_ranges().any(|own| own.contains(&destination))) {
            return Ok(other.to_owned());
        }
        lost(
            format!("vpc {other}"),
            format!("{destination} is not in the peer's ranges, and peerings do not lead further"),
        )
    }
}
