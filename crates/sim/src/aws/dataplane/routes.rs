//! Where route tables lead, and over peerings.

use std::net::IpAddr;

use super::Walk;
use crate::aws::ec2::{Instance, Status, Subnet, effective_routes, table_of};
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
        let route = effective_routes(ec2, table)
            .into_iter()
            .filter(|route| route.destination.contains(&destination))
            .max_by_key(|route| route.destination.prefix_len());
        match route.map(|route| route.peering) {
            None => lost(&table.base.id, format!("no route to {destination}")),
            Some(None) => Ok(from.vpc.clone()),
            Some(Some(peering)) => self.cross(&peering, &from.vpc, destination),
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
