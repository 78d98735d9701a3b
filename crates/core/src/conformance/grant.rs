//! Consent given before an attachment.

use super::check::{Check, Stop, check, ensure, refused};
use super::lab::Lab;
use super::recipe::{hub_end, network_end};
use crate::error::ErrorKind;
use crate::ids::{HubId, SubnetId, Zone};
use crate::traits::{
    Capabilities, CreateGrant, GrantRecord, HubRecord, Member, NetworkRecord, Payer, PeeringKind,
    PeeringRecord, RequestPeering, RevokeGrant,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "grant.create",
            grants,
            "a grant is listed on its member and, received, at its hub, with accounts and payer",
            create
        ),
        check!(
            "grant.create.again",
            grants,
            "granting what is granted with the same payer succeeds",
            create_again
        ),
        check!(
            "grant.create.other-payer",
            grants,
            "granting what is granted with another payer fails with AlreadyExists",
            other_payer
        ),
        check!(
            "grant.create.wrong-account",
            grants,
            "granting fails with NotFound or InvalidInput when the hub is not that account's",
            wrong_account
        ),
        check!(
            "grant.needed",
            grants,
            "attaching a foreign network that is not granted is refused",
            needed
        ),
        check!(
            "grant.suffices",
            grants,
            "a granted foreign network can be attached",
            suffices
        ),
        check!(
            "grant.revoke",
            grants,
            "a revoked grant is listed no more",
            revoke
        ),
        check!(
            "grant.revoke.absent",
            grants,
            "revoking an absent grant succeeds",
            revoke_absent
        ),
        check!(
            "grant.revoke.attached",
            grants,
            "revoking a grant fails with InUse while the member is attached",
            revoke_attached
        ),
    ]
}

fn grants(capabilities: &Capabilities) -> bool {
    capabilities.grants
}

/// A network of the guest and a hub at home.
struct Parties {
    network: NetworkRecord,
    hub: HubRecord,
    taker: HubId,
    subnets: Vec<(Zone, SubnetId)>,
}

impl Parties {
    /// Only what a grant needs: the hub that takes it.
    async fn make(lab: &Lab) -> Result<Self, Stop> {
        let parent = lab.global_hub(0).await?;
        let hub = lab
            .regional_hub(&lab.home, parent.as_ref(), "hub/regional")
            .await?;
        Ok(Self {
            taker: parent.unwrap_or_else(|| hub.id.clone()),
            network: lab.network(&lab.guest, 0).await?,
            hub,
            subnets: Vec::new(),
        })
    }

    /// With what an attachment needs.
    async fn with_subnets(lab: &Lab) -> Result<Self, Stop> {
        let mut parties = Self::make(lab).await?;
        parties.subnets = lab.attachment_subnets(&lab.guest, &parties.network).await?;
        Ok(parties)
    }

    fn grant(&self, payer: Payer) -> CreateGrant {
        let owner = self.hub.account.clone();
        CreateGrant::new(network_end(&self.network), self.taker.clone(), owner).with_payer(payer)
    }

    async fn give(&self, lab: &Lab) -> Result<CreateGrant, Stop> {
        let grant = self.grant(Payer::HubOwner);
        lab.patient(|| lab.guest.create_grant(&grant)).await?;
        lab.keep_grant(&lab.guest, &grant);
        Ok(grant)
    }

    async fn attach(&self, lab: &Lab) -> crate::Result<PeeringRecord> {
        let (member, hub) = (network_end(&self.network), hub_end(&self.hub));
        let label = lab.label("peering/foreign");
        let request = RequestPeering::new(label, PeeringKind::Attachment, member, hub)
            .with_subnets(self.subnets.clone());
        let made = lab.patient(|| lab.home.request_peering(&request)).await?;
        lab.keep(&lab.home, &made);
        Ok(made)
    }

    async fn listed(&self, lab: &Lab) -> crate::Result<Vec<GrantRecord>> {
        let grants = lab.guest.list_grants(&network_end(&self.network)).await?;
        Ok(grants
            .into_iter()
            .filter(|one| one.hub == self.taker)
            .collect())
    }

