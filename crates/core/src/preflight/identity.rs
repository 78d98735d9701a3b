//! The accounts: whose credentials were given, and which paid services are open.

use super::{Context, Finding};
use crate::plan::needed_services;
use crate::topology::Account;
use crate::traits::{CloudService, IdentityKind, ServiceStatus};

/// The credentials of each account belong to it, to no other declared account, and are not root credentials.
pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for account in &context.topology.accounts {
        let subject = format!("account {} ({})", account.name, account.id);
        let Some(inventory) = context.observation.of_account(&account.id).next() else {
            continue;
        };
        let identity = &inventory.identity;
        if identity.account != account.id {
            findings.push(wrong_account(context, account, &identity.account, subject));
        } else if identity.kind == IdentityKind::Root {
            findings.push(Finding::error(
                "identity/root",
                subject,
                format!("its credentials are root credentials ({})", identity.arn),
                "create a user or a role with the permissions that the plan needs, use its access key, and delete the \
                 root keys",
            ));
        }
    }
}

fn wrong_account(
    context: &Context<'_>,
    account: &Account,
    actual: &crate::ids::AccountId,
    subject: String,
) -> Finding {
    let other = context
        .topology
        .accounts
        .iter()
        .find(|other| other.id == *actual);
    match other {
        Some(other) => Finding::error(
            "identity/same-account",
            subject,
            format!(
                "its credentials belong to account {} ({actual}) of the same topology",
                other.name
            ),
            format!(
                "set `credentials` of account {} to credentials of {}",
                account.name, account.id
            ),
        ),
        None => Finding::error(
            "identity/wrong-account",
            subject,
            format!("its credentials belong to account {actual}"),
            "correct `id` or `credentials` of the account in the topology",
        ),
    }
}

/// Each paid service that the topology needs is open, or its account consents to opening it.
pub(super) fn services(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (name, service) in needed_services(context.topology, context.observation) {
        let Some(account) = context.topology.account(&name) else {
            continue;
        };
        if account.open_services || context.observation.of_account(&account.id).next().is_none() {
            continue;
        }
        if context.observation.service(&account.id, service) == ServiceStatus::Closed {
            findings.push(Finding::error(
                "service/not-open",
                format!("account {name} ({})", account.id),
                format!("the {service} service is not open in this account"),
                how_to_open(&name, service),
            ));
        }
    }
}

fn how_to_open(account: &str, service: CloudService) -> String {
    let how = format!(
        "open it in the console, or accept its terms with `open-services: true` on account {account}"
    );
    match service {
        CloudService::CrossBorder => format!(
            "{how}; the cloud opens it only for accounts whose identity it has verified for traffic across the border"
        ),
        _ => how,
    }
}
