use async_trait::async_trait;
use landbridge_core::{
    DnsAccess, Endpoint, Error, ErrorKind, HubId, HubRecord, Peering, PeeringId, PeeringKind,
    PeeringRecord, PeeringSelect, PeeringSide, RequestPeering, Result,
};

use super::{AliyunCloud, each};
use crate::cbn::{self, AttachmentFilter, Member, Router};
use crate::document::pending;
use crate::ecr;
use crate::paging::Listing;
use crate::request::Request;
use crate::vpcpeer;

const ATTACHMENT_ID: &str = "TransitRouterAttachmentId";

impl AliyunCloud {
    fn attach(&self, wanted: &RequestPeering) -> Result<Request> {
        let (Endpoint::Network { id, account, .. }, hub) = (&wanted.requester, &wanted.accepter)
        else {
            return Err(Error::unsupported(
                "a transit router takes only VPCs as members",
            ));
        };
        let router = router(hub)?;
        Ok(cbn::attach_vpc(
            self.client.place(),
            &Member { id, account },
            &router,
            wanted,
        ))
    }

    fn request_of(&self, wanted: &RequestPeering) -> Result<Request> {
        match wanted.kind {
            PeeringKind::Attachment => self.attach(wanted),
            PeeringKind::HubToHub => {
                let (local, remote) = (router(&wanted.requester)?, router(&wanted.accepter)?);
                Ok(cbn::attach_peer(&local, &remote, wanted))
            }
            _ => Err(Error::unsupported(
                "Alibaba Cloud has no peering between such members",
            )),
        }
    }

    pub(super) async fn vpc_attachments(
        &self,
        filter: &AttachmentFilter,
    ) -> Result<Vec<PeeringRecord>> {
        self.listed_attachments(cbn::vpc_attachments(self.region(), filter))
            .await
    }

    pub(super) async fn listed_attachments(&self, listing: Listing) -> Result<Vec<PeeringRecord>> {
        let place = self.client.place();
        self.look_up(listing, |doc| cbn::read_vpc_attachment(place, doc))
            .await
    }

    pub(super) async fn peer_attachments(
        &self,
        filter: &AttachmentFilter,
    ) -> Result<Vec<PeeringRecord>> {
        let place = self.client.place();
        let list = |filter: AttachmentFilter| async move {
            let listing = cbn::peer_attachments(self.region(), &filter);
            self.look_up(listing, |doc| cbn::read_peer_attachment(place, doc))
                .await
        };
        match list(filter.clone()).await {
            Err(error) if filter.cen.is_none() && error.kind() == ErrorKind::InvalidInput => {
                each(self.filters_by_cen(filter).await?, list).await
            }
            other => other,
        }
    }

    /// The same filter for each CEN of the account. The documents ask for a CEN along with the region; whether the
    /// region alone is enough they do not say, so this is for where it was refused.
    async fn filters_by_cen(&self, filter: &AttachmentFilter) -> Result<Vec<AttachmentFilter>> {
        let cens = self.cens(cbn::all_cens()).await?;
        let of = |cen: HubRecord| AttachmentFilter {
            cen: Some(cen.id),
            ..filter.clone()
        };
        Ok(cens.into_iter().map(of).collect())
    }

    async fn attachments(
        &self,
        filter: AttachmentFilter,
        kind: Option<PeeringKind>,
    ) -> Result<Vec<PeeringRecord>> {
        let wants = |wanted| kind.is_none_or(|kind| kind == wanted);
        let mut all = Vec::new();
        if wants(PeeringKind::Attachment) {
            all.extend(self.vpc_attachments(&filter).await?);
        }
        if wants(PeeringKind::HubToHub) {
            all.extend(self.peer_attachments(&filter).await?);
        }
        Ok(all)
    }
}

fn router(endpoint: &Endpoint) -> Result<Router<'_>> {
    match endpoint {
        Endpoint::Hub {
            id,
            parent: Some(cen),
            region,
            ..
        } => Ok(Router { id, cen, region }),
        Endpoint::Hub { id, .. } => {
            let message = format!("missing CEN of transit router {id}");
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
        other => Err(Error::unsupported(format!(
            "invalid hub `{}`: expected a transit router",
            other.id()
        ))),
    }
}

