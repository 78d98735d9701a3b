//! Past the security groups of instances.

use std::net::IpAddr;

use super::Walk;
use super::trace::{Cause, Hop, Stop, stop};
use crate::aws::ec2::{Group, Instance, Other, Status, endpoint_groups, ranges_of_list};
use crate::packet::{Packet, described};
use crate::table::Object;

impl Walk<'_> {
    pub(super) fn check_group(
        &mut self,
        instance: &Instance,
        packet: &Packet,
        is_egress: bool,
    ) -> Result<(), Stop> {
        self.check_groups(&instance.groups, &instance.base.id, packet, is_egress)
    }

    /// One rule of one group is enough.
    pub(super) fn check_groups(
        &mut self,
        carried: &[String],
        holder: &str,
        packet: &Packet,
        is_egress: bool,
    ) -> Result<(), Stop> {
        let ec2 = &self.state.ec2;
        let far = packet.far(is_egress);
        let groups = carried.iter().filter_map(|id| ec2.groups.get(id));
        let mut rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        let lets = rules.find(|(group, rule)| {
            rule.is_egress == is_egress
                && rule.ports.cover(packet.protocol)
                && self.is_named(&rule.other, group, far)
        });
        if let Some((group, rule)) = lets {
            self.hops.push(Hop::Group {
                group: group.base.id.clone(),
                rule: rule.clone(),
                is_egress,
            });
            return Ok(());
        }
        let packet = described(packet, is_egress);
        stop(
            carried.join(","),
            format!("the security groups of {holder} do not allow {packet}"),
            Cause::Groups {
                holder: holder.to_owned(),
                groups: carried.to_vec(),
                is_egress,
            },
        )
    }

    fn is_named(&self, other: &Other, own: &Group, address: IpAddr) -> bool {
        match other {
            Other::Range(range) => range.contains(&address),
            Other::PrefixList(id) => {
                let region = &own.base.region;
                let ranges = ranges_of_list(&self.state.ec2, region, id, self.now);
                ranges.iter().any(|range| range.contains(&address))
            }
            Other::Group { group, vpc, .. } => self.is_member(group, vpc, own, address),
        }
    }

    /// Whether an address is that of a member of the group that a rule names: in the same VPC, or over a peering that is
    /// active now.
    fn is_member(&self, group: &str, vpc: &str, own: &Group, address: IpAddr) -> bool {
        let ec2 = &self.state.ec2;
        let joined = own.vpc == vpc
            || ec2.peerings.iter().any(|peering| {
                peering.joins(&own.vpc, vpc) && peering.status(self.now) == Status::Active
            });
        let exists = ec2
            .groups
            .get(group)
            .is_some_and(|group| group.life().is_listed(self.now));
        let instance = self.instance_at(vpc, address);
        let carried = instance.map(|instance| instance.groups.as_slice());
        let carried = carried.or_else(|| endpoint_groups(ec2, vpc, address, self.now));
        let has_group = |carried: &[String]| carried.iter().any(|carried| carried == group);
        joined && exists && carried.is_some_and(has_group)
    }
}
