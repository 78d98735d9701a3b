//! What the handle of the simulator offers for this cloud only: its options.

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
    /// Lets another account of AWS use a subnet: it sees the VPC with its subnets, tables and ACLs, and makes groups and
    /// instances there. Returns false if there is no such subnet.
    pub fn share_subnet(&self, subnet_id: &str, account: &str) -> bool {
        self.world().clouds.aws.state.ec2.share(subnet_id, account)
    }
}
