//! The data plane: walks a packet, hop by hop, over the state that the calls produced.

mod express_connect;
mod peering;

use std::net::Ipv4Addr;
use std::time::Duration;

use super::cbn::{Attachment, Link, associated_table, lookup};
use super::ecs::{Instance, Side, allows};
use super::state::State;
use super::vpc::{Effective, Route, effective_routes};
use crate::table::{Object, Phase};
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
        hops: Vec::new(),
    };
    let walked = walk.there_and_back(source, destination, protocol);
    Verdict::of(walked, walk.hops)
}

/// Where routes lead.
enum Arrival {
    Vpc(String),
    Behind(express_connect::Behind),
}

struct Walk<'a> {
    state: &'a State,
    now: Duration,
    hops: Vec<String>,
}

/// Routers pass a packet on at most this often.
const TIME_TO_LIVE: usize = 16;

impl<'a> Walk<'a> {
    fn there_and_back(
        &mut self,
        source: &str,
        destination: Ipv4Addr,
        protocol: Protocol,
    ) -> Result<(), Lost> {
        let Some(source) = self.state.ecs.instances.get(source) else {
            return lost(source, "no such instance");
        };
        self.check_running(source)?;
        if source.is_classic() {
            return lost(&source.base.id, "the instance is in the classic network");
        }
        self.hops.push(format!("instance {}", source.base.id));
        let reached = match self.travel(source, destination)? {
            Arrival::Vpc(vpc) => vpc,
            Arrival::Behind(place) => {
                return self.visit_host(source, &place, destination, protocol);
            }
        };
        let Some(target) = self.instance_at(&reached, destination) else {
            return lost(
                format!("vpc {reached}"),
                format!("no instance has the address {destination}"),
            );
        };
        self.check_running(target)?;
        self.check_groups(source, target, destination, protocol)?;
        self.hops.push(format!("instance {}", target.base.id));
        // Groups are stateful: they let the reply pass. Routes are not.
        let back = self
            .travel(target, source.address)
            .map_err(Lost::on_the_way_back)?;
        let element = match back {
            Arrival::Vpc(vpc) if vpc == source.vpc => {
                self.hops.push(format!("instance {}", source.base.id));
                return Ok(());
            }
            Arrival::Vpc(vpc) => format!("vpc {vpc}"),
            Arrival::Behind(place) => place.border_router,
        };
        lost(
            element,
            "on the way back: the reply reached another network",
        )
    }

    fn check_running(&self, instance: &Instance) -> Result<(), Lost> {
        if instance.life().is_ready(self.now) {
            Ok(())
        } else {
            lost(&instance.base.id, "the instance is not running")
        }
    }

    fn check_groups(
        &self,
        source: &'a Instance,
        target: &'a Instance,
        destination: Ipv4Addr,
        protocol: Protocol,
    ) -> Result<(), Lost> {
        let egress = Side {
            instance: source,
            other: Some(target),
            other_address: destination,
            is_egress: true,
        };
        if !allows(&self.state.ecs, &egress, protocol) {
            let reason =
                format!("the source's security groups do not allow {protocol:?} to {destination}");
            return lost(source.groups.join(","), reason);
        }
        let ingress = Side {
            instance: target,
            other: Some(source),
            other_address: source.address,
            is_egress: false,
        };
        if !allows(&self.state.ecs, &ingress, protocol) {
            let reason = format!(
                "the target's security groups do not allow {protocol:?} from {}",
                source.address
            );
            return lost(target.groups.join(","), reason);
        }
        Ok(())
    }

