//! Hubs at the edge of private lines: what may join them, and where they send packets.

use std::net::IpAddr;

use ipnet::IpNet;

use super::item::is_at;
use super::options::Line;
use super::peering_check::{check_owner, network_end, spelled};
use super::world::{World, absent, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{HubId, NetworkId, Place};
use crate::traits::{
    Endpoint, HubRecord, HubScope, NetworkRecord, PeeringRecord, Phase, RequestPeering,
};

impl World {
    pub(super) fn is_edge(&self, id: &HubId) -> bool {
        self.get::<HubRecord>(id)
            .is_some_and(|hub| matches!(hub.record.scope, HubScope::Edge { .. }))
    }

    /// The border router that an endpoint names, seen from any place.
    pub(super) fn line_at(&self, end: &Endpoint) -> Result<&Line> {
        let lines = &self.options.border_routers;
        lines
            .iter()
            .find(|line| line.id.as_str() == end.id() && is_at(end, &line.place))
            .ok_or_else(|| {
                let message = format!("there is no border router {}", spelled(end));
                Error::new(ErrorKind::NotFound, message)
            })
    }

    pub(super) fn check_edge_attachment(
        &self,
        place: &Place,
        request: &RequestPeering,
        id: &HubId,
    ) -> Result<(Endpoint, Endpoint)> {
        check_owner(place, &request.accepter, "hub")?;
        let hub = self
            .get::<HubRecord>(id)
            .filter(|hub| hub.record.account == place.account && self.is_edge(id))
            .ok_or_else(|| absent::<HubRecord>(id, &place.account))?;
        if !request.subnets.is_empty() {
            return Err(invalid("a hub at the edge has no interface in subnets"));
        }
        let member = self.check_edge_member(request)?;
        self.check_grant_of(member.clone(), id, &hub.record.account)?;
        self.check_ready(hub)?;
        Ok((member, request.accepter.clone()))
    }

    fn check_edge_member(&self, request: &RequestPeering) -> Result<Endpoint> {
        let member = &request.requester;
        if let Endpoint::BorderRouter { id, .. } = member {
            self.line_at(member)?;
            if !request.prefixes.is_empty() {
                return Err(invalid("lines learn the ranges of networks only"));
            }
            let elsewhere = (self.peerings_at(id.as_str()))
                .find(|p| p.record.accepter.id() != request.accepter.id());
            return match elsewhere {
                None => Ok(member.clone()),
                Some(known) => {
                    let message = format!("{id} is attached by {} already", known.record.id);
                    Err(Error::new(ErrorKind::AlreadyExists, message))
                }
            };
        }
        let network = self.network_at(member)?;
        self.check_ready(network)?;
        let inside = |prefix: &IpNet| network.record.ranges.iter().any(|r| r.contains(prefix));
        match request.prefixes.iter().find(|prefix| !inside(prefix)) {
            Some(prefix) => Err(invalid(format!(
                "{prefix} is not a range of {}",
                network.record.id
            ))),
            None => Ok(network_end(&network.record)),
        }
    }

    /// Whether a packet of a network's address that arrives at a hub at the edge gets its answer from behind a line: a
    /// line must lead to the host, and have learned the way back.
    pub(super) fn line_answers(
        &self,
        hub: &HubId,
        entry: &PeeringRecord,
        from: &IpAddr,
        to: &IpAddr,
    ) -> bool {
        let Endpoint::Network { id, .. } = &entry.requester else {
            return false;
        };
        let answered = self.attached_to(hub).any(|peering| {
            self.line_at(&peering.requester).is_ok_and(|line| {
                line.ranges.iter().any(|range| range.contains(to)) && line.hosts.contains(to)
            })
        });
        answered && self.way_back(hub, from) == Some(id)
    }

    /// The network to which lines send packets for an address: that which advertises the narrowest range with it.
    fn way_back<'a>(&'a self, hub: &'a HubId, to: &IpAddr) -> Option<&'a NetworkId> {
        let ways = self.attached_to(hub).filter_map(|peering| {
            let Endpoint::Network { id, .. } = &peering.requester else {
                return None;
            };
            let ranges = match peering.prefixes.is_empty() {
                true => &self.get::<NetworkRecord>(id)?.record.ranges,
                false => &peering.prefixes,
            };
            let narrowest = ranges
                .iter()
                .filter(|range| range.contains(to))
                .map(IpNet::prefix_len)
                .max()?;
            Some((narrowest, id))
        });
        ways.max_by_key(|(narrowest, _)| *narrowest)
            .map(|(_, id)| id)
    }

    fn attached_to<'a>(&'a self, hub: &'a HubId) -> impl Iterator<Item = &'a PeeringRecord> {
        self.peerings_at(hub.as_str())
            .filter(|entry| entry.life.phase(self.now) == Phase::Ready)
            .map(|entry| &entry.record)
    }
}
