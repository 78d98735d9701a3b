//! Peerings of two networks.
//!
//! A peering that is over stays visible for hours or days. Lists by id show it, except `deleted`, which is absence.
//! Other lists show it only to a caller that waits for it: if this provider has asked for it or has seen it alive since,
//! and no new request for the same object was made. An inventory never does.
//!
//! An accepter names a peering by its ID, whichever account requested it: an id must come from the requester's own
//! record, as the engine takes it, and never from a list of what waits in the accepter's account. Tags are the requester's
//! alone; the accepter's side is left untagged.

use async_trait::async_trait;
use aws_sdk_ec2::types::Filter;
use landbridge_core::{
    DnsAccess, Endpoint, Error, ErrorKind, Network, Peering, PeeringId, PeeringKind, PeeringRecord,
    PeeringSelect, PeeringSide, Phase, RequestPeering, Result,
};

use super::describe::DESCRIBE_PEERINGS;
use super::{AwsCloud, absent_is_done, with_values};
use crate::client::{Operation, once, repeatable};
use crate::ec2::peering::{create, is_dead, is_deleted, read_peering, resolve_names};
use crate::ec2::{VALUES_PER_FILTER, by_topology, filter};

const CREATE: Operation = once("CreateVpcPeeringConnection");
const ACCEPT: Operation = repeatable("AcceptVpcPeeringConnection");
const DELETE: Operation = repeatable("DeleteVpcPeeringConnection");
const MODIFY: Operation = repeatable("ModifyVpcPeeringConnectionOptions");

const NAMES_OFF: &str = "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled";
const WRONG_STATE: &str = "InvalidStateTransition";
const NOT_PERMITTED: &str = "OperationNotPermitted";

impl AwsCloud {
    pub(super) async fn read_peerings(
        &self,
        calls: Vec<Vec<Filter>>,
    ) -> Result<Vec<PeeringRecord>> {
        let peerings = self.peerings(calls).await?;
        let read = |peering: &_| read_peering(self.own_place(), peering);
        self.read_listed(DESCRIBE_PEERINGS, &peerings, read)
    }

    /// A peering by its id, in whatever state it is.
    pub(super) async fn peering(&self, id: &PeeringId) -> Result<Option<PeeringRecord>> {
        let by_id = filter("vpc-peering-connection-id", [id]);
        let found = self.read_peerings(vec![vec![by_id]]).await?;
        Ok(found.into_iter().find(|peering| peering.id == *id))
    }

    /// Whether the own side's network has host names.
    async fn has_names(&self, peering: &PeeringRecord, side: PeeringSide) -> Result<bool> {
        let own = match side {
            PeeringSide::Requester => &peering.requester,
            PeeringSide::Accepter => &peering.accepter,
        };
        self.has_host_names(&own.id().into()).await
    }

    fn is_here(&self, end: &Endpoint) -> bool {
        let place = self.own_place();
        *end.account() == place.account && end.region() == Some(&place.region)
    }

    /// Asked again in the same direction, the cloud hands out the peering that is there, with whatever tags it has.
    fn check_asked(
        &self,
        peering: PeeringRecord,
        request: &RequestPeering,
    ) -> Result<PeeringRecord> {
        let ours = peering.owner.as_ref() == Some(&request.label.owner);
        let new = peering.owner.is_none() && peering.status.word == "initiating-request";
        if ours || new {
            return Ok(peering);
        }
        let (requester, accepter) = (request.requester.id(), request.accepter.id());
        let message = format!(
            "VPC peering connection {} already joins {requester} and {accepter}",
            peering.id
        );
        let error = Error::new(ErrorKind::AlreadyExists, message)
            .with_remedy("delete that connection, or remove this one from the topology: two VPCs have one connection");
        Err(self.client.locate(error, CREATE))
    }

    /// Why this place may not accept a peering, if it may not.
    fn check_accepter(&self, peering: &PeeringRecord) -> Result<()> {
        let accepter = &peering.accepter;
        if self.is_here(accepter) {
            return Ok(());
        }
        let (id, account) = (&peering.id, accepter.account());
        let region = accepter
            .region()
            .map(|region| format!(" and region {region}"));
        let message = format!(
            "VPC peering connection {id} must be accepted in account {account}{}",
            region.unwrap_or_default()
        );
        Err(Error::new(ErrorKind::PermissionDenied, message)
            .with_remedy("accept it there, with credentials of that account"))
    }

    async fn send_accept(&self, id: &PeeringId) -> Result<()> {
        let call = self.client.ec2().accept_vpc_peering_connection();
        let call = call.vpc_peering_connection_id(id.as_str());
        match self.client.call(ACCEPT, || call.clone().send()).await {
            Err(error) if has_code(&error, WRONG_STATE) => {
                match self.peering(id).await? {
                    // This side has not heard yet of what the other did.
                    Some(peering) => {
                        accepted(&peering).unwrap_or(Err(error.with_kind(ErrorKind::Busy)))
                    }
                    None => Err(error),
                }
            }
            Err(error) if error.is_not_found() => Err(not_here_yet(id).with_source(error)),
            other => other.map(drop),
        }
    }

