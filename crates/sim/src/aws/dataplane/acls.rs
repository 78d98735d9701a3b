//! Past the network ACLs of subnets, which know nothing of connections.

use super::Walk;
use crate::aws::ec2::Acl;
use crate::packet::{Packet, described};
use crate::verdict::{Lost, lost};

impl Walk<'_> {
    pub(super) fn check_acl(
        &mut self,
        subnet: &str,
        packet: &Packet,
        is_egress: bool,
    ) -> Result<(), Lost> {
        let stands_at = |acl: &&Acl| acl.subnets.iter().any(|(_, id)| id == subnet);
        let Some(acl) = self.state.ec2.acls.iter().find(stands_at) else {
            return lost(subnet, "the subnet has no network ACL");
        };
        self.hops.push(format!("network-acl {}", acl.base.id));
        if acl.lets(packet, is_egress) {
            return Ok(());
        }
        let way = if is_egress { "outbound" } else { "inbound" };
        lost(
            &acl.base.id,
            format!(
                "the {way} network ACL of {subnet} denies {}",
                described(packet, is_egress)
            ),
        )
    }
}