/// What to ask the cloud for; the rest of the selection is done here.
///
/// A peer attachment is listed from both regions but may name the other transit router first, so a transit router
/// narrows the answer only after it came.
fn filters(select: &PeeringSelect) -> Vec<AttachmentFilter> {
    let cen: Option<HubId> = select.hub.clone().filter(cbn::is_cen);
    let filter = |id| AttachmentFilter {
        cen: cen.clone(),
        router: None,
        id,
    };
    if select.ids.is_empty() {
        return vec![filter(None)];
    }
    select
        .ids
        .iter()
        .filter(|id| !ecr::is_association(id) && !vpcpeer::is_connection(id))
        .cloned()
        .map(|id| filter(Some(id)))
        .collect()
}

fn edge_of(endpoint: &Endpoint) -> Option<&HubId> {
    match endpoint {
        Endpoint::Edge { id, .. } => Some(id),
        _ => None,
    }
}

/// Attachments to transit routers and to Express Connect Routers, transit routers joined with each other, and networks
/// joined with each other (VPC peering connections, which alone are accepted).
///
/// Attachments to Express Connect Routers are listed for their router (`with_hub`) or by id (`ecr-assoc-…`), and not
/// otherwise: there is no list of them over all routers.
#[async_trait]
impl Peering for AliyunCloud {
    async fn request_peering(&self, request: &RequestPeering) -> Result<PeeringRecord> {
        let at_edge = edge_of(&request.accepter);
        if let Some(router) = at_edge.filter(|_| request.kind == PeeringKind::Attachment) {
            return self.hang(router, request).await;
        }
        if request.kind == PeeringKind::NetworkToNetwork {
            return self.connect(request).await;
        }
        let call = self
            .request_of(request)
            .map_err(|error| error.with_place(self.client.place().clone()))?;
        let id = self.create(call, ATTACHMENT_ID).await?;
        Ok(PeeringRecord::new(
            id,
            request.kind,
            request.requester.clone(),
            request.accepter.clone(),
            pending("Attaching"),
        )
        .with_name(request.label.name.clone())
        .with_subnets(request.subnets.clone())
        .with_ipv6((request.kind == PeeringKind::Attachment).then_some(request.ipv6))
        .with_owner(request.label.owner.clone()))
    }

    async fn accept_peering(&self, id: &PeeringId) -> Result<()> {
        if vpcpeer::is_connection(id) {
            return self.accept_connection(id).await;
        }
        Err(Error::unsupported(format!(
            "{id} cannot be accepted: on Alibaba Cloud the owner of a member consents with a grant"
        ))
        .with_place(self.client.place().clone()))
    }

    async fn allow_dns_resolution(
        &self,
        id: &PeeringId,
        _: PeeringSide,
        _: DnsAccess,
    ) -> Result<()> {
        Err(
            Error::unsupported(format!("{id} has no option for DNS resolution"))
                .with_place(self.client.place().clone()),
        )
    }

    async fn list_peerings(&self, select: &PeeringSelect) -> Result<Vec<PeeringRecord>> {
        let found = match &select.hub {
            Some(router) if ecr::is_router(router) => self.hanging(router, None).await?,
            _ => {
                let at_edge = select.ids.iter().filter(|id| ecr::is_association(id));
                let at_edge: Vec<_> = at_edge.cloned().collect();
                let (attached, at_edge, connected) = tokio::try_join!(
                    each(filters(select), |filter| {
                        self.attachments(filter, select.kind)
                    }),
                    self.hanging_by_id(&at_edge),
                    self.selected_connections(select),
                )?;
                [attached, at_edge, connected].concat()
            }
        };
        Ok(found
            .into_iter()
            .filter(|record| select.matches(record))
            .collect())
    }

    async fn delete_peering(&self, id: &PeeringId, kind: PeeringKind) -> Result<()> {
        if ecr::is_association(id) {
            return self.take_off(id).await;
        }
        let action = match kind {
            PeeringKind::Attachment => "DeleteTransitRouterVpcAttachment",
            PeeringKind::HubToHub => "DeleteTransitRouterPeerAttachment",
            PeeringKind::NetworkToNetwork => return self.delete_connection(id).await,
            _ => {
                let error = Error::unsupported(format!(
                    "{id} is of a kind that Landbridge does not create"
                ));
                return Err(error.with_place(self.client.place().clone()));
            }
        };
        self.delete(cbn::detach(action, self.region(), id)).await
    }
}