    // The cloud lets a peering go although routes lead to it, and turns them into black holes. All deletes that wait
    // share the look.
    async fn check_unrouted(&self, id: &PeeringId) -> Result<()> {
        let to_peerings =
            |ids: Vec<PeeringId>| self.tables(with_values("route.vpc-peering-connection-id", &ids));
        let tables = self.routed.get(id.clone(), to_peerings).await?;
        let routed = tables.iter().find(|table| {
            let leads = |route: &aws_sdk_ec2::types::Route| {
                route.vpc_peering_connection_id() == Some(id.as_str())
            };
            table.routes().iter().any(leads)
        });
        let Some(table) = routed.and_then(|table| table.route_table_id()) else {
            return Ok(());
        };
        let message = format!("a route of route table {table} leads to {id}");
        Err(Error::new(ErrorKind::InUse, message).with_remedy("delete the route first"))
    }

    async fn send_delete(&self, id: &PeeringId) -> Result<()> {
        let call = self.client.ec2().delete_vpc_peering_connection();
        let call = call.vpc_peering_connection_id(id.as_str());
        match self.client.call(DELETE, || call.clone().send()).await {
            Err(error) if has_code(&error, WRONG_STATE) => match self.peering(id).await? {
                Some(peering) => undeletable(&peering, error),
                None => Ok(()),
            },
            other => absent_is_done(other.map(drop)),
        }
    }
}

fn has_code(error: &Error, code: &str) -> bool {
    error
        .code()
        .is_some_and(|there| there.eq_ignore_ascii_case(code))
}

// The accepter's region learns of a request later than the requester's.
fn not_here_yet(id: &PeeringId) -> Error {
    Error::new(
        ErrorKind::Busy,
        format!("VPC peering connection {id} is not known in this region yet"),
    )
    .with_remedy("wait, then repeat; if it stays unknown, check the accepter's account and region")
}

/// What a peering's state makes of an attempt to accept it; nothing if it waits for just that.
fn accepted(peering: &PeeringRecord) -> Option<Result<()>> {
    let error = |kind| Error::new(kind, format!("{} is {}", peering.id, peering.status));
    let asked_again = "correct the cause, then request a new connection";
    match peering.status.phase {
        Phase::AwaitingAcceptance => None,
        Phase::Ready => Some(Ok(())),
        Phase::Pending if peering.status.word == "provisioning" => Some(Ok(())),
        Phase::Pending => Some(Err(error(ErrorKind::Busy))),
        _ => Some(Err(error(ErrorKind::Failed).with_remedy(asked_again))),
    }
}

/// What is over needs no deleting, and what is between two states can be deleted later.
fn undeletable(peering: &PeeringRecord, refusal: Error) -> Result<()> {
    match peering.status.phase {
        Phase::Deleting | Phase::Failed => Ok(()),
        Phase::Pending => Err(refusal.with_kind(ErrorKind::Busy)),
        _ => Err(refusal.with_remedy("delete it as the requester, or reject it as the accepter")),
    }
}

