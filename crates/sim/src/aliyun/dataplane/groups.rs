//! Past the security groups of instances.

use super::Walk;
use crate::aliyun::ecs::{Instance, Side, allows};
use crate::packet::{Packet, described};
use crate::verdict::{Lost, lost};

impl<'a> Walk<'a> {
    pub(super) fn check_egress(&self, source: &'a Instance, packet: &Packet) -> Result<(), Lost> {
        self.check_groups(source, packet, true)
    }

    pub(super) fn check_ingress(&self, target: &'a Instance, packet: &Packet) -> Result<(), Lost> {
        self.check_groups(target, packet, false)
    }

    fn check_groups(
        &self,
        instance: &'a Instance,
        packet: &Packet,
        is_egress: bool,
    ) -> Result<(), Lost> {
        let side = Side {
            instance,
            // Groups know instances of their own VPC only.
            other: self.instance_at(&instance.vpc, packet.far(is_egress)),
            packet,
            is_egress,
        };
        if allows(&self.state.ecs, &side) {
            return Ok(());
        }
        let end = if is_egress { "source" } else { "target" };
        lost(
            instance.groups.join(","),
            format!(
                "the {end}'s security groups do not allow {}",
                described(packet, is_egress)
            ),
        )
    }
}
