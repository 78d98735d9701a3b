//! Express Connect Routers, and what hangs on them.

use landbridge_core::{
    Error, ErrorKind, HubId, HubRecord, HubScope, Label, PeeringId, PeeringKind, PeeringRecord,
    Phase, RequestPeering, Result,
};

use super::explain::explain_attachment;
use super::{AliyunCloud, each};
use crate::document::pending;
use crate::ecr;
use crate::member::{Member, MemberKind};
use crate::paging::Listing;

impl AliyunCloud {
    pub(super) async fn create_router(&self, label: &Label, asn: u32) -> Result<HubRecord> {
        let id = self.create(ecr::create_router(label, asn), "EcrId").await?;
        Ok(self.new_hub(id, label, HubScope::Edge { asn }))
    }

    pub(super) async fn routers(&self, listing: Listing) -> Result<Vec<HubRecord>> {
        let place = self.client.place();
        self.look_up(listing, |doc| ecr::read_router(place, doc))
            .await
    }

    /// Hangs a network or a border router on a router.
    pub(super) async fn hang(
        &self,
        router: &HubId,
        request: &RequestPeering,
    ) -> Result<PeeringRecord> {
        let member = Member::of(&request.requester)?;
        let hung = match member.kind {
            MemberKind::Network => self.associate(router, &member, request).await,
            MemberKind::BorderRouter => self.attach_child(router, &member, request).await,
        };
        let account = &self.client.place().account;
        hung.map_err(|error| explain_attachment(error, &member, router, account))
    }

    async fn associate(
        &self,
        router: &HubId,
        member: &Member<'_>,
        request: &RequestPeering,
    ) -> Result<PeeringRecord> {
        let call = ecr::associate(self.client.place(), router, member, request);
        let id = self.create(call, "AssociationId").await?;
        Ok(PeeringRecord::new(
            id,
            PeeringKind::Attachment,
            request.requester.clone(),
            request.accepter.clone(),
            pending("CREATING"),
        )
        .with_name(request.label.name.clone())
        .with_prefixes(request.prefixes.clone())
        .with_owner(request.label.owner.clone()))
    }

    /// The answer names no id, so it is read back; that also settles a refusal of what is attached already.
    async fn attach_child(
        &self,
        router: &HubId,
        member: &Member<'_>,
        request: &RequestPeering,
    ) -> Result<PeeringRecord> {
        const ACTION: &str = "AttachExpressConnectRouterChildInstance";
        let call = ecr::attach_child(self.client.place(), router, member, request);
        let refusal = self.tell(call).await.err();
        let refusal = match refusal {
            Some(error) if !is_doubtful(error.kind()) => return Err(error),
            other => other,
        };
        let place = self.client.place();
        let children = self
            .look_up(ecr::child_of(router, member.id), |doc| {
                ecr::read_child(place, router, doc)
            })
            .await?;
        let ours = |child: &&PeeringRecord| {
            child.requester.id() == member.id
                && child.owner.as_ref() == Some(&request.label.owner)
                && child.status.phase != Phase::Deleting
        };
        match children.iter().find(ours) {
            Some(child) => Ok(child.clone()),
            None => {
                let error = refusal.unwrap_or_else(|| not_listed(member, router));
                Err(self.locate(error, ACTION))
            }
        }
    }

    /// What hangs on a router: all, or one.
    pub(super) async fn hanging(
        &self,
        router: &HubId,
        id: Option<&PeeringId>,
    ) -> Result<Vec<PeeringRecord>> {
        let place = self.client.place();
        let (mut all, children) = tokio::try_join!(
            self.look_up(ecr::associations(router, id), |doc| {
                ecr::read_association(place, router, doc)
            }),
            self.look_up(ecr::children(router, id), |doc| {
                ecr::read_child(place, router, doc)
            }),
        )?;
        all.extend(children);
        all.retain(|record| id.is_none_or(|id| record.id == *id));
        Ok(all)
    }

    /// Attachments by id, whichever of the account's routers they hang on.
    pub(super) async fn hanging_by_id(&self, ids: &[PeeringId]) -> Result<Vec<PeeringRecord>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let routers = self.routers(ecr::all_routers()).await?;
        let pair = |router: &HubRecord| {
            let router = router.id.clone();
            ids.iter().map(move |id| (router.clone(), id.clone()))
        };
        let wanted = routers.iter().flat_map(pair).collect();
        each(wanted, |(router, id): (HubId, PeeringId)| async move {
            self.hanging(&router, Some(&id)).await
        })
        .await
    }

    /// Takes a network or a border router off its router.
    pub(super) async fn take_off(&self, id: &PeeringId) -> Result<()> {
        for record in self.hanging_by_id(std::slice::from_ref(id)).await? {
            if record.status.phase == Phase::Deleting {
                continue;
            }
            let router = HubId::new(record.accepter.id());
            let call = match Member::of(&record.requester) {
                Ok(member) if member.kind == MemberKind::BorderRouter => {
                    ecr::detach_child(&router, member.id)
                }
                _ => ecr::dissociate(&router, id),
            };
            self.delete(call).await?;
        }
        Ok(())
    }
}

fn not_listed(member: &Member<'_>, router: &HubId) -> Error {
    let message = format!(
        "Express Connect Router {router} does not list the attachment of {} yet",
        member.id
    );
    Error::new(ErrorKind::Busy, message)
        .with_remedy("repeat the call: Landbridge does not attach it twice")
}

// What the cloud answers to "attach what is attached" is not documented: any refusal that is not about the caller may
// mean it.
fn is_doubtful(kind: ErrorKind) -> bool {
    use ErrorKind::{AlreadyExists, Busy, InUse, InvalidInput, OutcomeUnknown, Refused};
    matches!(
        kind,
        AlreadyExists | Busy | InUse | InvalidInput | OutcomeUnknown | Refused
    )
}
