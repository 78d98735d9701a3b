//! What must be true before a peering or an attachment is made.

use std::collections::BTreeSet;

use super::item::{Entry, is_at};
use super::world::{World, absent, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, HubId, NetworkId, Place, SubnetId, Zone};
use crate::traits::{
    CloudService, Endpoint, HubRecord, HubScope, Model, NetworkRecord, PeeringKind, Phase,
    RequestPeering, RevokeGrant, SubnetRecord,
};

impl World {
    /// Checks a request; gives both ends as the world knows them.
    pub(super) fn check_request(
        &self,
        place: &Place,
        request: &RequestPeering,
    ) -> Result<(Endpoint, Endpoint)> {
        let ends = match request.kind {
            PeeringKind::Attachment => self.check_attachment(place, request),
            PeeringKind::HubToHub => self.check_hub_to_hub(place, request),
            PeeringKind::NetworkToNetwork => self.check_networks(place, request),
        }?;
        self.check_not_joined(&ends)?;
        Ok(ends)
    }

    fn check_attachment(
        &self,
        place: &Place,
        request: &RequestPeering,
    ) -> Result<(Endpoint, Endpoint)> {
        if let Endpoint::Edge { id, .. } = &request.accepter {
            return self.check_edge_attachment(place, request, id);
        }
        self.check_model(Model::Hub)?;
        check_owner(place, &request.accepter, "hub")?;
        let hub = self.hub_at(&request.accepter)?;
        let network = self.network_at(&request.requester)?;
        let (member, taker) = (&network.record, &hub.record);
        if Some(&member.region) != taker.region.as_ref() {
            let message = format!("{} and {} are not in one region", member.id, taker.id);
            return Err(invalid(message));
        }
        self.check_open(&taker.account, CloudService::Hub)?;
        self.check_open(&member.account, CloudService::Hub)?;
        self.check_granted(member, taker)?;
        self.check_ready(network)?;
        self.check_ready(hub)?;
        self.check_zones(place, &member.id, &request.subnets)?;
        Ok((network_end(member), hub_end(hub)))
    }

    fn check_hub_to_hub(
        &self,
        place: &Place,
        request: &RequestPeering,
    ) -> Result<(Endpoint, Endpoint)> {
        self.check_model(Model::Hub)?;
        check_owner(place, &request.requester, "requesting hub")?;
        let (left, right) = (
            self.hub_at(&request.requester)?,
            self.hub_at(&request.accepter)?,
        );
        if left.record.id == right.record.id || left.record.scope != right.record.scope {
            let (left, right) = (&left.record.id, &right.record.id);
            let message = format!("{left} and {right} are not two hubs of one global hub");
            return Err(invalid(message));
        }
        if request.transit.is_none() {
            return Err(invalid("say how traffic between the regions is paid"));
        }
        self.check_open(&place.account, CloudService::Hub)?;
        self.check_open(&place.account, CloudService::Transit)?;
        self.check_border(&place.account, left, right)?;
        self.check_ready(left)?;
        self.check_ready(right)?;
        Ok((hub_end(left), hub_end(right)))
    }

    fn check_border(
        &self,
        payer: &AccountId,
        left: &Entry<HubRecord>,
        right: &Entry<HubRecord>,
    ) -> Result<()> {
        let (left, right) = (&left.place.region, &right.place.region);
        if self.options.capabilities.crosses_border(left, right) {
            self.check_open(payer, CloudService::CrossBorder)?;
        }
        Ok(())
    }

    // The accepter's network is not looked at: the requester may not know whether it exists.
    fn check_networks(
        &self,
        place: &Place,
        request: &RequestPeering,
    ) -> Result<(Endpoint, Endpoint)> {
        self.check_model(Model::Mesh)?;
        check_owner(place, &request.requester, "requesting network")?;
        let network = self.network_at(&request.requester)?;
        self.check_ready(network)?;
        match &request.accepter {
            Endpoint::Network { id, .. } if *id == network.record.id => {
                Err(invalid(format!("{id} cannot be peered with itself")))
            }
            accepter @ Endpoint::Network { .. } => {
                Ok((network_end(&network.record), accepter.clone()))
            }
            other => Err(invalid(format!("{} is not a network", other.id()))),
        }
    }

    pub(super) fn check_model(&self, model: Model) -> Result<()> {
        if self.options.capabilities.models.contains(&model) {
            return Ok(());
        }
        let message = format!("this cloud does not offer the model {model:?}");
        Err(Error::unsupported(message))
    }

    /// The network that an endpoint names, seen from any place.
    pub(super) fn network_at(&self, end: &Endpoint) -> Result<&Entry<NetworkRecord>> {
        let Endpoint::Network { id, .. } = end else {
            return Err(invalid(format!("{} is not a network", end.id())));
        };
        self.get::<NetworkRecord>(id)
            .filter(|entry| is_at(end, &entry.place))
            .ok_or_else(|| absent::<NetworkRecord>(id, end.account()))
    }

