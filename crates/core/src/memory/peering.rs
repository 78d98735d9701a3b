use async_trait::async_trait;
use ipnet::IpNet;

use super::cloud::MemoryCloud;
use super::item::{Entry, is_at, joins_edge};
use super::life::Hold;
use super::world::{World, absent, check_unused, invalid, overlaps};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{InterfaceId, PeeringId, Place, SubnetId};
use crate::traits::{
    DnsAccess, Endpoint, Model, NetworkRecord, NextHop, Peering, PeeringKind, PeeringRecord,
    PeeringSelect, PeeringSide, Phase, RequestPeering, Status,
};

#[async_trait]
impl Peering for MemoryCloud {
    async fn request_peering(&self, request: &RequestPeering) -> Result<PeeringRecord> {
        let key = &request.label.owner.key;
        self.write("request_peering", key, |world, place| {
            world.request_peering(place, request)
        })
        .await
    }

    async fn accept_peering(&self, id: &PeeringId) -> Result<()> {
        self.write("accept_peering", id.as_str(), |world, place| {
            world.accept_peering(place, id)
        })
        .await
    }

    async fn allow_dns_resolution(
        &self,
        id: &PeeringId,
        side: PeeringSide,
        access: DnsAccess,
    ) -> Result<()> {
        self.write("allow_dns_resolution", id.as_str(), |world, place| {
            world.allow_dns_resolution(place, id, side, access)
        })
        .await
    }

    async fn list_peerings(&self, select: &PeeringSelect) -> Result<Vec<PeeringRecord>> {
        let mut peerings: Vec<PeeringRecord> = self
            .look(|world| world.list(&self.place, &crate::traits::Select::All))
            .await?;
        // As on real clouds, attachments at the edge are found through their hub only.
        peerings.retain(|p| select.matches(p) && (select.hub.is_some() || !joins_edge(p)));
        Ok(peerings)
    }

    async fn delete_peering(&self, id: &PeeringId, kind: PeeringKind) -> Result<()> {
        self.write("delete_peering", id.as_str(), |world, place| {
            world.delete_peering(place, id, kind)
        })
        .await
    }
}

