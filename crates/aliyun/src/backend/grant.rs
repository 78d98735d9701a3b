use async_trait::async_trait;
use landbridge_core::{
    AccountId, Endpoint, Error, ErrorKind, Grant, GrantRecord, GrantRequest, HubId, NetworkId,
    Region, Result,
};

use super::AliyunCloud;
use crate::cbn;

/// A network that is granted.
struct Granted<'a> {
    id: &'a NetworkId,
    account: &'a AccountId,
    region: &'a Region,
}

fn granted(member: &Endpoint) -> Result<Granted<'_>> {
    match member {
        Endpoint::Network {
            id,
            account,
            region,
        } => Ok(Granted {
            id,
            account,
            region,
        }),
        other => Err(Error::unsupported(format!(
            "{} is no network, and only networks are granted",
            other.id()
        ))),
    }
}

impl AliyunCloud {
    async fn grants_on(&self, member: &Granted<'_>) -> Result<Vec<GrantRecord>> {
        let listing = cbn::grants_on(member.region, member.id);
        self.look_up(listing, |doc| {
            cbn::read_grant_on(member.id, member.account, doc)
        })
        .await
    }

    async fn existing_grant(&self, request: &GrantRequest) -> Result<Option<GrantRecord>> {
        let grants = self.grants_on(&granted(&request.member)?).await?;
        Ok(grants.into_iter().find(|grant| grant.hub == request.hub))
    }
}

// The cloud lets the payer be changed once per hour only, so changing it is a decision for a person.
fn settle(request: &GrantRequest, existing: &GrantRecord) -> Result<()> {
    if existing.payer == Some(request.payer) && existing.hub_account == request.hub_account {
        return Ok(());
    }
    let payer = existing
        .payer
        .map_or("nobody said who pays".to_owned(), |payer| payer.to_string());
    let message = format!(
        "{} is granted to {} of account {} on other terms: {payer}",
        existing.member, existing.hub, existing.hub_account
    );
    Err(Error::new(ErrorKind::AlreadyExists, message).with_remedy(
        "revoke that grant, or change its payer with ModifyGrantInstanceToTransitRouter",
    ))
}

#[async_trait]
impl Grant for AliyunCloud {
    async fn create_grant(&self, request: &GrantRequest) -> Result<()> {
        // Read first: what a second grant on other terms does is not documented.
        if let Some(existing) = self.existing_grant(request).await? {
            return settle(request, &existing)
                .map_err(|error| self.locate(error, "GrantInstanceToTransitRouter"));
        }
        let member = granted(&request.member)?;
        self.tell(cbn::grant(member.region, member.id, request))
            .await
    }

    async fn list_grants(&self, member: &Endpoint) -> Result<Vec<GrantRecord>> {
        self.grants_on(&granted(member)?).await
    }

    async fn list_received_grants(&self, hub: &HubId) -> Result<Vec<GrantRecord>> {
        let account = &self.client.place().account;
        self.list(cbn::grants_to(hub), |doc| {
            cbn::read_grant_to(hub, account, doc)
        })
        .await
    }

    async fn revoke_grant(&self, request: &GrantRequest) -> Result<()> {
        let member = granted(&request.member)?;
        let Err(error) = self
            .delete(cbn::revoke(member.region, member.id, request))
            .await
        else {
            return Ok(());
        };
        // What the cloud answers when there is no such grant is not documented.
        let doubtful = !matches!(
            error.kind(),
            ErrorKind::PermissionDenied | ErrorKind::Throttled
        );
        match doubtful && self.existing_grant(request).await?.is_none() {
            true => Ok(()),
            false => Err(error),
        }
    }
}