#[async_trait]
impl Peering for AwsCloud {
    async fn request_peering(&self, request: &RequestPeering) -> Result<PeeringRecord> {
        let input = create(request).map_err(|error| self.client.locate(error, CREATE))?;
        if !self.is_here(&request.requester) {
            let message = format!(
                "network {} is not in {}",
                request.requester.id(),
                self.own_place()
            );
            let error = Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("send the request in the requester's account and region");
            return Err(self.client.locate(error, CREATE));
        }
        let label = &request.label;
        self.memory.asking_for(&label.owner);
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE, send).await;
        let answer = self.memory.patient(answer, &[request.requester.id()])?;
        let read = |peering: &_| read_peering(self.own_place(), peering);
        let peering = self.read_one(CREATE, answer.vpc_peering_connection, read)?;
        let mut peering = self.check_asked(peering, request)?;
        self.memory.created(peering.id.as_str());
        self.memory.awaits(&peering.id, Some(&label.owner));
        peering.name.clone_from(&label.name);
        peering.owner = Some(label.owner.clone());
        Ok(peering)
    }

    async fn accept_peering(&self, id: &PeeringId) -> Result<()> {
        let result = match self.send_accept(id).await {
            // The cloud says that it may not be done here; its state says where.
            Err(error) if has_code(&error, NOT_PERMITTED) => match self.peering(id).await? {
                Some(peering) => self.check_accepter(&peering).and(Err(error)),
                None => Err(error),
            },
            result => result,
        };
        result.map_err(|error| self.client.locate(error, ACCEPT))
    }

    async fn allow_dns_resolution(
        &self,
        id: &PeeringId,
        side: PeeringSide,
        access: DnsAccess,
    ) -> Result<()> {
        let input = resolve_names(id, side, access);
        let send = || input.clone().send_with(self.client.ec2());
        match self.client.call(MODIFY, send).await {
            // One code has two meanings: not active yet, and the other account's side.
            Err(error) if has_code(&error, NOT_PERMITTED) => match self.peering(id).await? {
                Some(peering) if peering.status.phase == Phase::Ready => Err(error),
                Some(peering) if is_dead(&peering.status) => {
                    Err(error.with_kind(ErrorKind::Failed))
                }
                _ => Err(error.with_kind(ErrorKind::Busy)),
            },
            // Just turned on, host names may not be known everywhere; the other side may still turn its own on.
            Err(error) if has_code(&error, NAMES_OFF) => match self.peering(id).await? {
                Some(peering) if self.has_names(&peering, side).await? => {
                    Err(error.with_kind(ErrorKind::Busy))
                }
                _ => Err(error),
            },
            other => self.memory.patient(other.map(drop), &[id.as_str()]),
        }
    }

    async fn list_peerings(&self, select: &PeeringSelect) -> Result<Vec<PeeringRecord>> {
        let other_kind = |kind| kind != PeeringKind::NetworkToNetwork;
        if select.hub.is_some() || select.kind.is_some_and(other_kind) {
            return Ok(Vec::new());
        }
        let by_topology = select.topology.iter().map(|topology| by_topology(topology));
        let common: Vec<Filter> = by_topology.collect();
        let mut calls: Vec<Vec<Filter>> = Vec::new();
        for ids in select.ids.chunks(VALUES_PER_FILTER) {
            let by_id = filter("vpc-peering-connection-id", ids);
            calls.push(common.iter().cloned().chain([by_id]).collect());
        }
        if select.ids.is_empty() {
            calls.push(common);
        }
        let mut peerings = self.read_peerings(calls).await?;
        peerings.retain(|peering| {
            let wanted = select.matches(peering) && !is_deleted(&peering.status);
            wanted && (!select.ids.is_empty() || self.memory.shows(peering))
        });
        Ok(peerings)
    }

    async fn delete_peering(&self, id: &PeeringId, kind: PeeringKind) -> Result<()> {
        if kind != PeeringKind::NetworkToNetwork {
            let error = Error::unsupported(format!(
                "invalid member of VPC peering connection {id}: expected a VPC"
            ));
            return Err(self.client.locate(error, DELETE));
        }
        let unrouted = self.check_unrouted(id).await;
        unrouted.map_err(|error| self.client.locate(error, DELETE))?;
        self.send_delete(id).await?;
        self.memory.forgets(id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Status;

    fn peering(phase: Phase, word: &str) -> PeeringRecord {
        let end = |id: &str| Endpoint::Network {
            id: id.into(),
            account: "1".into(),
            region: "r".into(),
        };
        PeeringRecord::new(
            "pcx-1".into(),
            PeeringKind::NetworkToNetwork,
            end("vpc-1"),
            end("vpc-2"),
            Status::new(phase, word),
        )
    }

    #[test]
    fn accepting_depends_on_the_state() {
        let kind = |phase, word| {
            accepted(&peering(phase, word)).map(|result| result.map_err(|error| error.kind()))
        };
        assert_eq!(kind(Phase::AwaitingAcceptance, "pending-acceptance"), None);
        assert_eq!(kind(Phase::Ready, "active"), Some(Ok(())));
        assert_eq!(kind(Phase::Pending, "provisioning"), Some(Ok(())));
        assert_eq!(
            kind(Phase::Pending, "initiating-request"),
            Some(Err(ErrorKind::Busy))
        );
        assert_eq!(kind(Phase::Failed, "expired"), Some(Err(ErrorKind::Failed)));
        assert_eq!(
            kind(Phase::Deleting, "deleted"),
            Some(Err(ErrorKind::Failed))
        );
    }

    #[test]
    fn what_is_over_counts_as_deleted() {
        let refusal = || Error::new(ErrorKind::Refused, "x");
        let kind = |phase, word| {
            undeletable(&peering(phase, word), refusal()).map_err(|error| error.kind())
        };
        assert_eq!(kind(Phase::Failed, "rejected"), Ok(()));
        assert_eq!(kind(Phase::Deleting, "deleting"), Ok(()));
        assert_eq!(kind(Phase::Pending, "provisioning"), Err(ErrorKind::Busy));
        assert_eq!(
            kind(Phase::AwaitingAcceptance, "pending-acceptance"),
            Err(ErrorKind::Refused)
        );
    }
}
