//! The data plane: walks a packet and its reply over the state that the calls produced.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::ec2::{
    Acl, Group, Instance, Other, Packet, Status, Subnet, Target, effective_routes, table_of,
};
use super::state::State;
use crate::table::Object;
use crate::verdict::{Lost, Protocol, Verdict, lost};

/// The fate of a packet from an instance and of the reply to it.
pub(crate) fn packet(
    state: &State,
    source: &str,
    destination: Ipv4Addr,
    protocol: Protocol,
    now: Duration,
) -> Verdict {
    let mut walk = Walk {
        state,
        now,
        protocol,
        hops: Vec::new(),
    };
    let walked = walk.there_and_back(source, destination);
    Verdict::of(walked, walk.hops)
}

struct Walk<'a> {
    state: &'a State,
    now: Duration,
    protocol: Protocol,
    hops: Vec<String>,
}

impl<'a> Walk<'a> {
    fn there_and_back(&mut self, source: &str, destination: Ipv4Addr) -> Result<(), Lost> {
        let Some(source) = self.state.ec2.instances.get(source) else {
            return lost(source, "no such instance");
        };
        self.check_running(source)?;
        self.check_group(source, destination, true)?;
        let target = self.travel(source, destination, Packet::Forth(self.protocol))?;
        self.check_running(target)?;
        self.check_group(target, source.address, false)?;
        // Groups are stateful: they let the reply pass. ACLs and routes are not.
        let back = self
            .travel(target, source.address, Packet::Back(self.protocol))
            .map_err(Lost::on_the_way_back)?;
        if back.base.id != source.base.id {
            return lost(
                &back.base.id,
                "on the way back: the reply reached another instance",
            );
        }
        self.hops.push(format!("instance {}", source.base.id));
        Ok(())
    }

    fn check_running(&self, instance: &Instance) -> Result<(), Lost> {
        if instance.state(self.now).1 == "running" {
            Ok(())
        } else {
            lost(&instance.base.id, "the instance is not running")
        }
    }

