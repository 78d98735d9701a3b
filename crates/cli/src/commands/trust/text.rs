use landbridge_core::{Drift, TrustRecord};

use super::Role;
use crate::duration;

/// A role as people read it.
pub(super) fn role(role: &Role<'_>) -> String {
    let account = role.caller.account();
    match &role.found {
        Some(found) => record(found, account.as_str()),
        None => format!("role {} of account {account}: not there", role.name),
    }
}

fn record(found: &TrustRecord, account: &str) -> String {
    let mark = match &found.owner {
        Some(owner) => format!("{} ({})", owner.topology, owner.key),
        None => "none of ours".to_owned(),
    };
    let principals: Vec<String> = found.principals.iter().map(ToString::to_string).collect();
    let lines = [
        ("arn", found.arn.clone()),
        ("mark", mark),
        ("trusts", or_nobody(&principals)),
        (
            "external id",
            found
                .external_id
                .clone()
                .unwrap_or_else(|| "none".to_owned()),
        ),
        ("second factor", needed(found.require_mfa)),
        ("longest session", duration::show(found.max_session)),
    ];
    let mut text = format!("role {} of account {account}", found.role);
    for (what, value) in lines {
        text.push_str(&format!("\n  {what:<16} {value}"));
    }
    for (name, document) in &found.policies {
        let document = match document {
            Some(document) => document.to_string(),
            None => "(the cloud's own)".to_owned(),
        };
        text.push_str(&format!("\n  policy {name}: {document}"));
    }
    text
}

fn or_nobody(principals: &[String]) -> String {
    match principals {
        [] => "nobody".to_owned(),
        principals => principals.join(", "),
    }
}

fn needed(needed: bool) -> String {
    let text = if needed { "needed" } else { "not needed" };
    text.to_owned()
}

/// What differs from what is wanted.
pub(super) fn drift(role: &Role<'_>, drift: &[Drift]) -> String {
    let (name, account) = (role.name, role.caller.account());
    if drift.is_empty() {
        return format!("role {name} of account {account}: as wanted, nothing to do");
    }
    let count = drift.len();
    let mut text = format!("role {name} of account {account}: {count} to write");
    for drift in drift {
        text.push_str(&format!("\n  {drift}"));
    }
    text
}
