//! Roles and differences as text and as JSON.

use std::time::Duration;

use landbridge_core::trust::policy_name;
use landbridge_core::{Drift, EnsureTrust, Permissions, Principal, TrustRecord};
use serde_json::{Value, json};

use super::Role;
use crate::duration;

/// A role as text.
pub(super) fn role(role: &Role<'_>) -> String {
    let account = role.caller.account();
    match &role.found {
        Some(found) => record(found, account.as_str()),
        None => format!("role {} of account {account}: does not exist", role.name),
    }
}

fn record(found: &TrustRecord, account: &str) -> String {
    let mark = match &found.owner {
        Some(owner) => format!("{} ({})", owner.topology, owner.key),
        None => "none".to_owned(),
    };
    let mut text = format!("role {} of account {account}", found.role);
    text.push_str(&line("arn", &found.arn));
    text.push_str(&line("mark", &mark));
    text.push_str(&conditions(
        &found.principals,
        found.external_id.as_deref(),
        found.require_mfa,
        found.max_session,
    ));
    for (name, document) in &found.policies {
        let document = match document {
            Some(document) => document.to_string(),
            None => "(managed by the cloud)".to_owned(),
        };
        text.push_str(&format!("\n  policy {name}: {document}"));
    }
    text
}

fn line(what: &str, value: &str) -> String {
    format!("\n  {what:<16} {value}")
}

fn conditions(
    principals: &[Principal],
    external_id: Option<&str>,
    require_mfa: bool,
    max_session: Duration,
) -> String {
    let principals: Vec<String> = principals.iter().map(ToString::to_string).collect();
    let trusted = match principals.as_slice() {
        [] => "no principal".to_owned(),
        principals => principals.join(", "),
    };
    let factor = if require_mfa {
        "required"
    } else {
        "not required"
    };
    [
        line("trusts", &trusted),
        line("external ID", external_id.unwrap_or("none")),
        line("MFA", factor),
        line("longest session", &duration::show(max_session)),
    ]
    .concat()
}

/// The role that the options describe.
pub(super) fn wanted(request: &EnsureTrust) -> String {
    let mut text = String::from("role to write:");
    text.push_str(&line("mark", &request.owner.topology));
    text.push_str(&conditions(
        &request.principals,
        request.external_id.as_deref(),
        request.require_mfa,
        request.max_session,
    ));
    let permissions = match &request.permissions {
        Permissions::Actions(actions) if actions.is_empty() => "none".to_owned(),
        Permissions::Actions(actions) => actions.join(", "),
        Permissions::Document(document) => document.to_string(),
        Permissions::AsIs => "as they are".to_owned(),
        _ => "unknown to this program".to_owned(),
    };
    text.push_str(&line("permissions", &permissions));
    text
}

/// The same for machines.
pub(super) fn wanted_value(request: &EnsureTrust) -> Value {
    let (actions, document) = match &request.permissions {
        Permissions::Actions(actions) => (Some(actions), None),
        Permissions::Document(document) => (None, Some(document)),
        _ => (None, None),
    };
    json!({
        "role": request.role,
        "owner": request.owner,
        "principals": request.principals,
        "external_id": request.external_id,
        "require_mfa": request.require_mfa,
        "max_session": request.max_session.as_secs(),
        "actions": actions,
        "document": document,
    })
}

/// A role as found, for machines.
pub(super) fn value(role: &Role<'_>) -> Value {
    let mut value = json!(role.found);
    if let Some(found) = &role.found {
        value["max_session"] = found.max_session.as_secs().into();
    }
    value
}

/// Differences between the role and the options.
pub(super) fn drift(role: &Role<'_>, drift: &[Drift]) -> String {
    let (name, account) = (role.name, role.caller.account());
    let mut text = match drift.len() {
        0 => format!("role {name} of account {account}: matches the options, nothing to do"),
        count => format!("role {name} of account {account}: {count} to write"),
    };
    for drift in drift {
        text.push_str(&format!("\n  {drift}"));
    }
    let told = |policy: &str| {
        drift
            .iter()
            .any(|drift| drift.what == format!("policy {policy}"))
    };
    for policy in of_others(role).filter(|policy| !told(policy)) {
        text.push_str(&format!("\n  policy {policy}: attached by others, stays"));
    }
    text
}

/// The policies of a role that others attached.
fn of_others<'r>(role: &'r Role<'_>) -> impl Iterator<Item = &'r str> {
    let found = role.found.as_ref();
    let ours = found
        .and_then(|found| found.owner.as_ref())
        .map(policy_name);
    let policies = found.into_iter().flat_map(|found| found.policies.keys());
    policies
        .filter(move |name| Some(*name) != ours.as_ref())
        .map(String::as_str)
}