    fn hub_at(&self, end: &Endpoint) -> Result<&Entry<HubRecord>> {
        let Endpoint::Hub { id, .. } = end else {
            return Err(invalid(format!("{} is not a hub", end.id())));
        };
        self.get::<HubRecord>(id)
            .filter(|entry| is_at(end, &entry.place))
            .ok_or_else(|| absent::<HubRecord>(id, end.account()))
    }

    fn check_granted(&self, member: &NetworkRecord, hub: &HubRecord) -> Result<()> {
        let taker = parent(hub).unwrap_or(&hub.id).clone();
        self.check_grant_of(network_end(member), &taker, &hub.account)
    }

    /// A foreign member needs its owner's grant to `taker`.
    pub(super) fn check_grant_of(
        &self,
        member: Endpoint,
        taker: &HubId,
        account: &AccountId,
    ) -> Result<()> {
        if !self.options.capabilities.grants || member.account() == account {
            return Ok(());
        }
        let wanted = RevokeGrant::new(member, taker.clone(), account.clone());
        if self.find_grant(&wanted).is_some() {
            return Ok(());
        }
        let (id, owner) = (wanted.member.id(), wanted.member.account());
        let message = format!("account {owner} has not granted {id} to hub {taker}");
        Err(
            Error::new(ErrorKind::PermissionDenied, message).with_remedy(format!(
                "create the grant of {id} to {taker} of account {account} as account {owner}"
            )),
        )
    }

    fn check_zones(
        &self,
        place: &Place,
        network: &NetworkId,
        subnets: &[(Zone, SubnetId)],
    ) -> Result<()> {
        let hub_zones = self.hub_zones(place);
        for (zone, subnet) in subnets {
            if !hub_zones.contains(zone) {
                return Err(invalid(format!("{zone} is not a zone for attachments")));
            }
            self.check_zone_subnet(network, zone, subnet)?;
        }
        let zones: BTreeSet<&Zone> = subnets.iter().map(|(zone, _)| zone).collect();
        if zones.len() < subnets.len() {
            return Err(invalid("an attachment has one subnet per zone"));
        }
        if zones.is_empty() {
            return Err(invalid("an attachment needs a subnet in at least one zone"));
        }
        Ok(())
    }

    fn check_zone_subnet(&self, network: &NetworkId, zone: &Zone, id: &SubnetId) -> Result<()> {
        let entry = self
            .get::<SubnetRecord>(id)
            .filter(|entry| entry.record.network == *network)
            .ok_or_else(|| invalid(format!("network {network} has no subnet {id}")))?;
        if entry.record.zone != *zone {
            return Err(invalid(format!("subnet {id} is not in {zone}")));
        }
        self.check_ready(entry)?;
        self.choose_address(id).map(drop)
    }

    /// Two things are joined at most once.
    fn check_not_joined(&self, (left, right): &(Endpoint, Endpoint)) -> Result<()> {
        let twin = self
            .peerings_at(left.id())
            .filter(|entry| {
                [&entry.record.requester, &entry.record.accepter]
                    .iter()
                    .any(|end| end.id() == right.id())
            })
            .find(|entry| entry.life.phase(self.now) != Phase::Failed);
        let Some(twin) = twin else { return Ok(()) };
        let id = &twin.record.id;
        let (kind, message) = match twin.life.phase(self.now) {
            Phase::Deleting => (ErrorKind::Busy, format!("{id} is still being deleted")),
            _ => (
                ErrorKind::AlreadyExists,
                format!("{} and {} are joined by {id}", left.id(), right.id()),
            ),
        };
        Err(Error::new(kind, message))
    }
}

pub(super) fn check_owner(place: &Place, end: &Endpoint, role: &str) -> Result<()> {
    if is_at(end, place) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PermissionDenied,
        format!("only the owner of the {role} may ask"),
    )
    .with_remedy(format!("ask as the owner of {}", spelled(end))))
}

/// An end with its account, and its region if it has one.
pub(super) fn spelled(end: &Endpoint) -> String {
    let (id, account) = (end.id(), end.account());
    match end.region() {
        Some(region) => format!("{id} of account {account} in {region}"),
        None => format!("{id} of account {account}"),
    }
}

pub(super) fn network_end(network: &NetworkRecord) -> Endpoint {
    Endpoint::Network {
        id: network.id.clone(),
        account: network.account.clone(),
        region: network.region.clone(),
    }
}

fn hub_end(hub: &Entry<HubRecord>) -> Endpoint {
    Endpoint::Hub {
        id: hub.record.id.clone(),
        parent: parent(&hub.record).cloned(),
        account: hub.record.account.clone(),
        region: hub.place.region.clone(),
    }
}

pub(super) fn parent(hub: &HubRecord) -> Option<&HubId> {
    match &hub.scope {
        HubScope::Regional { parent } => parent.as_ref(),
        HubScope::Global | HubScope::Edge { .. } => None,
    }
}