    async fn received(&self, lab: &Lab) -> crate::Result<Vec<GrantRecord>> {
        let grants = lab.home.list_received_grants(&self.taker).await?;
        let is_it = |one: &GrantRecord| one.member == Member::Network(self.network.id.clone());
        Ok(grants.into_iter().filter(is_it).collect())
    }

    /// What both lists tell: one grant each, if there is one.
    async fn ensure_listed(&self, lab: &Lab, count: usize) -> Result<(), Stop> {
        let look = || async {
            let lists = [self.listed(lab).await?, self.received(lab).await?];
            Ok(match lists.iter().all(|list| list.len() == count) {
                true => crate::retry::Look::Ready(()),
                false => crate::retry::Look::NotYet(format!("listed as {lists:?}")),
            })
        };
        lab.until("the grant", look).await
    }
}

async fn create(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::make(lab).await?;
    let grant = parties.give(lab).await?;
    parties.ensure_listed(lab, 1).await?;
    let (listed, received) = (parties.listed(lab).await?, parties.received(lab).await?);
    for one in listed.iter().chain(&received) {
        ensure(
            one.member == Member::Network(parties.network.id.clone())
                && one.hub_account == grant.hub_account
                && one.payer == Some(grant.payer)
                && (one.member_account.as_ref()).is_none_or(|it| *it == parties.network.account),
            || format!("{one:?}"),
        )?;
    }
    Ok(())
}

async fn create_again(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::make(lab).await?;
    let grant = parties.give(lab).await?;
    parties.ensure_listed(lab, 1).await?;
    lab.patient(|| lab.guest.create_grant(&grant)).await?;
    parties.ensure_listed(lab, 1).await
}

async fn other_payer(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::make(lab).await?;
    parties.give(lab).await?;
    parties.ensure_listed(lab, 1).await?;
    let other = parties.grant(Payer::MemberOwner);
    refused(
        lab.patient(|| lab.guest.create_grant(&other)).await,
        &[ErrorKind::AlreadyExists],
    )
}

async fn wrong_account(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::make(lab).await?;
    let mut grant = parties.grant(Payer::HubOwner);
    grant.hub_account = lab.guest.place().account.clone();
    let result = lab.patient(|| lab.guest.create_grant(&grant)).await;
    if result.is_ok() {
        lab.keep_grant(&lab.guest, &grant);
    }
    refused(result, &[ErrorKind::NotFound, ErrorKind::InvalidInput])
}

async fn needed(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::with_subnets(lab).await?;
    refused(
        parties.attach(lab).await,
        &[ErrorKind::PermissionDenied, ErrorKind::NotFound],
    )
}

async fn suffices(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::with_subnets(lab).await?;
    parties.give(lab).await?;
    parties.ensure_listed(lab, 1).await?;
    let made = parties.attach(lab).await?;
    let ready: PeeringRecord = lab.ready(&lab.home, &made.id).await?;
    ensure(
        ready.requester == network_end(&parties.network) && ready.accepter == hub_end(&parties.hub),
        || format!("{ready:?}"),
    )
}

async fn revoke(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::make(lab).await?;
    let grant = RevokeGrant::from(&parties.give(lab).await?);
    parties.ensure_listed(lab, 1).await?;
    lab.patient(|| lab.guest.revoke_grant(&grant)).await?;
    parties.ensure_listed(lab, 0).await
}

async fn revoke_absent(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::make(lab).await?;
    let grant = RevokeGrant::from(&parties.grant(Payer::HubOwner));
    lab.patient(|| lab.guest.revoke_grant(&grant)).await?;
    Ok(())
}

async fn revoke_attached(lab: &Lab) -> Result<(), Stop> {
    let parties = Parties::with_subnets(lab).await?;
    let grant = RevokeGrant::from(&parties.give(lab).await?);
    let made = parties.attach(lab).await?;
    lab.ready::<PeeringRecord>(&lab.home, &made.id).await?;
    refused(
        lab.patient(|| lab.guest.revoke_grant(&grant)).await,
        &[ErrorKind::InUse],
    )
}

/// Makes a network of the guest and a grant of it.
pub(super) async fn granted(lab: &Lab) -> Result<NetworkRecord, Stop> {
    let parties = Parties::make(lab).await?;
    parties.give(lab).await?;
    parties.ensure_listed(lab, 1).await?;
    Ok(parties.network)
}
