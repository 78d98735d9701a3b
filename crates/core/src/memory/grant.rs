use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::item::is_at;
use super::world::{World, absent, check_unused};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{HubId, Place};
use crate::traits::{
    CreateGrant, Endpoint, Grant, GrantRecord, HubRecord, Member, Phase, RevokeGrant,
};

#[async_trait]
impl Grant for MemoryCloud {
    async fn create_grant(&self, request: &CreateGrant) -> Result<()> {
        self.write(
            "create_grant",
            &subject(&request.member, &request.hub),
            |world, place| world.create_grant(place, request),
        )
        .await
    }

    async fn list_grants(&self, member: &Endpoint) -> Result<Vec<GrantRecord>> {
        self.look(|world| world.grants_on(&self.place, member.id()))
            .await
    }

    async fn list_received_grants(&self, hub: &HubId) -> Result<Vec<GrantRecord>> {
        self.look(|world| world.grants_to(&self.place, hub).collect())
            .await
    }

    async fn revoke_grant(&self, request: &RevokeGrant) -> Result<()> {
        self.write(
            "revoke_grant",
            &subject(&request.member, &request.hub),
            |world, place| world.revoke_grant(place, request),
        )
        .await
    }
}

fn subject(member: &Endpoint, hub: &HubId) -> String {
    format!("{}/{hub}", member.id())
}

impl World {
    pub(super) fn grants_on(&self, place: &Place, member: &str) -> Vec<GrantRecord> {
        self.grants
            .iter()
            .filter(|grant| grant.member.id() == member)
            .filter(|grant| grant.member_account.as_ref() == Some(&place.account))
            .cloned()
            .collect()
    }

    /// The grants that a hub of this place's account has received.
    pub(super) fn grants_to(
        &self,
        place: &Place,
        hub: &HubId,
    ) -> impl Iterator<Item = GrantRecord> {
        self.grants
            .iter()
            .filter(move |grant| grant.hub == *hub && grant.hub_account == place.account)
            .cloned()
    }

    /// The grant of this member to this hub, whatever its payer.
    pub(super) fn find_grant(&self, key: &RevokeGrant) -> Option<&GrantRecord> {
        (self.grants.iter()).find(|grant| is_same(grant, key))
    }

    fn create_grant(&mut self, place: &Place, request: &CreateGrant) -> Result<()> {
        self.check_grant(place, request)?;
        if let Some(known) = self.find_grant(&request.into()) {
            return settle(known, request);
        }
        let member = Member::of(&request.member)?;
        self.grants.push(
            GrantRecord::new(member, request.hub.clone(), request.hub_account.clone())
                .with_member_account(place.account.clone())
                .with_payer((!self.is_edge(&request.hub)).then_some(request.payer)),
        );
        Ok(())
    }

    fn check_grant(&self, place: &Place, request: &CreateGrant) -> Result<()> {
        if !self.options.capabilities.grants {
            return Err(Error::unsupported("this cloud has no grants"));
        }
        check_member(place, &request.member)?;
        match &request.member {
            Endpoint::BorderRouter { .. } if self.is_edge(&request.hub) => {
                self.line_at(&request.member)?;
            }
            member => self.check_ready(self.network_at(member)?)?,
        }
        let hub = self
            .get::<HubRecord>(&request.hub)
            .filter(|hub| hub.record.account == request.hub_account)
            .filter(|hub| hub.life.phase(self.now) != Phase::Deleting);
        match hub {
            Some(_) => Ok(()),
            None => Err(absent::<HubRecord>(&request.hub, &request.hub_account)),
        }
    }

    fn revoke_grant(&mut self, place: &Place, request: &RevokeGrant) -> Result<()> {
        check_member(place, &request.member)?;
        if self.find_grant(request).is_none() {
            return Ok(());
        }
        let attachments = self
            .peerings_at(request.member.id())
            .filter(|entry| entry.record.accepter.is_hub(&request.hub))
            .map(|entry| format!("attachment {}", entry.record.id));
        check_unused(
            &format!("grant {}", subject(&request.member, &request.hub)),
            attachments,
        )?;
        self.grants.retain(|grant| !is_same(grant, request));
        Ok(())
    }
}

fn is_same(grant: &GrantRecord, key: &RevokeGrant) -> bool {
    grant.member.id() == key.member.id()
        && grant.hub == key.hub
        && grant.hub_account == key.hub_account
}

fn settle(known: &GrantRecord, request: &CreateGrant) -> Result<()> {
    if known.payer.is_none_or(|payer| payer == request.payer) {
        return Ok(());
    }
    let message = format!(
        "grant {} exists with another payer",
        subject(&request.member, &request.hub)
    );
    Err(Error::new(ErrorKind::AlreadyExists, message))
}

fn check_member(place: &Place, member: &Endpoint) -> Result<()> {
    if is_at(member, place) {
        return Ok(());
    }
    let (id, account) = (member.id(), member.account());
    let message =
        format!("only account {account}, which owns {id}, may grant it or take that back");
    Err(Error::new(ErrorKind::PermissionDenied, message))
}
