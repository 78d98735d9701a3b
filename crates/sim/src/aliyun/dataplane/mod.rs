//! The data plane: walks a packet, hop by hop, over the state that the calls produced.

mod acls;
mod express_connect;
mod groups;
mod hubs;
mod peering;
mod trace;

use std::net::IpAddr;
use std::time::Duration;

pub(crate) use trace::{Cause, Hop, Seen, Stop};

use super::ecs::Instance;
use super::state::State;
use super::vpc::{Effective, Route, deciding_route};
use crate::packet::{Packet, Protocol};
use crate::table::{Object, Phase};
use crate::verdict::{Lost, Verdict, lost};

/// The instances that a source of packets means: by their id, their interface's, or an address of theirs.
pub(crate) fn senders(state: &State, source: &str, now: Duration) -> Vec<String> {
    let address: Option<IpAddr> = source.parse().ok();
    let is_meant = |instance: &&Instance| {
        instance.base.id == source
            || (instance.interface == source && !source.is_empty())
            || address.is_some_and(|address| has_address(instance, address, now))
    };
    let meant = state.ecs.instances.iter().filter(is_meant);
    meant.map(|instance| instance.base.id.clone()).collect()
}

fn has_address(instance: &Instance, address: IpAddr, now: Duration) -> bool {
    instance.life().phase(now) != Phase::Gone && instance.addresses().any(|own| own == address)
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
    let told = journey.hops.iter().map(Hop::to_string).collect();
    Verdict::of(journey.walked.map_err(Lost::from), told)
}

/// A packet and the answer to it, as far as they came.
pub(crate) struct Journey {
    pub(crate) walked: Result<(), Stop>,
    pub(crate) hops: Vec<Hop>,
    /// How many of the hops are those of the packet; the others are those of the answer.
    pub(crate) turned: usize,
    pub(crate) seen: Vec<Seen>,
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
    let turned = walk.turned.unwrap_or(walk.hops.len());
    Journey {
        walked,
        turned,
        hops: walk.hops,
        seen: walk.seen,
        receiver: walk.receiver,
    }
}

/// Where routes lead.
enum Arrival {
    Vpc(String),
    Behind(express_connect::Behind),
}

