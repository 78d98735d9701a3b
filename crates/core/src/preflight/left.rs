//! Accounts that left the file while something of the topology still joins them.

use super::{Context, Finding};
use crate::ids::{AccountId, CloudName};
use crate::object::Record;
use crate::traits::Owner;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    joined(context, findings);
    granted(context, findings);
}

// Attachments and peerings of ours with an end in an account that the file does not have. The routes that lead over them
// there cannot be read, and keep the cloud from letting go of them.
fn joined(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for inventory in &context.observation.inventories {
        let cloud = &inventory.place.cloud;
        let ours = inventory
            .peerings
            .iter()
            .filter(|peering| is_ours(context, peering.owner.as_ref()));
        for peering in ours.filter(|peering| !peering.is_leaving()) {
            let ends = [&peering.requester, &peering.accepter];
            let missing = ends
                .into_iter()
                .filter(|end| !has(context, cloud, end.account()));
            for end in missing {
                let key = peering.owner.as_ref().map(|owner| owner.key.as_str());
                findings.push(left(
                    format!("{} ({})", key.unwrap_or_default(), peering.id),
                    format!("it joins {} of account {}", end.id(), end.account()),
                    end.account(),
                ));
            }
        }
    }
}

// What a network of ours still grants to a hub of such an account is revoked without it; what the hub still holds is not.
fn granted(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for inventory in &context.observation.inventories {
        let cloud = &inventory.place.cloud;
        let hubs = inventory
            .hubs
            .iter()
            .filter(|hub| is_ours(context, hub.owner.as_ref()));
        let grants = inventory.grants.iter();
        let of_missing: Vec<_> = grants
            .filter_map(|grant| Some((grant, grant.member_account.as_ref()?)))
            .filter(|(_, account)| !has(context, cloud, account))
            .collect();
        for hub in hubs.filter(|_| !of_missing.is_empty()) {
            let received = of_missing.iter().filter(|(grant, _)| grant.hub == hub.id);
            for (grant, account) in received {
                findings.push(left(
                    format!("grant of {} to hub {}", grant.member, hub.id),
                    format!("account {account} gave it"),
                    account,
                ));
            }
        }
    }
}

fn left(subject: String, what: String, account: &AccountId) -> Finding {
    Finding::error(
        "account/left",
        subject,
        format!(
            "{what}, which the topology does not have: its side can be neither read nor removed, so this would not be freed"
        ),
        format!(
            "add account {account} back until this is removed; with `held-by: other` if its keys are not yours"
        ),
    )
}

fn is_ours(context: &Context<'_>, owner: Option<&Owner>) -> bool {
    owner.is_some_and(|owner| context.topology.is_called(&owner.topology))
}

fn has(context: &Context<'_>, cloud: &CloudName, id: &AccountId) -> bool {
    let mut accounts = context.topology.accounts.iter();
    accounts
        .any(|account| account.cloud == *cloud && (account.id == *id || account.id.is_unknown()))
}
