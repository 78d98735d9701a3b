//! Over VPC peering connections. What arrives at the other VPC stays there.

use std::net::IpAddr;

use super::{Hop, Walk};
use crate::verdict::{Lost, lost};

impl Walk<'_> {
    /// From a VPC to the one at the other end.
    pub(super) fn cross_peering(
        &mut self,
        id: &str,
        vpc: &str,
        destination: IpAddr,
    ) -> Result<String, Lost> {
        let Some(peering) = self.state.vpcpeer.peerings.get(id) else {
            return lost(id, "the peering connection does not exist (black hole)");
        };
        if !peering.carries(self.now) {
            let status = peering.status(self.now);
            return lost(id, format!("the peering connection is {status}"));
        }
        let Some(other) = peering.other_vpc(vpc) else {
            return lost(id, format!("the peering connection does not join {vpc}"));
        };
        // Between regions an answer takes longer.
        let kind = if peering.is_between_regions() {
            "peer"
        } else {
            "vpc-peering"
        };
        self.hops.push(Hop::new(kind, id));
        self.leave_hub(other, destination)
    }
}