struct Walk<'a> {
    state: &'a State,
    now: Duration,
    hops: Vec<Hop>,
    /// How many hops there were when the answer set out.
    turned: Option<usize>,
    seen: Vec<Seen>,
    receiver: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(state: &'a State, now: Duration) -> Self {
        Self {
            state,
            now,
            hops: Vec::new(),
            turned: None,
            seen: Vec::new(),
            receiver: None,
        }
    }

    fn there_and_back(
        &mut self,
        source: &str,
        destination: IpAddr,
        protocol: Protocol,
    ) -> Result<(), Stop> {
        let down = || Stop::of(Cause::Down);
        let Some(source) = self.state.ecs.instances.get(source) else {
            return lost(source, "no such instance").map_err(down());
        };
        self.check_running(source).map_err(down())?;
        if source.is_classic() {
            let reason = "the instance is in the classic network";
            return lost(&source.base.id, reason).map_err(down());
        }
        let packet = sent(source, destination, protocol).map_err(down())?;
        self.hops.push(Hop::new("instance", &source.base.id));
        self.check_egress(source, &packet)?;
        self.leave_vswitch(&source.vswitch, &packet)?;
        let reached = match self.travel(source, destination)? {
            Arrival::Vpc(vpc) => vpc,
            Arrival::Behind(place) => return self.visit_host(source, &place, &packet),
        };
        let Some(target) = self.instance_at(&reached, destination) else {
            let reason = format!("no instance has the address {destination}");
            return Ok(lost(format!("vpc {reached}"), reason)?);
        };
        self.check_running(target).map_err(down())?;
        self.enter_vswitch(&target.vswitch, &packet)?;
        self.check_ingress(target, &packet)?;
        self.hops.push(Hop::new("instance", &target.base.id));
        self.receiver = Some(target.base.id.clone());
        self.turned = Some(self.hops.len());
        match packet.answer() {
            Some(answer) => self
                .come_back(source, target, &answer)
                .map_err(Stop::on_the_way_back),
            None => Ok(()),
        }
    }

    /// Groups are stateful: they let the answer pass. Routes are not.
    fn come_back(
        &mut self,
        source: &Instance,
        target: &Instance,
        answer: &Packet,
    ) -> Result<(), Stop> {
        self.leave_vswitch(&target.vswitch, answer)?;
        let element = match self.travel(target, answer.destination)? {
            Arrival::Vpc(vpc) if vpc == source.vpc => {
                self.enter_vswitch(&source.vswitch, answer)?;
                self.hops.push(Hop::new("instance", &source.base.id));
                return Ok(());
            }
            Arrival::Vpc(vpc) => format!("vpc {vpc}"),
            Arrival::Behind(place) => place.border_router,
        };
        Ok(lost(element, "the reply reached another network")?)
    }

    fn check_running(&self, instance: &Instance) -> Result<(), Lost> {
        if instance.is_running(self.now) {
            Ok(())
        } else {
            lost(&instance.base.id, "the instance is not running")
        }
    }

    fn instance_at(&self, vpc: &str, address: IpAddr) -> Option<&'a Instance> {
        let here =
            |instance: &&Instance| instance.vpc == vpc && has_address(instance, address, self.now);
        self.state.ecs.instances.iter().find(here)
    }

    /// Follows routes from an instance to the place that has the destination.
    fn travel(&mut self, from: &Instance, destination: IpAddr) -> Result<Arrival, Lost> {
        let vpc = &self.state.vpc;
        let table = vpc
            .vswitches
            .get(&from.vswitch)
            .and_then(|vswitch| vpc.tables.get(&vswitch.table));
        let Some(table) = table else {
            return lost(&from.vswitch, "the vSwitch is gone");
        };
        self.hops.push(Hop::new("route-table", &table.base.id));
        let route = deciding_route(self.state, table, destination, self.now);
        if let Some(route) = &route {
            self.note_route(&table.base.id, route);
        }
        match route {
            Some(Effective::Local { vswitch, .. }) => {
                self.hops.push(Hop::new("vswitch", vswitch));
                Ok(Arrival::Vpc(table.vpc.clone()))
            }
            Some(Effective::Learned { attachment, .. }) => {
                self.enter_hub(&attachment, destination).map(Arrival::Vpc)
            }
            Some(Effective::Custom(route)) => self.follow(&route, destination),
            Some(Effective::Service { .. }) => lost(
                &table.base.id,
                "the destination belongs to the cloud itself",
            ),
            None => lost(&table.base.id, format!("no route to {destination}")),
        }
    }

    fn note_route(&mut self, table: &str, route: &Effective) {
        let hop = match route {
            Effective::Local { vswitch, .. } => vswitch.as_str(),
            Effective::Learned { attachment, .. } => attachment.as_str(),
            Effective::Custom(route) => route.hops.first().map_or("", |hop| hop.id.as_str()),
            Effective::Service { .. } => "service",
        };
        self.seen.push(Seen::Route {
            table: table.to_owned(),
            destination: route.destination().to_string(),
            hop: hop.to_owned(),
            is_back: self.turned.is_some(),
        });
    }

    /// To the next hop of a route that the user made.
    fn follow(&mut self, route: &Route, destination: IpAddr) -> Result<Arrival, Lost> {
        if route.life().phase(self.now) == Phase::Creating {
            return lost(
                &route.table,
                format!("the route to {} is still being created", route.destination),
            );
        }
        let (kind, id) = route
            .hops
            .first()
            .map_or(("", ""), |hop| (hop.kind.as_str(), hop.id.as_str()));
        match kind {
            "Attachment" => self.enter_hub(id, destination).map(Arrival::Vpc),
            "Ecr" => self.enter_express_connect(id, destination),
            "VpcPeer" => self
                .cross_peering(id, &route.vpc, destination)
                .map(Arrival::Vpc),
            "NatGateway" | "Ipv4Gateway" | "GatewayEndpoint" if self.state.vpc.is_outside(id) => {
                lost(id, "the gateway leads out of the simulated world")
            }
            _ => lost(id, "the simulator walks no packet through this next hop"),
        }
    }
}

/// The packet as it leaves an instance: with the instance's address of the destination's family.
fn sent(source: &Instance, destination: IpAddr, protocol: Protocol) -> Result<Packet, Lost> {
    let mut own = source.addresses();
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
