//! From instances to the cloud's own services: by an interface endpoint of their VPC, or by a way out.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::{Walk, sent};
use crate::aws::ec2::{
    Endpoint, Instance, NatGateway, Spot, Subnet, Target, deciding_route, private_endpoint,
    table_of,
};
use crate::aws::state::State;
use crate::packet::{Packet, Protocol};
use crate::table::Object;
use crate::verdict::{Lost, lost};

/// One of the cloud's public addresses, at which services answer that have no endpoint in the VPC.
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(52, 94, 0, 1));
const HTTPS: Protocol = Protocol::tcp(443);

/// Since when the way from an instance to a service is ready, as far as time is concerned; `None` if there is no way now.
pub(crate) fn reaches_service(
    state: &State,
    instance: &Instance,
    service: &str,
    now: Duration,
) -> Option<Duration> {
    let mut walk = Walk::new(state, now);
    walk.reach(instance, service).ok()
}

impl Walk<'_> {
    fn reach(&mut self, instance: &Instance, service: &str) -> Result<Duration, Lost> {
        self.check_running(instance)?;
        let vpc = self.state.ec2.vpcs.get(&instance.vpc);
        let Some(vpc) = vpc.filter(|vpc| vpc.dns_support) else {
            return lost(&instance.vpc, "the VPC resolves no names");
        };
        // The name leads to the endpoint, whether that lets anybody in or not.
        match private_endpoint(&self.state.ec2, vpc, service, self.now) {
            Some(endpoint) => self.reach_endpoint(instance, endpoint),
            None => self.reach_outside(instance),
        }
    }

    /// One of its interfaces is enough.
    fn reach_endpoint(
        &mut self,
        instance: &Instance,
        endpoint: &Endpoint,
    ) -> Result<Duration, Lost> {
        let mut result = lost(endpoint.id(), "the endpoint has no interface");
        for spot in endpoint.spots() {
            let reached = self.reach_spot(instance, endpoint, spot);
            result = reached.map(|()| endpoint.life().ready);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn reach_spot(
        &mut self,
        instance: &Instance,
        endpoint: &Endpoint,
        spot: &Spot,
    ) -> Result<(), Lost> {
        let packet = sent(instance, IpAddr::V4(spot.address), HTTPS)?;
        self.check_group(instance, &packet, true)?;
        self.pass_acls(&instance.subnet, &spot.subnet, &packet)?;
        self.check_groups(endpoint.groups(), endpoint.id(), &packet, false)?;
        match packet.answer() {
            Some(answer) => self.pass_acls(&spot.subnet, &instance.subnet, &answer),
            None => Ok(()),
        }
    }

    /// Out of a subnet and into another.
    fn pass_acls(&mut self, from: &str, to: &str, packet: &Packet) -> Result<(), Lost> {
        if from == to {
            return Ok(());
        }
        self.check_acl(from, packet, true)?;
        Ok(self.check_acl(to, packet, false)?)
    }

    fn reach_outside(&mut self, instance: &Instance) -> Result<Duration, Lost> {
        let packet = sent(instance, PUBLIC, HTTPS)?;
        self.check_group(instance, &packet, true)?;
        self.check_acl(&instance.subnet, &packet, true)?;
        if let Some(answer) = packet.answer() {
            self.check_acl(&instance.subnet, &answer, false)?;
        }
        let gateway = self.gateway(&instance.subnet)?;
        if let Some(nat) = self.state.ec2.nat_gateways.get(&gateway) {
            return self.reach_over(nat, &instance.subnet, &packet);
        }
        if instance.public_address(self.now).is_none() {
            return lost(instance.id(), "the instance has no public address");
        }
        self.check_outside(&gateway)?;
        Ok(Duration::ZERO)
    }

    /// Over a NAT gateway, which has its own way out.
    fn reach_over(
        &mut self,
        nat: &NatGateway,
        from: &str,
        packet: &Packet,
    ) -> Result<Duration, Lost> {
        if nat.state(self.now) != "available" || nat.allocation.is_none() {
            return lost(nat.id(), "the NAT gateway leads nowhere");
        }
        self.pass_acls(from, &nat.subnet, packet)?;
        let onward = Packet {
            source: IpAddr::V4(nat.address),
            ..*packet
        };
        self.check_acl(&nat.subnet, &onward, true)?;
        let gateway = self.gateway(&nat.subnet)?;
        self.check_outside(&gateway)?;
        Ok(nat.life().ready)
    }

    /// The gateway to which a subnet's route to public addresses leads.
    fn gateway(&self, subnet: &str) -> Result<String, Lost> {
        let ec2 = &self.state.ec2;
        let table = ec2.subnets.get(subnet);
        let table = table.and_then(|subnet: &Subnet| table_of(ec2, subnet));
        let route = table.and_then(|table| deciding_route(ec2, table, PUBLIC, self.now));
        match route.map(|route| route.target) {
            Some(target @ Target::Gateway(_)) if !target.works(ec2, self.now) => {
                lost(subnet, "the target of the route is gone (black hole)")
            }
            Some(Target::Gateway(id)) => Ok(id),
            _ => lost(subnet, "the subnet has no way out"),
        }
    }

    fn check_outside(&self, gateway: &str) -> Result<(), Lost> {
        match self.state.ec2.internet_gateways.get(gateway) {
            Some(_) => Ok(()),
            None => lost(gateway, "the gateway does not lead to public addresses"),
        }
    }
}
