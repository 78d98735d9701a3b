//! Attachments, peerings of hubs and peerings of networks.

use super::check::{Check, Stop, check, ensure, refused};
use super::lab::Lab;
use super::lifecycle::lifecycle;
use super::recipe::{
    ALink, AMeshPeering, AnAttachment, Recipe, has_hubs, has_meshes, hub_end, network_end,
};
use super::thing::Handle;
use crate::error::ErrorKind;
use crate::ids::{HubId, PeeringId};
use crate::traits::{
    Capabilities, DnsAccess, Endpoint, HubScope, PeeringKind, PeeringRecord, PeeringSelect,
    PeeringSide, Phase,
};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = lifecycle!("attachment", AnAttachment, has_hubs, token has_hubs);
    checks.extend([
        check!(
            "attachment.record",
            has_hubs,
            "an attachment joins its member, as requester, to its hub, as accepter, through its subnets",
            attachment_record
        ),
        check!(
            "attachment.twice",
            has_hubs,
            "asking for a peering of what is joined already fails with AlreadyExists",
            attach_twice
        ),
        check!(
            "attachment.list.select",
            has_hubs,
            "of the conditions of a selection of peerings all must hold",
            select
        ),
        check!(
            "attachment.used-hub",
            has_hubs,
            "deleting a hub fails with InUse while something is attached to it",
            used_hub
        ),
    ]);
    checks.extend(lifecycle!("hub-peering", ALink, has_hubs, token has_hubs));
    checks.extend([check!(
        "hub-peering.record",
        has_hubs,
        "a peering of two hubs is seen from both ends, as what it is",
        link_record
    )]);
    checks.extend(lifecycle!("peering", AMeshPeering, has_meshes, token has_meshes));
    checks.extend([
        check!(
            "peering.record",
            has_meshes,
            "a peering of two networks waits for its accepter and is seen from both ends",
            mesh_record
        ),
        check!(
            "peering.twice",
            has_meshes,
            "asking for a peering of what is joined already fails with AlreadyExists",
            peer_twice
        ),
        check!(
            "peering.accept",
            has_meshes,
            "an accepted peering becomes ready at both ends",
            accept
        ),
        check!(
            "peering.accept.again",
            has_meshes,
            "accepting a peering that is accepted already succeeds",
            accept_again
        ),
        check!(
            "peering.accept.stranger",
            has_meshes,
            "a peering is accepted in its accepter's account and region only",
            accept_elsewhere
        ),
        check!(
            "peering.accept.deleted",
            has_meshes,
            "accepting a peering that was withdrawn fails",
            accept_deleted
        ),
        check!(
            "peering.delete.active",
            has_meshes,
            "a deleted peering is listed no more at either end after a while",
            delete_active
        ),
        check!(
            "peering.delete.accepter",
            has_meshes,
            "the accepter may delete a peering that it accepted",
            delete_as_accepter
        ),
        check!(
            "peering.dns",
            resolves,
            "each side of a ready peering can let the other resolve its names, and stop it",
            dns
        ),
    ]);
    checks
}

fn resolves(capabilities: &Capabilities) -> bool {
    has_meshes(capabilities) && capabilities.dns_resolution
}

impl Lab {
    /// Accepts a peering once the accepter sees it.
    pub(super) async fn accept(&self, at: &Handle, id: &PeeringId) -> Result<(), Stop> {
        self.in_phase::<PeeringRecord>(at, id, &[Phase::AwaitingAcceptance])
            .await?;
        self.patient(|| at.accept_peering(id)).await?;
        Ok(())
    }

    /// A ready peering of two networks.
    async fn peered(&self) -> Result<(AMeshPeering, PeeringRecord), Stop> {
        let (recipe, made) = self.make::<AMeshPeering>(0).await?;
        self.accept(&self.guest, &made.id).await?;
        let ready = self.ready(&self.home, &made.id).await?;
        self.ready::<PeeringRecord>(&self.guest, &made.id).await?;
        Ok((recipe, ready))
    }
}

fn ends_are(record: &PeeringRecord, requester: &Endpoint, accepter: &Endpoint) -> Result<(), Stop> {
    ensure(
        record.requester == *requester && record.accepter == *accepter,
        || format!("{requester:?} asked {accepter:?}: {record:?}"),
    )
}

async fn attachment_record(lab: &Lab) -> Result<(), Stop> {
    let recipe = AnAttachment::prepare(lab, 0).await?;
    let made = lab.create(&recipe, &lab.label("peering/0")).await?;
    let ready = lab.ready(&lab.home, &made.id).await?;
    for one in [&made, &ready] {
        ends_are(one, &network_end(&recipe.network), &hub_end(&recipe.hub))?;
        ensure(one.kind == PeeringKind::Attachment, || format!("{one:?}"))?;
        let mut subnets = one.subnets.clone();
        subnets.sort();
        let mut wanted = recipe.subnets.clone();
        wanted.sort();
        ensure(subnets == wanted, || {
            format!("asked for {wanted:?}: {subnets:?}")
        })?;
    }
    Ok(())
}

async fn attach_twice(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<AnAttachment>(0).await?;
    let request = recipe.request(&lab.foreign_label("peering/again"));
    let result = lab.patient(|| lab.home.request_peering(&request)).await;
    if let Ok(made) = &result {
        lab.keep(&lab.home, made);
    }
    refused(result, &[ErrorKind::AlreadyExists])
}