impl World {
    /// The peerings with this network or hub at one end.
    pub(super) fn peerings_at<'a>(
        &'a self,
        end: &'a str,
    ) -> impl Iterator<Item = &'a Entry<PeeringRecord>> {
        self.shelf::<PeeringRecord>().iter().filter(move |entry| {
            entry.record.requester.id() == end || entry.record.accepter.id() == end
        })
    }

    /// The attachments that have an interface in a subnet.
    pub(super) fn interfaces_in<'a>(
        &'a self,
        subnet: &'a SubnetId,
    ) -> impl Iterator<Item = &'a Entry<PeeringRecord>> {
        self.shelf::<PeeringRecord>()
            .iter()
            .filter(move |entry| entry.record.subnets.iter().any(|(_, id)| id == subnet))
    }

    fn request_peering(
        &mut self,
        place: &Place,
        request: &RequestPeering,
    ) -> Result<PeeringRecord> {
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        let (requester, accepter) = self.check_request(place, request)?;
        let hold = self.hold(request.kind, &requester, &accepter);
        let life = self.birth().held(hold);
        // A peering of networks carries whatever they have, an attachment what it was asked to.
        let to_hub = matches!(accepter, Endpoint::Hub { .. });
        let is_attachment = request.kind == PeeringKind::Attachment && to_hub;
        let ipv6 = is_attachment.then_some(request.ipv6);
        // Attachments of border routers carry no tags.
        let owner = match requester {
            Endpoint::BorderRouter { .. } => None,
            _ => Some(label.owner.clone()),
        };
        let ranges = [&requester, &accepter].map(|end| match request.kind {
            PeeringKind::NetworkToNetwork => self.ipv4_ranges_of(end),
            _ => Vec::new(),
        });
        let [requester_ranges, accepter_ranges] = ranges;
        Ok(self.admit(place, &label.token, life, |id: PeeringId| {
            let subnets = request.subnets.iter();
            let interfaces = subnets
                .map(|(_, subnet)| interface_of(&id, subnet))
                .collect();
            PeeringRecord::new(
                id,
                request.kind,
                requester,
                accepter,
                Status::new(Phase::Pending, ""),
            )
            .with_name(label.name.clone())
            .with_requester_ranges(requester_ranges)
            .with_accepter_ranges(accepter_ranges)
            .with_subnets(request.subnets.clone())
            .with_interfaces(interfaces)
            .with_prefixes(request.prefixes.clone())
            .with_ipv6(ipv6)
            .with_grant(request.grant)
            .with_owner(owner)
        }))
    }

    fn ipv4_ranges_of(&self, end: &Endpoint) -> Vec<IpNet> {
        let network = self.network_at(end).ok();
        let ranges = network.into_iter().flat_map(|entry| &entry.record.ranges);
        ranges
            .filter(|range| range.addr().is_ipv4())
            .copied()
            .collect()
    }

    /// What a new peering waits for.
    fn hold(&self, kind: PeeringKind, left: &Endpoint, right: &Endpoint) -> Option<Hold> {
        if kind != PeeringKind::NetworkToNetwork {
            return None;
        }
        Some(match self.mismatch(left, right) {
            Some(reason) => Hold::Failed(reason),
            None => Hold::Acceptance,
        })
    }

    /// Why two networks cannot be peered, which the cloud finds out after it took the request.
    fn mismatch(&self, left: &Endpoint, right: &Endpoint) -> Option<String> {
        let network = |end: &Endpoint| self.network_at(end).ok();
        let (Some(left), Some(right)) = (network(left), network(right)) else {
            return Some("the accepter's network does not exist".to_owned());
        };
        overlap(&left.record, &right.record)
    }

    /// An end of a peering whose instances have no host names.
    fn without_host_names(&self, id: &PeeringId) -> Option<String> {
        let peering = &self.get::<PeeringRecord>(id)?.record;
        let ends = [&peering.requester, &peering.accepter].into_iter();
        let mut ids = ends.map(Endpoint::id);
        let named = |id: &str| self.host_names.iter().any(|named| named.as_str() == id);
        ids.find(|id| !named(id)).map(str::to_owned)
    }

    fn allow_dns_resolution(
        &mut self,
        place: &Place,
        id: &PeeringId,
        side: PeeringSide,
        access: DnsAccess,
    ) -> Result<()> {
        if !self.options.capabilities.dns_resolution {
            return Err(Error::unsupported("peerings have no option for names here"));
        }
        let without_names = self.without_host_names(id);
        let now = self.now;
        let entry = self
            .shelf_mut::<PeeringRecord>()
            .iter_mut()
            .filter(|entry| entry.record.id == *id)
            .find(|entry| {
                let end = match side {
                    PeeringSide::Requester => &entry.record.requester,
                    PeeringSide::Accepter => &entry.record.accepter,
                };
                entry.record.kind == PeeringKind::NetworkToNetwork && is_at(end, place)
            })
            .ok_or_else(|| absent::<PeeringRecord>(id, &place.account))?;
        if entry.life.phase(now) != Phase::Ready {
            return Err(Error::new(ErrorKind::Busy, format!("{id} is not active")));
        }
        let allow = access == DnsAccess::Allow;
        if let Some(network) = without_names.filter(|_| allow) {
            let message = format!("instances of network {network} have no host names");
            return Err(invalid(message));
        }
        match side {
            PeeringSide::Requester => entry.record.dns.requester = Some(allow),
            PeeringSide::Accepter => entry.record.dns.accepter = Some(allow),
        }
        Ok(())
    }

    fn accept_peering(&mut self, place: &Place, id: &PeeringId) -> Result<()> {
        self.check_model(Model::Mesh)?;
        let entry = self
            .seen::<PeeringRecord>(place, id)
            .filter(|entry| is_at(&entry.record.accepter, place))
            .ok_or_else(|| absent::<PeeringRecord>(id, &place.account))?;
        if entry.record.kind != PeeringKind::NetworkToNetwork {
            let message = format!("{id} needs no acceptance; consent is given by a grant");
            return Err(Error::unsupported(message));
        }
        self.check_acceptable(entry)?;
        let (now, latency) = (self.now, self.options.latency);
        let awaiting = (self.shelf_mut::<PeeringRecord>().iter_mut())
            .filter(|entry| entry.record.id == *id)
            .filter(|entry| entry.life.phase(now) == Phase::AwaitingAcceptance);
        awaiting.for_each(|entry| entry.life.release(now, latency));
        Ok(())
    }

    fn check_acceptable(&self, entry: &Entry<PeeringRecord>) -> Result<()> {
        let (id, status) = (&entry.record.id, entry.life.status(self.now));
        let kind = match status.phase {
            Phase::AwaitingAcceptance | Phase::Ready => return Ok(()),
            Phase::Failed => ErrorKind::Failed,
            Phase::Deleting => ErrorKind::NotFound,
            _ if entry.life.is_accepted() => return Ok(()),
            _ => ErrorKind::Busy,
        };
        Err(Error::new(kind, format!("peering {id} is {status}")))
    }

    fn delete_peering(&mut self, place: &Place, id: &PeeringId, kind: PeeringKind) -> Result<()> {
        let Some(entry) = self.seen::<PeeringRecord>(place, id) else {
            return Ok(());
        };
        let record = &entry.record;
        if record.kind != kind {
            let message = format!("{id} is a {:?}, not a {kind:?}", record.kind);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        match entry.life.phase(self.now) {
            Phase::Deleting => return Ok(()),
            Phase::Pending => self.check_ready(entry)?,
            _ => {}
        }
        check_unused(&format!("peering {id}"), self.users_of_peering(id))?;
        self.end::<PeeringRecord>(place, id);
        Ok(())
    }

    fn users_of_peering(&self, id: &PeeringId) -> impl Iterator<Item = String> {
        let hop = NextHop::Peering(id.clone());
        let routes = (self.routes.values().flatten())
            .map(|entry| &entry.record)
            .filter(move |route| route.next_hop == hop)
            .map(|route| format!("the route to {} in {}", route.destination, route.table));
        let learning = (self.learning.values().flatten())
            .map(|entry| &entry.record.learning)
            .filter(move |learning| learning.peering == *id)
            .map(|learning| format!("the {} with {}", learning.kind, learning.table));
        routes.chain(learning)
    }
}

fn overlap(left: &NetworkRecord, right: &NetworkRecord) -> Option<String> {
    left.ranges.iter().find_map(|range| {
        let other = right.ranges.iter().find(|other| overlaps(range, other))?;
        Some(format!("{range} overlaps {other}"))
    })
}

/// The network interface of an attachment in a subnet.
pub(super) fn interface_of(attachment: &PeeringId, subnet: &SubnetId) -> InterfaceId {
    format!("nic-{attachment}-{subnet}").into()
}
