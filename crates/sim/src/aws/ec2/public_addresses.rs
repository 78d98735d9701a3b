//! Public addresses of instances: how they are seen outside of the cloud.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Instance, Subnet};
use crate::aws::context::Context;
use crate::aws::failure::{Outcome, bad_value};

/// Whether a launch asks for a public address, for its only interface or by the subnet.
pub(super) fn is_wanted(ctx: &Context<'_>, subnet: &Subnet) -> Outcome<bool> {
    const NAME: &str = "AssociatePublicIpAddress";
    match ctx.parameters.nested("NetworkInterface", 1, NAME) {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(bad_value(other, "associatePublicIpAddress")),
        None => Ok(subnet.attributes.public_addresses),
    }
}

/// One of the range for documentation and tests, 203.0.113.0/24, as long as that lasts; never one that is in use.
pub(super) fn next(ctx: &Context<'_>) -> Ipv4Addr {
    let ec2 = &ctx.state.ec2;
    let used = |candidate: &Ipv4Addr| {
        let mut elastic = ec2.elastic_addresses.iter();
        let mut instances = ec2.instances.iter();
        elastic.any(|address| address.public == *candidate)
            || instances.any(|instance| instance.public_address == Some(*candidate))
    };
    let first = u32::from(Ipv4Addr::new(203, 0, 113, 1));
    let mut candidates = (first..).map(Ipv4Addr::from);
    candidates
        .find(|candidate| !used(candidate))
        .unwrap_or(Ipv4Addr::UNSPECIFIED)
}

impl Instance {
    /// Its public address while it is up.
    pub(crate) fn public_address(&self, now: Duration) -> Option<Ipv4Addr> {
        let is_up = ["pending", "running"].contains(&self.state(now).1);
        self.public_address.filter(|_| is_up)
    }
}
