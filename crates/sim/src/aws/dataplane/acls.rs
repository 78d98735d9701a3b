//! Past the network ACLs of subnets, which know nothing of connections.

use super::Walk;
use super::trace::{Cause, Hop, Stop, stop};
use crate::aws::ec2::Acl;
use crate::packet::{Packet, described};

impl Walk<'_> {
    pub(super) fn check_acl(
        &mut self,
        subnet: &str,
        packet: &Packet,
        is_egress: bool,
    ) -> Result<(), Stop> {
        let stands_at = |acl: &&Acl| acl.subnets.iter().any(|(_, id)| id == subnet);
        let Some(acl) = self.state.ec2.acls.iter().find(stands_at) else {
            return stop(subnet, "the subnet has no network ACL", Cause::Other);
        };
        let entry = acl.deciding(packet, is_egress);
        if let Some(entry) = entry.filter(|entry| entry.allows) {
            self.hops.push(Hop::Acl {
                acl: acl.base.id.clone(),
                subnet: subnet.to_owned(),
                entry: entry.clone(),
                is_egress,
            });
            return Ok(());
        }
        let way = if is_egress { "outbound" } else { "inbound" };
        let packet = described(packet, is_egress);
        stop(
            &acl.base.id,
            format!("the {way} network ACL of {subnet} denies {packet}"),
            Cause::Acl {
                acl: acl.base.id.clone(),
                subnet: subnet.to_owned(),
                entry: entry.cloned(),
                is_egress,
            },
        )
    }
}
