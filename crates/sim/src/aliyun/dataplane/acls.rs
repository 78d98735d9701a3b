//! Past the network ACLs of vSwitches, which know nothing of connections.

use super::{Cause, Hop, Seen, Stop, Walk};
use crate::aliyun::vpc::{Way, acl_of, ranges_of_list};
use crate::packet::{Packet, described};
use crate::verdict::lost;

impl Walk<'_> {
    pub(super) fn leave_vswitch(&mut self, vswitch: &str, packet: &Packet) -> Result<(), Stop> {
        self.check_acl(vswitch, packet, Way::Egress)
    }

    pub(super) fn enter_vswitch(&mut self, vswitch: &str, packet: &Packet) -> Result<(), Stop> {
        self.check_acl(vswitch, packet, Way::Ingress)
    }

    /// An ACL filters at the border of a vSwitch only, and a vSwitch without one lets everything pass.
    fn check_acl(&mut self, vswitch: &str, packet: &Packet, way: Way) -> Result<(), Stop> {
        let vpc = &self.state.vpc;
        let known = vpc.vswitches.get(vswitch);
        if known.is_some_and(|known| known.contains(packet.far(way.is_egress()))) {
            return Ok(());
        }
        let Some(acl) = acl_of(vpc, vswitch, self.now) else {
            return Ok(());
        };
        self.hops.push(Hop::new("network-acl", &acl.base.id));
        let lets = acl.lets(packet, way, |list| ranges_of_list(vpc, list, self.now));
        let is_egress = way.is_egress();
        self.seen.push(Seen::Acl {
            acl: acl.base.id.clone(),
            vswitch: vswitch.to_owned(),
            is_egress,
            lets,
        });
        if lets {
            return Ok(());
        }
        let name = if is_egress { "outbound" } else { "inbound" };
        let packet = described(packet, is_egress);
        let reason = format!("the {name} network ACL of {vswitch} denies {packet}");
        lost(&acl.base.id, reason).map_err(Stop::of(Cause::Acl { is_egress }))
    }
}
