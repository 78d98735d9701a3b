use super::{Context, Finding};
use crate::plan::needed_services;
use crate::topology::Account;
use crate::traits::{IdentityKind, ServiceStatus};

/// Each account is who it says it is, is not a root key, and no two declared accounts are one.
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
                format!("its credentials are those of the account itself ({})", identity.arn),
                "create a user or role with the permissions of the plan, use its keys, and delete the root keys",
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
                "its credentials belong to account {} ({actual}), which the topology declares too",
                other.name
            ),
            format!("give account {} credentials of its own", account.name),
        ),
        None => Finding::error(
            "identity/wrong-account",
            subject,
            format!("its credentials belong to account {actual}"),
            "correct the account's `id`, or its `credentials`",
        ),
    }
}

/// Each paid service that is needed is open, or may be opened.
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
                format!("its {service} service is not open"),
                format!(
                    "open it in the console, or consent to its terms with `open-services: true` on account {name}"
                ),
            ));
        }
    }
}