    fn instance_at(&self, vpc: &str, address: Ipv4Addr) -> Option<&'a Instance> {
        self.state.ecs.instances.iter().find(|instance| {
            instance.vpc == vpc
                && instance.address == address
                && instance.life().phase(self.now) != Phase::Gone
        })
    }

    /// Follows routes from an instance to the place that has the destination.
    fn travel(&mut self, from: &Instance, destination: Ipv4Addr) -> Result<Arrival, Lost> {
        let vpc = &self.state.vpc;
        let table = vpc
            .vswitches
            .get(&from.vswitch)
            .and_then(|vswitch| vpc.tables.get(&vswitch.table));
        let Some(table) = table else {
            return lost(&from.vswitch, "the vSwitch is gone");
        };
        let usable = |route: &Effective| match route {
            Effective::Custom(route) => route.life().is_ready(self.now),
            _ => true,
        };
        let route = effective_routes(self.state, table, self.now)
            .into_iter()
            .filter(|route| route.destination().contains(&destination) && usable(route))
            .max_by_key(|route| route.destination().prefix_len());
        self.hops.push(format!("route-table {}", table.base.id));
        match route {
            Some(Effective::Local { vswitch, .. }) => {
                self.hops.push(format!("vswitch {vswitch}"));
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

    /// To the next hop of a route that the user made.
    fn follow(&mut self, route: &Route, destination: Ipv4Addr) -> Result<Arrival, Lost> {
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
            _ => lost(
                &route.table,
                format!("the next hop of {} leads nowhere", route.destination),
            ),
        }
    }

    /// From a VPC over its attachment through transit routers to another VPC.
    fn enter_hub(&mut self, attachment: &str, destination: Ipv4Addr) -> Result<String, Lost> {
        let mut attachment = self.attachment(attachment)?;
        let mut router = attachment.router.as_str();
        self.hops.push(format!("attachment {}", attachment.base.id));
        for _ in 0..TIME_TO_LIVE {
            attachment = self.pass_router(attachment, router, destination)?;
            match &attachment.link {
                Link::Vpc { vpc, .. } => {
                    self.hops.push(format!("attachment {}", attachment.base.id));
                    return self.leave_hub(vpc, destination);
                }
                Link::Peer { .. } => {
                    self.hops.push(format!("peer {}", attachment.base.id));
                    router = attachment.other_router(router).unwrap_or_default();
                }
            }
        }
        lost(router, "the packet went in circles")
    }

    fn attachment(&self, id: &str) -> Result<&'a Attachment, Lost> {
        match self.state.cbn.attachments.get(id) {
            Some(attachment) if attachment.carries(self.now) => Ok(attachment),
            Some(_) => lost(id, "the attachment is not attached"),
            None => lost(id, "the attachment does not exist (black hole)"),
        }
    }

    /// What a router does with a packet that came in over an attachment.
    fn pass_router(
        &mut self,
        came: &Attachment,
        router: &str,
        destination: Ipv4Addr,
    ) -> Result<&'a Attachment, Lost> {
        let Some(table) = associated_table(self.state, &came.base.id, router, self.now) else {
            return lost(
                &came.base.id,
                format!("the attachment is not associated with a route table of {router}"),
            );
        };
        self.hops
            .push(format!("transit-router {router} table {table}"));
        match lookup(self.state, &table, destination, self.now) {
            None => lost(
                &table,
                format!("no route to {destination} in the transit router's table"),
            ),
            Some(route) => match route.hop {
                None => lost(&table, format!("{} is a black hole", route.destination)),
                Some(hop) if hop == came.base.id => {
                    lost(&table, "the route leads back where the packet came from")
                }
                Some(hop) => self.attachment(&hop),
            },
        }
    }

    /// The VPC takes the packet if one of its vSwitches has the address.
    fn leave_hub(&mut self, vpc: &str, destination: Ipv4Addr) -> Result<String, Lost> {
        let mut vswitches = self
            .state
            .vpc
            .vswitches
            .iter()
            .filter(|vswitch| vswitch.vpc == vpc);
        match vswitches.find(|vswitch| vswitch.cidr.contains(&destination)) {
            Some(vswitch) => {
                self.hops.push(format!("vswitch {}", vswitch.base.id));
                Ok(vpc.to_owned())
            }
            None => lost(
                format!("vpc {vpc}"),
                format!("no vSwitch has {destination}"),
            ),
        }
    }
}
