//! Past the network ACLs of vSwitches, which know nothing of connections.

use super::Walk;
use crate::aliyun::vpc::{Way, acl_of, ranges_of_list};
use crate::packet::{Packet, described};
use crate::verdict::{Lost, lost};

impl Walk<'_> {
    pub(super) fn leave_vswitch(&mut self, vswitch: &str, packet: &Packet) -> Result<(), Lost> {
        self.check_acl(vswitch, packet, Way::Egress)
    }

    pub(super) fn enter_vswitch(&mut self, vswitch: &str, packet: &Packet) -> Result<(), Lost> {
        self.check_acl(vswitch, packet, Way::Ingress)
    }

    /// An ACL filters at the border of a vSwitch only, and a vSwitch without one lets everything pass.
    fn check_acl(&mut self, vswitch: &str, packet: &Packet, way: Way) -> Result<(), Lost> {
        let vpc = &self.state.vpc;
        let known = vpc.vswitches.get(vswitch);
        if known.is_some_and(|known| known.contains(packet.far(way.is_egress()))) {
            return Ok(());
        }
        let Some(acl) = acl_of(vpc, vswitch, self.now) else {
            return Ok(());
        };
        self.hops.push(format!("network-acl {}", acl.base.id));
        if acl.lets(packet, way, |list| ranges_of_list(vpc, list, self.now)) {
            return Ok(());
        }
        let name = if way.is_egress() {
            "outbound"
        } else {
            "inbound"
        };
        lost(
            &acl.base.id,
            format!(
                "the {name} network ACL of {vswitch} denies {}",
                described(packet, way.is_egress())
            ),
        )
    }
}
