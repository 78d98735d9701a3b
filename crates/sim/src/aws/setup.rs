//! What the handle of the simulator offers for this cloud only: its options, and objects that no call can make.

use super::placed::{AwsAclEntry, AwsRoute};
use super::timings::Timings;
use crate::simulator::{Builder, Simulator};

impl Builder {
    /// How long everything takes on AWS.
    #[must_use]
    pub fn aws_timings(mut self, timings: Timings) -> Self {
        self.setups.aws.timings = timings;
        self
    }

    /// Whether AWS refuses calls beyond its published rates. The buckets refill in virtual time. Default true.
    #[must_use]
    pub fn aws_throttling(mut self, on: bool) -> Self {
        self.setups.aws.throttling = on;
        self
    }
}

impl Simulator {
    /// Puts a route into a route table of AWS, whatever it leads to, in place of one to the same destination. It never
    /// enters the ledger. Returns false, and does nothing, if there is no such table or no such kind of target. A gateway that
    /// calls made is a black hole once calls have deleted or detached it.
    pub fn place_aws_route(&self, table_id: &str, route: AwsRoute) -> bool {
        route
            .place(&mut self.world().clouds.aws.state.ec2, table_id)
            .is_some()
    }

    /// Puts an entry into a network ACL of AWS, in place of one of the same number and direction. Returns false if there
    /// is no such ACL.
    pub fn place_aws_acl_entry(&self, acl_id: &str, entry: AwsAclEntry) -> bool {
        let acls = &mut self.world().clouds.aws.state.ec2.acls;
        let acl = acls.get_mut(acl_id);
        acl.map(|acl| entry.place(acl)).is_some()
    }

    /// Lets another account of AWS use a subnet: it sees the VPC with its subnets, tables and ACLs, and makes groups and
    /// instances there. Returns false if there is no such subnet.
    pub fn share_subnet(&self, subnet_id: &str, account: &str) -> bool {
        self.world().clouds.aws.state.ec2.share(subnet_id, account)
    }
}
