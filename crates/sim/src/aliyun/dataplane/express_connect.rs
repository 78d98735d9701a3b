//! Through express connect routers: to other VPCs, and to hosts behind border routers.

use std::net::IpAddr;

use super::{Arrival, Hop, Stop, Walk};
use crate::aliyun::ecr::{Exit, exit};
use crate::aliyun::ecs::Instance;
use crate::aliyun::vpc::BorderRouter;
use crate::packet::{Packet, Protocol};
use crate::table::Object;
use crate::verdict::{Lost, lost};

/// A place behind a border router.
pub(super) struct Behind {
    router: String,
    pub(super) border_router: String,
}

impl<'a> Walk<'a> {
    /// From a VPC over its association.
    pub(super) fn enter_express_connect(
        &mut self,
        association: &str,
        destination: IpAddr,
    ) -> Result<Arrival, Lost> {
        let Some(known) = self.state.ecr.associations.get(association) else {
            return lost(association, "the association does not exist (black hole)");
        };
        if !known.life().is_ready(self.now) {
            return lost(association, "the association is not active");
        }
        self.hops.push(Hop::new("association", association));
        match self.express_connect(&known.router, destination)? {
            Exit::Association(other) if other.base.id == known.base.id => lost(
                &known.router,
                "the router's route leads back where the packet came from",
            ),
            Exit::Association(other) => {
                self.hops.push(Hop::new("association", &other.base.id));
                self.leave_hub(&other.vpc, destination).map(Arrival::Vpc)
            }
            Exit::Child(child) => {
                self.hops.push(Hop::new("border-router", &child.instance));
                Ok(Arrival::Behind(Behind {
                    router: known.router.clone(),
                    border_router: child.instance.clone(),
                }))
            }
        }
    }

    fn express_connect(&mut self, router: &str, destination: IpAddr) -> Result<Exit<'a>, Lost> {
        self.hops.push(Hop::new("express-connect-router", router));
        match exit(self.state, router, destination, self.now) {
            None => lost(
                router,
                format!("the express connect router knows no way to {destination}"),
            ),
            Some(exit) if exit.is_active(self.now) => Ok(exit),
            Some(Exit::Association(association)) => {
                lost(&association.base.id, "the association is not active")
            }
            Some(Exit::Child(child)) => lost(
                &child.instance,
                "the border router is not active on its router",
            ),
        }
    }

    /// The last piece to a host, and the way back of its answer.
    pub(super) fn visit_host(
        &mut self,
        source: &'a Instance,
        place: &Behind,
        packet: &Packet,
    ) -> Result<(), Stop> {
        let destination = packet.destination;
        let known = self.state.vpc.border_routers.get(&place.border_router);
        let has_host = |known: &BorderRouter| {
            known
                .hosts
                .iter()
                .any(|host| IpAddr::V4(*host) == destination)
        };
        if !known.is_some_and(has_host) {
            let reason = format!("no host behind the border router has the address {destination}");
            return Ok(lost(&place.border_router, reason)?);
        }
        let Some(answer) = packet
            .answer()
            .filter(|_| packet.protocol == Protocol::ECHO)
        else {
            let reason = "the host answers echo requests only";
            return Ok(lost(destination.to_string(), reason)?);
        };
        self.hops.push(Hop::new("host", destination.to_string()));
        self.turned = Some(self.hops.len());
        self.return_from(source, place, &answer)
            .map_err(Stop::on_the_way_back)
    }

    /// The border router has one way back: the router it is on.
    fn return_from(
        &mut self,
        source: &Instance,
        place: &Behind,
        answer: &Packet,
    ) -> Result<(), Stop> {
        self.hops
            .push(Hop::new("border-router", &place.border_router));
        match self.express_connect(&place.router, answer.destination)? {
            Exit::Association(association) if association.vpc == source.vpc => {
                self.enter_vswitch(&source.vswitch, answer)?;
                self.hops
                    .push(Hop::new("association", &association.base.id));
                self.hops.push(Hop::new("instance", &source.base.id));
                Ok(())
            }
            Exit::Association(association) => {
                let reason = "the reply reached another network";
                Ok(lost(&association.base.id, reason)?)
            }
            Exit::Child(child) => {
                let reason = "the reply reached another border router";
                Ok(lost(&child.instance, reason)?)
            }
        }
    }
}
