//! The data plane: walks a packet, and the answer to it, over the state that the calls produced.

mod acls;
mod groups;
mod routes;
mod services;
mod trace;

use std::net::IpAddr;
use std::time::Duration;

pub(crate) use services::reaches_service;
pub(crate) use trace::{Cause, Hop, Stop};

use super::ec2::Instance;
use super::state::State;
use crate::packet::{Packet, Protocol};
use crate::verdict::{Lost, Verdict};
use trace::stop;

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
    let told = journey.hops.iter().filter_map(Hop::told).collect();
    Verdict::of(journey.walked.map_err(Lost::from), told)
}

/// A packet and the answer to it, as far as they came.
pub(crate) struct Journey {
    pub(crate) walked: Result<(), Stop>,
    pub(crate) hops: Vec<Hop>,
    /// How many of the hops are those of the packet; the others are those of the answer.
    pub(crate) turned: usize,
    /// The instance at which the packet arrived.
    pub(crate) receiver: Option<String>,
    /// What would have stopped it: the filters that were passed all the same, if that was asked for.
    pub(crate) passed_over: Vec<Stop>,
}

/// What becomes of a packet with the source's address of the destination's family, and what was seen on the way.
pub(crate) fn travelled(
    state: &State,
    source: &str,
    destination: IpAddr,
    protocol: Protocol,
    now: Duration,
) -> Journey {
    let mut walk = Walk::new(state, now);
    let packet = walk.instance(source);
    let packet = packet.and_then(|source| sent(source, destination, protocol));
    let walked = packet.and_then(|packet| walk.there_and_back(source, packet));
    walk.journey(walked)
}

/// The same for any packet. Filters are noted and passed over, so that all of them are found.
pub(crate) fn examined(state: &State, source: &str, packet: Packet, now: Duration) -> Journey {
    let mut walk = Walk::new(state, now);
    walk.passes_over = true;
    let walked = walk.there_and_back(source, packet);
    walk.journey(walked)
}

struct Walk<'a> {
    state: &'a State,
    now: Duration,
    hops: Vec<Hop>,
    turned: Option<usize>,
    receiver: Option<String>,
    passes_over: bool,
    passed_over: Vec<Stop>,
}

impl<'a> Walk<'a> {
    fn new(state: &'a State, now: Duration) -> Self {
        Self {
            state,
            now,
            hops: Vec::new(),
            turned: None,
            receiver: None,
            passes_over: false,
            passed_over: Vec::new(),
        }
    }

    fn journey(self, walked: Result<(), Stop>) -> Journey {
        Journey {
            walked,
            turned: self.turned.unwrap_or(self.hops.len()),
            hops: self.hops,
            receiver: self.receiver,
            passed_over: self.passed_over,
        }
    }

    fn instance(&self, id: &str) -> Result<&'a Instance, Stop> {
        match self.state.ec2.instances.get(id) {
            Some(instance) => Ok(instance),
            None => stop(id, "no such instance", Cause::Other),
        }
    }

    fn there_and_back(&mut self, source: &str, packet: Packet) -> Result<(), Stop> {
        let source = self.instance(source)?;
        self.check_running(source)?;
        self.hops.push(Hop::Instance(source.base.id.clone()));
        let checked = self.check_group(source, &packet, true);
        self.filtered(checked)?;
        let target = self.travel(source, &packet)?;
        self.check_running(target)?;
        let checked = self.check_group(target, &packet, false);
        self.filtered(checked)?;
        self.receiver = Some(target.base.id.clone());
        self.hops.push(Hop::Instance(target.base.id.clone()));
        self.turned = Some(self.hops.len());
        // Groups are stateful: they let the answer pass. ACLs and routes are not.
        let Some(answer) = packet.answer() else {
            return Ok(());
        };
        self.come_back(source, target, &answer)
            .map_err(Stop::on_the_way_back)
    }

    fn come_back(
        &mut self,
        source: &Instance,
        target: &Instance,
        answer: &Packet,
    ) -> Result<(), Stop> {
        let back = self.travel(target, answer)?;
        if back.base.id != source.base.id {
            let reason = "the reply reached another instance";
            return stop(&back.base.id, reason, Cause::OtherReceiver);
        }
        self.hops.push(Hop::Instance(back.base.id.clone()));
        Ok(())
    }

    /// What a filter says, unless filters are passed over.
    fn filtered(&mut self, checked: Result<(), Stop>) -> Result<(), Stop> {
        match checked {
            Err(stop) if self.passes_over => {
                self.passed_over.push(stop);
                Ok(())
            }
            checked => checked,
        }
    }

    fn check_running(&self, instance: &Instance) -> Result<(), Stop> {
        if instance.state(self.now).1 == "running" {
            return Ok(());
        }
        let id = &instance.base.id;
        stop(id, "the instance is not running", Cause::Down(id.clone()))
    }

    /// From an instance to the one that has the address.
    fn travel(&mut self, from: &Instance, packet: &Packet) -> Result<&'a Instance, Stop> {
        // A network ACL filters at the border of a subnet only.
        let subnet = self.state.ec2.subnets.get(&from.subnet);
        if !subnet.is_some_and(|subnet| subnet.contains(packet.destination)) {
            let checked = self.check_acl(&from.subnet, packet, true);
            self.filtered(checked)?;
        }
        let vpc = self.route(from, packet.destination)?;
        let Some(target) = self.instance_at(&vpc, packet.destination) else {
            let reason = format!("no instance has the address {}", packet.destination);
            return stop(format!("vpc {vpc}"), reason, Cause::NoReceiver);
        };
        if target.subnet != from.subnet {
            let checked = self.check_acl(&target.subnet, packet, false);
            self.filtered(checked)?;
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
fn sent(source: &Instance, destination: IpAddr, protocol: Protocol) -> Result<Packet, Stop> {
    let mut own = source.all_addresses();
    match own.find(|own| own.is_ipv4() == destination.is_ipv4()) {
        Some(source) => Ok(Packet {
            source,
            destination,
            protocol,
        }),
        None => stop(
            &source.base.id,
            format!("the instance has no address of the family of {destination}"),
            Cause::Other,
        ),
    }
}
