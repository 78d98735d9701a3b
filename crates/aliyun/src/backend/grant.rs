use async_trait::async_trait;
use landbridge_core::{
    AccountId, CreateGrant, Endpoint, Error, ErrorKind, Grant, GrantRecord, HubId, Result,
    RevokeGrant,
};

use super::explain::explain_grant;
use super::{AliyunCloud, each, empty_if_closed, none_if_barred};
use crate::document::Doc;
use crate::member::{Member, MemberKind};
use crate::{cbn, ecr, vpc};

/// Which products show a grant to an Express Connect Router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantViews {
    /// The routers' own product, in which grants are written.
    pub router: bool,
    /// The VPC product, which only shows them.
    pub member: bool,
}

impl GrantViews {
    /// Whether both say the same.
    pub fn agree(&self) -> bool {
        self.router == self.member
    }
}

impl AliyunCloud {
    /// The grants on a member to CEN instances.
    pub(super) async fn cen_grants_on(&self, member: &Member<'_>) -> Result<Vec<GrantRecord>> {
        self.look_up(cbn::grants_on(member), |doc| {
            cbn::read_grant_on(member, doc)
        })
        .await
    }

    /// The grants on a member to Express Connect Routers, as the VPC product shows them.
    pub(super) async fn router_grants_on(&self, member: &Member<'_>) -> Result<Vec<GrantRecord>> {
        self.look_up(vpc::router_grants_on(member), |doc| {
            vpc::read_router_grant_on(member, doc)
        })
        .await
    }

    /// The grants on a member to one Express Connect Router, as the routers' product shows them.
    async fn granted_by_us(
        &self,
        member: &Member<'_>,
        router: &HubId,
        account: &AccountId,
    ) -> Result<Vec<GrantRecord>> {
        let listing = ecr::granted_by_us(member, router);
        let read = |doc: Doc<'_>| ecr::read_router_grant(router, account, doc);
        let grants = self.look_up(listing, read).await?;
        Ok(grants.into_iter().flatten().collect())
    }

    async fn existing_grant(
        &self,
        member: &Member<'_>,
        hub: &HubId,
        account: &AccountId,
    ) -> Result<Option<GrantRecord>> {
        let grants = match ecr::is_router(hub) {
            true => self.granted_by_us(member, hub, account).await?,
            false => self.cen_grants_on(member).await?,
        };
        let is_it = |grant: &GrantRecord| grant.hub == *hub && grant.member.id() == member.id;
        Ok(grants.into_iter().find(is_it))
    }

    /// Tells which products show a grant to an Express Connect Router, as the member's owner.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) for other hubs, whose grants only one product shows.
    pub async fn cross_check_grant(&self, request: &CreateGrant) -> Result<GrantViews> {
        if !ecr::is_router(&request.hub) {
            return Err(Error::unsupported(format!(
                "invalid hub `{}`: expected an Express Connect Router, the only hub whose grants two products list",
                request.hub
            )));
        }
        let member = Member::of(&request.member)?;
        let (router, own) = tokio::try_join!(
            self.existing_grant(&member, &request.hub, &request.hub_account),
            self.router_grants_on(&member)
        )?;
        let is_it = |grant: &GrantRecord| {
            grant.hub == request.hub && grant.hub_account == request.hub_account
        };
        Ok(GrantViews {
            router: router.as_ref().is_some_and(is_it),
            member: own.iter().any(is_it),
        })
    }

    /// The grants that an Express Connect Router of this account has received.
    pub(super) async fn router_grants_to(&self, router: &HubId) -> Result<Vec<GrantRecord>> {
        let account = &self.client.place().account;
        let listing = ecr::granted_to_router(router);
        let read = |doc: Doc<'_>| ecr::read_router_grant(router, account, doc);
        let grants = self.list(listing, read).await?;
        Ok(grants.into_iter().flatten().collect())
    }

    /// The grants that a CEN instance of this account has received.
    pub(super) async fn cen_grants_to(&self, cen: &HubId) -> Result<Vec<GrantRecord>> {
        let account = &self.client.place().account;
        let kinds = vec![MemberKind::Network, MemberKind::BorderRouter];
        each(kinds, |kind| {
            self.list(cbn::grants_to(cen, kind), move |doc| {
                cbn::read_grant_to(cen, account, kind, doc)
            })
        })
        .await
    }
}