async fn select(lab: &Lab) -> Result<(), Stop> {
    let (recipe, one) = lab.make::<AnAttachment>(0).await?;
    let (_, other) = lab.make::<AnAttachment>(1).await?;
    let all = PeeringSelect::all;
    let hub = |id: &HubId| all().with_hub(id.clone());
    let mut one_only = vec![
        hub(&recipe.hub.id),
        hub(&recipe.hub.id).with_kind(PeeringKind::Attachment),
        all().with_id(one.id.clone()).with_topology(lab.topology()),
    ];
    if let HubScope::Regional {
        parent: Some(parent),
    } = &recipe.hub.scope
    {
        one_only.push(hub(parent));
    }
    for select in one_only {
        let listed = lab.home.list_peerings(&select).await?;
        let ids: Vec<_> = listed.iter().map(|peering| &peering.id).collect();
        ensure(ids == [&one.id], || {
            format!("{select:?} gives {ids:?}, not {}", one.id)
        })?;
    }
    for select in [
        hub(&recipe.hub.id).with_id(other.id.clone()),
        hub(&recipe.hub.id).with_kind(PeeringKind::HubToHub),
        all()
            .with_id(one.id.clone())
            .with_topology(lab.other_topology()),
    ] {
        let listed = lab.home.list_peerings(&select).await?;
        ensure(listed.is_empty(), || format!("{select:?} gives {listed:?}"))?;
    }
    Ok(())
}

async fn used_hub(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<AnAttachment>(0).await?;
    let hub = recipe.hub.id;
    refused(
        lab.patient(|| lab.home.delete_hub(&hub)).await,
        &[ErrorKind::InUse],
    )
}

async fn link_record(lab: &Lab) -> Result<(), Stop> {
    let (recipe, near) = lab.make::<ALink>(0).await?;
    let far: PeeringRecord = lab.ready(&lab.away, &near.id).await?;
    for one in [&near, &far] {
        ensure(one.kind == PeeringKind::HubToHub, || format!("{one:?}"))?;
        ends_are(one, &hub_end(&recipe.near), &hub_end(&recipe.far))?;
    }
    Ok(())
}

async fn mesh_record(lab: &Lab) -> Result<(), Stop> {
    let (recipe, near) = lab.make::<AMeshPeering>(0).await?;
    let phases = [Phase::AwaitingAcceptance];
    let far: PeeringRecord = lab.in_phase(&lab.guest, &near.id, &phases).await?;
    for one in [&near, &far] {
        ensure(one.kind == PeeringKind::NetworkToNetwork, || {
            format!("{one:?}")
        })?;
        ends_are(one, &network_end(&recipe.near), &network_end(&recipe.far))?;
    }
    Ok(())
}

async fn peer_twice(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.peered().await?;
    let request = recipe.request(&lab.foreign_label("peering/again"));
    let result = lab.patient(|| lab.home.request_peering(&request)).await;
    refused(result, &[ErrorKind::AlreadyExists])
}

async fn accept(lab: &Lab) -> Result<(), Stop> {
    lab.peered().await.map(drop)
}

async fn accept_again(lab: &Lab) -> Result<(), Stop> {
    let (_, peering) = lab.peered().await?;
    for _ in 0..2 {
        lab.patient(|| lab.guest.accept_peering(&peering.id))
            .await?;
    }
    Ok(())
}

async fn accept_elsewhere(lab: &Lab) -> Result<(), Stop> {
    let (_, made) = lab.make::<AMeshPeering>(0).await?;
    for at in [&lab.home, &lab.away] {
        // Where the peering is not known, it may become known: one attempt tells.
        let result = at.accept_peering(&made.id).await;
        ensure(result.is_err(), || format!("accepted from {}", at.place()))?;
    }
    lab.pause().await;
    let phases = [Phase::AwaitingAcceptance];
    lab.in_phase::<PeeringRecord>(&lab.home, &made.id, &phases)
        .await?;
    Ok(())
}

async fn accept_deleted(lab: &Lab) -> Result<(), Stop> {
    let (_, made) = lab.make::<AMeshPeering>(0).await?;
    lab.delete(&lab.home, &made).await?;
    let result = lab.guest.accept_peering(&made.id).await;
    ensure(result.is_err(), || format!("{} was accepted", made.id))
}

async fn delete_active(lab: &Lab) -> Result<(), Stop> {
    let (_, peering) = lab.peered().await?;
    lab.delete(&lab.home, &peering).await?;
    lab.gone::<PeeringRecord>(&lab.guest, &peering.id).await
}

async fn delete_as_accepter(lab: &Lab) -> Result<(), Stop> {
    let (_, peering) = lab.peered().await?;
    let call = || lab.guest.delete_peering(&peering.id, peering.kind);
    lab.stubborn(call).await?;
    lab.gone::<PeeringRecord>(&lab.home, &peering.id).await
}

async fn dns(lab: &Lab) -> Result<(), Stop> {
    let (recipe, peering) = lab.peered().await?;
    lab.name_hosts(&lab.home, &recipe.near.id).await?;
    lab.name_hosts(&lab.guest, &recipe.far.id).await?;
    let sides = [
        (&lab.home, PeeringSide::Requester),
        (&lab.guest, PeeringSide::Accepter),
    ];
    for (access, allow) in [(DnsAccess::Allow, true), (DnsAccess::Refuse, false)] {
        let id = &peering.id;
        for (at, side) in sides {
            lab.patient(|| at.allow_dns_resolution(id, side, access))
                .await?;
            let look = || async {
                let listed = lab.find::<PeeringRecord>(at, id).await?;
                let told = listed.and_then(|peering| peering.dns.of(side));
                Ok(match told == Some(allow) {
                    true => crate::retry::Look::Ready(()),
                    false => crate::retry::Look::NotYet(format!("listed as {told:?}")),
                })
            };
            lab.until(&format!("{side:?} allowing {allow}"), look)
                .await?;
        }
    }
    Ok(())
}
