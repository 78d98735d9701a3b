//! Networks joined with each other by peering connections.

use landbridge_core::{
    Endpoint, Error, ErrorKind, PeeringId, PeeringKind, PeeringRecord, PeeringSelect, Phase,
    RequestPeering, Result,
};

use super::{AliyunCloud, each};
use crate::document::pending;
use crate::paging::Listing;
use crate::vpcpeer::{self, Side};

impl AliyunCloud {
    /// Asks for a connection. One that is there already is ours if it says so.
    pub(super) async fn connect(&self, request: &RequestPeering) -> Result<PeeringRecord> {
        let (requester, accepter) = (side(&request.requester)?, side(&request.accepter)?);
        let call = vpcpeer::create_connection(&requester, &accepter, request);
        match self.create(call, "InstanceId").await {
            Ok(id) => Ok(asked_for(id, request)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let joined = vpcpeer::connections_of(self.region(), requester.network);
                self.adopt_connection(joined, request, error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn adopt_connection(
        &self,
        joined: Listing,
        request: &RequestPeering,
        refusal: Error,
    ) -> Result<PeeringRecord> {
        let lives = |record: &&PeeringRecord| {
            joins_the_same(record, request)
                && !matches!(record.status.phase, Phase::Failed | Phase::Deleting)
        };
        let found = self.connections(joined).await?;
        let Some(found) = found.iter().find(lives) else {
            return Err(refusal);
        };
        if found.owner.as_ref() == Some(&request.label.owner) {
            return Ok(found.clone());
        }
        let message = format!(
            "VPC peering connection {} already joins {} and {}, and does not carry the topology's tags",
            found.id,
            request.requester.id(),
            request.accepter.id()
        );
        let conflict = Error::new(ErrorKind::AlreadyExists, message)
            .with_remedy("delete that connection, or remove one of the networks from the topology")
            .with_source(refusal);
        Err(self.locate(conflict, "CreateVpcPeerConnection"))
    }

    /// Accepts a connection. The cloud refuses one that is accepted already and one that is not open to acceptance yet
    /// with the same code, so its state decides.
    pub(super) async fn accept_connection(&self, id: &PeeringId) -> Result<()> {
        let call = vpcpeer::accept_connection(self.region(), id);
        let Err(error) = self.tell(call).await else {
            return Ok(());
        };
        if !is_doubtful(error.kind()) {
            return Err(error);
        }
        let found = self
            .connections(vpcpeer::connection_by_id(self.region(), id))
            .await?;
        let Some(status) = found.into_iter().next().map(|record| record.status) else {
            return Err(error);
        };
        match status.phase {
            Phase::Ready => Ok(()),
            // On its way from accepted to activated.
            Phase::Pending if status.word == "Updating" => Ok(()),
            Phase::Failed | Phase::Deleting => {
                let message = format!(
                    "VPC peering connection {id} is {status} and can no longer be accepted"
                );
                let failed = Error::new(ErrorKind::Failed, message)
                    .with_remedy("delete it and request a new one")
                    .with_source(error);
                Err(self.locate(failed, "AcceptVpcPeerConnection"))
            }
            _ => Err(error),
        }
    }

    pub(super) async fn delete_connection(&self, id: &PeeringId) -> Result<()> {
        self.delete(vpcpeer::delete_connection(self.region(), id))
            .await
    }

    /// Reads connections; a region without this product has none.
    pub(super) async fn connections(&self, listing: Listing) -> Result<Vec<PeeringRecord>> {
        let place = self.client.place();
        let found = self.look_up(listing, |doc| vpcpeer::read_connection(place, doc));
        match found.await {
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(Vec::new()),
            other => Ok(other?.into_iter().flatten().collect()),
        }
    }

    /// Reads the connections that a selection may mean.
    pub(super) async fn selected_connections(
        &self,
        select: &PeeringSelect,
    ) -> Result<Vec<PeeringRecord>> {
        let other_kind = select
            .kind
            .is_some_and(|kind| kind != PeeringKind::NetworkToNetwork);
        if other_kind || select.hub.is_some() {
            return Ok(Vec::new());
        }
        let region = self.region();
        let listings = match (&select.topology, select.ids.as_slice()) {
            (Some(topology), []) => vec![vpcpeer::topology_connections(region, topology)],
            (None, []) => vec![vpcpeer::all_connections(region)],
            (_, ids) => {
                let ours = ids.iter().filter(|id| vpcpeer::is_connection(id));
                ours.map(|id| vpcpeer::connection_by_id(region, id))
                    .collect()
            }
        };
        each(listings, |listing| self.connections(listing)).await
    }
}

fn side(endpoint: &Endpoint) -> Result<Side<'_>> {
    match endpoint {
        Endpoint::Network {
            id,
            account,
            region,
        } => Ok(Side {
            network: id,
            account,
            region,
        }),
        other => Err(Error::unsupported(format!(
            "invalid endpoint `{}`: expected a network",
            other.id()
        ))),
    }
}

fn asked_for(id: PeeringId, request: &RequestPeering) -> PeeringRecord {
    PeeringRecord::new(
        id,
        PeeringKind::NetworkToNetwork,
        request.requester.clone(),
        request.accepter.clone(),
        pending("Creating"),
    )
    .with_name(request.label.name.clone())
    .with_owner(request.label.owner.clone())
}

fn joins_the_same(record: &PeeringRecord, request: &RequestPeering) -> bool {
    let ends = [record.requester.id(), record.accepter.id()];
    ends.contains(&request.requester.id()) && ends.contains(&request.accepter.id())
}

fn is_doubtful(kind: ErrorKind) -> bool {
    use ErrorKind::{AlreadyExists, Busy, InvalidInput, OutcomeUnknown, Refused};
    matches!(
        kind,
        AlreadyExists | Busy | InvalidInput | OutcomeUnknown | Refused
    )
}