// The cloud lets the payer be changed once per hour only, so changing it is a decision for a person.
fn settle(request: &CreateGrant, existing: &GrantRecord) -> Result<()> {
    let at_edge = ecr::is_router(&request.hub);
    let same_payer = at_edge || existing.payer == Some(request.payer);
    if same_payer && existing.hub_account == request.hub_account {
        return Ok(());
    }
    let payer = existing
        .payer
        .map_or("unknown".to_owned(), |payer| payer.to_string());
    let terms = if at_edge {
        format!("and not of account {}", request.hub_account)
    } else {
        format!("on other terms (payer: {payer})")
    };
    let message = format!(
        "{} is granted to {} of account {} {terms}",
        existing.member, existing.hub, existing.hub_account
    );
    Err(Error::new(ErrorKind::AlreadyExists, message).with_remedy(
        "revoke that grant, or change who pays with ModifyGrantInstanceToTransitRouter",
    ))
}

/// Grants to CEN instances (`cen-`) and to Express Connect Routers (`ecr-`), of networks and border routers.
///
/// A list of grants on a member leaves out those to Express Connect Routers if the caller may not read them: a
/// caller that only uses CEN instances needs no permission for the other product.
#[async_trait]
impl Grant for AliyunCloud {
    async fn create_grant(&self, request: &CreateGrant) -> Result<()> {
        let member = Member::of(&request.member)?;
        let (action, call) = match ecr::is_router(&request.hub) {
            true => (
                "GrantInstanceToExpressConnectRouter",
                ecr::grant_to_router(&member, &request.hub, &request.hub_account),
            ),
            false => ("GrantInstanceToTransitRouter", cbn::grant(&member, request)),
        };
        // Read first: what a second grant on other terms does is not documented.
        if let Some(existing) = self
            .existing_grant(&member, &request.hub, &request.hub_account)
            .await?
        {
            return settle(request, &existing).map_err(|error| self.locate(error, action));
        }
        let result = self.tell(call).await;
        result.map_err(|error| explain_grant(error, &member, &request.hub, &request.hub_account))
    }

    async fn list_grants(&self, member: &Endpoint) -> Result<Vec<GrantRecord>> {
        let member = Member::of(member)?;
        let (mut grants, more) = tokio::try_join!(
            async { empty_if_closed(self.cen_grants_on(&member).await) },
            async { none_if_barred(self.router_grants_on(&member).await) },
        )?;
        grants.extend(more);
        Ok(grants)
    }

    async fn list_grants_to(&self, member: &Endpoint, hub: &HubId) -> Result<Vec<GrantRecord>> {
        let member = Member::of(member)?;
        let mut grants = match ecr::is_router(hub) {
            true => self.router_grants_on(&member).await?,
            false => empty_if_closed(self.cen_grants_on(&member).await)?,
        };
        grants.retain(|grant| grant.hub == *hub);
        Ok(grants)
    }

    async fn list_received_grants(&self, hub: &HubId) -> Result<Vec<GrantRecord>> {
        if !ecr::is_router(hub) {
            return self.cen_grants_to(hub).await;
        }
        self.router_grants_to(hub).await
    }

    async fn revoke_grant(&self, request: &RevokeGrant) -> Result<()> {
        let member = Member::of(&request.member)?;
        let call = match ecr::is_router(&request.hub) {
            true => ecr::revoke_from_router(&member, &request.hub, &request.hub_account),
            false => cbn::revoke(&member, request),
        };
        let Err(error) = self.delete(call).await else {
            return Ok(());
        };
        // What the cloud answers when there is no such grant is not documented.
        let doubtful = !matches!(
            error.kind(),
            ErrorKind::PermissionDenied | ErrorKind::Throttled
        );
        match doubtful
            && self
                .existing_grant(&member, &request.hub, &request.hub_account)
                .await?
                .is_none()
        {
            true => Ok(()),
            false => Err(explain_grant(
                error,
                &member,
                &request.hub,
                &request.hub_account,
            )),
        }
    }
}
