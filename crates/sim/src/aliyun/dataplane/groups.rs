//! Past the security groups of instances.

use super::{Cause, Seen, Stop, Walk};
use crate::aliyun::ecs::{Instance, Side, decide};
use crate::packet::{Packet, described};
use crate::verdict::lost;

impl<'a> Walk<'a> {
    pub(super) fn check_egress(
        &mut self,
        source: &'a Instance,
        packet: &Packet,
    ) -> Result<(), Stop> {
        self.check_groups(source, packet, true)
    }

    pub(super) fn check_ingress(
        &mut self,
        target: &'a Instance,
        packet: &Packet,
    ) -> Result<(), Stop> {
        self.check_groups(target, packet, false)
    }

    fn check_groups(
        &mut self,
        instance: &'a Instance,
        packet: &Packet,
        is_egress: bool,
    ) -> Result<(), Stop> {
        let side = Side {
            instance,
            // Groups know instances of their own VPC only.
            other: self.instance_at(&instance.vpc, packet.far(is_egress)),
            packet,
            is_egress,
        };
        let said = decide(&self.state.ecs, &side);
        self.seen.push(Seen::Groups {
            interface: instance.interface.clone(),
            group: said.group.to_owned(),
            rule: said.rule.cloned().map(Box::new),
            is_egress,
            lets: said.lets,
        });
        if said.lets {
            return Ok(());
        }
        let end = if is_egress { "source" } else { "target" };
        let packet = described(packet, is_egress);
        let reason = format!("the {end}'s security groups do not allow {packet}");
        let groups = instance.groups.join(",");
        lost(groups, reason).map_err(Stop::of(Cause::Groups { is_egress }))
    }
}
