//! What the other owner consents to with a document, held against the cloud.

use std::collections::BTreeSet;

use super::act::Act;
use super::acts::Acts;
use super::document::{HandOver, Purpose};
use crate::error::{Error, ErrorKind, Result};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{Found, Plan, PlanOptions, Step, StepKey, sides};
use crate::topology::Holder;

/// What a document asks for and the cloud agrees with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Consent {
    /// The steps that do what is left to do.
    pub plan: Plan,
    /// What is done already.
    pub done: Vec<Act>,
}

/// The steps that do what a document asks for, and nothing else. `observation` is that of the document's
/// [view](HandOver::view), made with the keys of the account that is asked. Pure.
///
/// # Errors
/// [`Failed`](ErrorKind::Failed) when the cloud shows something else than the document says: another network, other CIDR
/// blocks, another request, or none yet. [`Unauthenticated`](ErrorKind::Unauthenticated) for keys of another account.
pub fn consent(document: &HandOver, observation: &Observation) -> Result<Consent> {
    observation.check_identities()?;
    if document.purpose == Purpose::Leave {
        return Err(differs(
            "it asks to take something away, which is done with the commands in it".to_owned(),
        ));
    }
    let topology = &document.view;
    let found = Found::index_with(topology, observation, &document.told);
    ranges(document, &found)?;
    let sides = sides(topology, observation, &found, &PlanOptions::default());
    let acts = Acts::new(topology, &found, &sides);
    let wanted: Vec<&Act> = document.acts().collect();
    let mut taken: Vec<Step> = Vec::new();
    let mut done = Vec::new();
    for act in &wanted {
        let same = |step: &&Step| acts.act(step).as_ref() == Some(*act);
        let mut steps: Vec<Step> = sides.ours.iter().filter(same).cloned().collect();
        if steps.is_empty() {
            not_otherwise(act, &acts, &sides.ours, &wanted)?;
            not_missing(act, &sides.later, &found)?;
            done.push((*act).clone());
        }
        taken.append(&mut steps);
    }
    // What must come before comes with it: learning of an attachment has no act of its own.
    let keys: BTreeSet<StepKey> = taken.iter().map(|step| step.key.clone()).collect();
    let goes_along = |step: &&Step| {
        matches!(step.key.object(), ObjectKey::Learning { .. })
            && step.depends_on.iter().any(|key| keys.contains(key))
    };
    let along: Vec<Step> = sides.ours.iter().filter(goes_along).cloned().collect();
    taken.extend(along);
    let order = |step: &Step| sides.ours.iter().position(|other| other.key == step.key);
    taken.sort_by_key(order);
    Ok(Consent {
        plan: Plan::finish(topology, taken),
        done,
    })
}

// The networks of this account are those that the asker believes them to be.
fn ranges(document: &HandOver, found: &Found) -> Result<()> {
    let own = document.view.accounts.iter();
    let own: Vec<&str> = own
        .filter(|account| account.held_by == Holder::Us)
        .map(|account| account.name.as_str())
        .collect();
    let networks = document.view.networks.iter();
    for network in networks.filter(|network| own.contains(&network.account.as_str())) {
        let id = network.id.as_ref().map_or("", |id| id.as_str());
        let Some(at) = found.networks.get(&ObjectKey::network(&network.name)) else {
            return Err(differs(format!(
                "network {id} does not exist in {} of account {}",
                network.region, document.account
            )));
        };
        let there: BTreeSet<_> = at.record.ranges.iter().collect();
        let said = document.ranges.get(&network.name);
        let said: BTreeSet<_> = said.into_iter().flatten().collect();
        if there != said {
            return Err(differs(format!(
                "network {id} has CIDR blocks {}, and the document says {}",
                crate::object::rules::list(there),
                crate::object::rules::list(said)
            )));
        }
    }
    Ok(())
}

// A step of the same kind on the same thing that differs in an ID, an account or a CIDR block.
fn not_otherwise(act: &Act, acts: &Acts<'_>, ours: &[Step], wanted: &[&Act]) -> Result<()> {
    for step in ours {
        let Some(other) = acts.act(step).filter(|other| !wanted.contains(&other)) else {
            continue;
        };
        let same_thing = match (act, &other) {
            (
                Act::AcceptPeering { accepter, .. },
                Act::AcceptPeering {
                    accepter: there, ..
                },
            ) => accepter.id == there.id,
            (Act::Grant { member, .. }, Act::Grant { member: there, .. })
            | (Act::Attach { member, .. }, Act::Attach { member: there, .. }) => {
                member.id == there.id
            }
            (
                Act::RequestPeering { requester, .. },
                Act::RequestPeering {
                    requester: there, ..
                },
            ) => requester.id == there.id,
            _ => false,
        };
        if same_thing {
            return Err(differs(format!(
                "the document says: {act}. The cloud shows: {other}"
            )));
        }
    }
    Ok(())
}

// What waits for the asker cannot be done, and is not done either.
fn not_missing(act: &Act, later: &[Step], found: &Found) -> Result<()> {
    let missing = match act {
        Act::AcceptPeering { peering, .. } => found.peerings.by_id(peering).is_none(),
        Act::AddRoute { through, .. } => found.peerings.by_id(through.id()).is_none(),
        _ => later.iter().any(|step| asks_the_same(act, step)),
    };
    match missing {
        true => Err(differs(format!(
            "the document says: {act}. The cloud does not show that with these IDs, accounts and CIDR blocks"
        ))),
        false => Ok(()),
    }
}

fn asks_the_same(act: &Act, step: &Step) -> bool {
    matches!(
        (act, step.key.object()),
        (Act::Grant { .. }, ObjectKey::Grant(_))
            | (Act::Attach { .. }, ObjectKey::Attachment(_))
            | (Act::RequestPeering { .. }, ObjectKey::Peering(_))
    )
}

fn differs(what: String) -> Error {
    Error::new(
        ErrorKind::Failed,
        format!("the hand-over is refused: {what}"),
    )
    .with_remedy("ask its sender for a new one; nothing was written")
}
