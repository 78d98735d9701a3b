//! The data plane: walks a packet, and the answer to it, over the state that the calls produced.

mod acls;
mod groups;
mod routes;
mod services;

use std::net::IpAddr;
use std::time::Duration;

pub(crate) use services::reaches_service;

use super::ec2::Instance;
use super::state::State;
use crate::packet::{Packet, Protocol};
use crate::verdict::{Lost, Verdict, lost};

/// The instances that a source of packets means: by their id, their interface's, or an address of theirs.
pub(crate) fn senders(state: &State, source: &str, now: Duration) -> Vec<String> {
    let address: Option<IpAddr> = source.parse().ok();
    let is_meant = |instance: &&Instance| {
        instance.base.id == source
            || instance.interface == source
            || address.is_some_and(|address| instance.has_address_now(address, now))
    };
    let meant = state.ec2.instances.iter().filter(is_meant);
    meant.map(|instance| instance.base.id.clone()).collect()
}

/// The fate of a packet from an instance and of the answer to it.
pub(crate) fn packet(
    state: &State,
    source: &str,
    destination: IpAddr,
    protocol: Protocol,
    now: Duration,
) -> Verdict {
    let journey = travelled(state, source, destination, protocol, now);
    Verdict::of(journey.walked, journey.hops)
}

/// A packet and the answer to it, as far as they came.
pub(crate) struct Journey {
    pub(crate) walked: Result<(), Lost>,
    pub(crate) hops: Vec<String>,
    /// The instance at which the packet arrived.
    pub(crate) receiver: Option<String>,
}

/// The same, with what was seen on the way.
pub(crate) fn travelled(
    state: &State,
    source: &str,
    destination: IpAddr,
    protocol: Protocol,
    now: Duration,
) -> Journey {
    let mut walk = Walk::new(state, now);
    let walked = walk.there_and_back(source, destination, protocol);
    Journey {
        walked,
        hops: walk.hops,
        receiver: walk.receiver,
    }
}

struct Walk<'a> {
    state: &'a State,
    now: Duration,
    hops: Vec<String>,
    receiver: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(state: &'a State, now: Duration) -> Self {
        Self {
            state,
            now,
            hops: Vec::new(),
            receiver: None,
        }
    }

    fn there_and_back(
        &mut self,
        source: &str,
        destination: IpAddr,
        protocol: Protocol,
    ) -> Result<(), Lost> {
        let Some(source) = self.state.ec2.instances.get(source) else {
            return lost(source, "no such instance");
        };
        self.check_running(source)?;
        let packet = sent(source, destination, protocol)?;
        self.check_group(source, &packet, true)?;
        let target = self.travel(source, &packet)?;
        self.check_running(target)?;
        self.check_group(target, &packet, false)?;
        self.receiver = Some(target.base.id.clone());
        let back = match packet.answer() {
            // Groups are stateful: they let the answer pass. ACLs and routes are not.
            Some(answer) => self
                .travel(target, &answer)
                .map_err(Lost::on_the_way_back)?,
            None => target,
        };
        if packet.answer().is_some() && back.base.id != source.base.id {
            return lost(
                &back.base.id,
                "on the way back: the reply reached another instance",
            );
        }
        self.hops.push(format!("instance {}", back.base.id));
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
    fn travel(&mut self, from: &Instance, packet: &Packet) -> Result<&'a Instance, Lost> {
        self.hops.push(format!("instance {}", from.base.id));
        // A network ACL filters at the border of a subnet only.
        let subnet = self.state.ec2.subnets.get(&from.subnet);
        if !subnet.is_some_and(|subnet| subnet.contains(packet.destination)) {
            self.check_acl(&from.subnet, packet, true)?;
        }
        let vpc = self.route(from, packet.destination)?;
        let Some(target) = self.instance_at(&vpc, packet.destination) else {
            return lost(
                format!("vpc {vpc}"),
                format!("no instance has the address {}", packet.destination),
            );
        };
        if target.subnet != from.subnet {
            self.check_acl(&target.subnet, packet, false)?;
        }
        Ok(target)
    }

    fn instance_at(&self, vpc: &str, address: IpAddr) -> Option<&'a Instance> {
        let here = |instance: &&Instance| {
            instance.vpc == vpc && instance.has_address_now(address, self.now)
        };
        self.state.ec2.instances.iter().find(here)
    }
}

/// The packet as it leaves an instance: with the instance's address of the destination's family.
fn sent(source: &Instance, destination: IpAddr, protocol: Protocol) -> Result<Packet, Lost> {
    let mut own = source.all_addresses();
    match own.find(|own| own.is_ipv4() == destination.is_ipv4()) {
        Some(source) => Ok(Packet {
            source,
            destination,
            protocol,
        }),
        None => lost(
            &source.base.id,
            format!("the instance has no address of the family of {destination}"),
        ),
    }
}