    /// From an instance to the one that has the address.
    fn travel(
        &mut self,
        from: &Instance,
        destination: Ipv4Addr,
        packet: Packet,
    ) -> Result<&'a Instance, Lost> {
        self.hops.push(format!("instance {}", from.base.id));
        // A network ACL filters at the border of a subnet only.
        let subnet = self.state.ec2.subnets.get(&from.subnet);
        if !subnet.is_some_and(|subnet| subnet.range.contains(&destination)) {
            self.check_acl(&from.subnet, true, destination, packet)?;
        }
        let vpc = self.route(from, destination)?;
        let Some(target) = self.instance_at(&vpc, destination) else {
            return lost(
                format!("vpc {vpc}"),
                format!("no instance has the address {destination}"),
            );
        };
        if target.subnet != from.subnet {
            self.check_acl(&target.subnet, false, from.address, packet)?;
        }
        Ok(target)
    }

    /// The VPC to which the most specific route leads.
    fn route(&mut self, from: &Instance, destination: Ipv4Addr) -> Result<String, Lost> {
        let ec2 = &self.state.ec2;
        let table = ec2
            .subnets
            .get(&from.subnet)
            .and_then(|subnet: &Subnet| table_of(ec2, subnet));
        let Some(table) = table else {
            return lost(&from.subnet, "the subnet is gone");
        };
        self.hops.push(format!("route-table {}", table.base.id));
        let address = std::net::IpAddr::V4(destination);
        let route = effective_routes(ec2, table)
            .into_iter()
            .filter(|route| route.destination.contains(&address))
            .max_by_key(|route| route.destination.prefix_len());
        match route.map(|route| route.target) {
            None => lost(&table.base.id, format!("no route to {destination}")),
            Some(Target::Local) => Ok(from.vpc.clone()),
            Some(Target::Peering(peering)) => self.cross(&peering, &from.vpc, destination),
            Some(Target::Gateway(gateway)) => {
                lost(gateway, "the gateway leads out of the simulated world")
            }
        }
    }

    /// Over a peering into the network at its other end, and no further.
    fn cross(&mut self, id: &str, from: &str, destination: Ipv4Addr) -> Result<String, Lost> {
        let peering = self.state.ec2.peerings.get(id);
        let Some(peering) = peering.filter(|peering| peering.has(from)) else {
            return lost(id, "the peering does not exist (black hole)");
        };
        let status = peering.status(self.now);
        if status != Status::Active {
            return lost(id, format!("the peering is {} (black hole)", status.name()));
        }
        self.hops.push(format!("peering {id}"));
        let other = peering.other_vpc(from);
        let vpc = self.state.ec2.vpcs.get(other);
        let inside = |range: &ipnet::Ipv4Net| range.contains(&destination);
        if vpc.is_some_and(|vpc| vpc.ranges.iter().any(|own| inside(&own.range))) {
            return Ok(other.to_owned());
        }
        lost(
            format!("vpc {other}"),
            format!("{destination} is not in the peer's ranges, and peerings do not lead further"),
        )
    }

    fn instance_at(&self, vpc: &str, address: Ipv4Addr) -> Option<&'a Instance> {
        let here = |instance: &&Instance| {
            instance.vpc == vpc
                && instance.address == address
                && instance.state(self.now).1 != "terminated"
        };
        self.state.ec2.instances.iter().find(here)
    }

    fn check_acl(
        &mut self,
        subnet: &str,
        is_egress: bool,
        other: Ipv4Addr,
        packet: Packet,
    ) -> Result<(), Lost> {
        let stands_at = |acl: &&Acl| acl.subnets.iter().any(|(_, id)| id == subnet);
        let Some(acl) = self.state.ec2.acls.iter().find(stands_at) else {
            return lost(subnet, "the subnet has no network ACL");
        };
        self.hops.push(format!("network-acl {}", acl.base.id));
        if acl.lets(is_egress, other, packet) {
            return Ok(());
        }
        let (way, end) = if is_egress {
            ("outbound", "to")
        } else {
            ("inbound", "from")
        };
        let what = match packet {
            Packet::Forth(protocol) => format!("{protocol:?}"),
            Packet::Back(protocol) => format!("the reply to {protocol:?}"),
        };
        lost(
            &acl.base.id,
            format!("the {way} network ACL of {subnet} denies {what} {end} {other}"),
        )
    }

    /// One rule of one group is enough.
    fn check_group(
        &self,
        instance: &Instance,
        other: Ipv4Addr,
        is_egress: bool,
    ) -> Result<(), Lost> {
        let ec2 = &self.state.ec2;
        let groups = instance.groups.iter().filter_map(|id| ec2.groups.get(id));
        let mut rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        let lets = rules.any(|(group, rule)| {
            rule.is_egress == is_egress
                && rule.ports.cover(self.protocol)
                && (rule.names_address(other) || self.is_member(&rule.other, group, other))
        });
        if lets {
            return Ok(());
        }
        let end = if is_egress { "to" } else { "from" };
        lost(
            instance.groups.join(","),
            format!(
                "the security groups of {} do not allow {:?} {end} {other}",
                instance.base.id, self.protocol
            ),
        )
    }

    /// Whether an address is that of a member of the group that a rule names: in the same VPC, or over a peering that is
    /// active now.
    fn is_member(&self, other: &Other, own: &Group, address: Ipv4Addr) -> bool {
        let Other::Group { group, vpc, .. } = other else {
            return false;
        };
        let ec2 = &self.state.ec2;
        let joined = own.vpc == *vpc
            || ec2.peerings.iter().any(|peering| {
                peering.joins(&own.vpc, vpc) && peering.status(self.now) == Status::Active
            });
        let exists = ec2
            .groups
            .get(group)
            .is_some_and(|group| group.life().is_listed(self.now));
        joined
            && exists
            && self
                .instance_at(vpc, address)
                .is_some_and(|instance| instance.groups.contains(group))
    }
}
