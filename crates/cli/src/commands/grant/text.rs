//! Grants as text and as JSON.

use std::time::SystemTime;

use landbridge_core::{CreateGrant, GrantRecord, RevokeGrant};
use serde_json::{Value, json};

use crate::output::Output;

/// Shows the grant to create.
pub(super) fn announce_create(output: &mut Output, request: &CreateGrant) {
    let mut text = parties("grant to create", &request.into());
    if !request.hub.as_str().starts_with("ecr-") {
        text.push_str(&format!(", {}", request.payer));
    }
    output.section("request", text, request);
}

/// Shows the grant to revoke.
pub(super) fn announce_revoke(output: &mut Output, request: &RevokeGrant) {
    output.section("request", parties("grant to revoke", request), request);
}

fn parties(what: &str, grant: &RevokeGrant) -> String {
    format!(
        "{what}: {} of account {} to {} of account {}",
        grant.member.id(),
        grant.member.account(),
        grant.hub,
        grant.hub_account
    )
}

pub(super) fn show(output: &mut Output, heading: &str, grants: &[GrantRecord]) {
    let mut text = format!("{heading}:");
    if grants.is_empty() {
        text.push_str("\n  none");
    }
    for grant in grants {
        text.push_str(&format!("\n  {}", line(grant)));
    }
    let values: Vec<Value> = grants.iter().map(value).collect();
    output.section("grants", text, values);
}

fn line(grant: &GrantRecord) -> String {
    let GrantRecord {
        member,
        hub,
        hub_account,
        ..
    } = grant;
    let owner = grant.member_account.as_ref();
    let owner = owner.map(|account| format!(" of account {account}"));
    let mut text = format!(
        "{member}{} -> {hub} of account {hub_account}",
        owner.unwrap_or_default()
    );
    if let Some(payer) = grant.payer {
        text.push_str(&format!(", {payer}"));
    }
    if let Some(at) = grant.created_at.and_then(date) {
        text.push_str(&format!(", since {at}"));
    }
    text
}

fn value(grant: &GrantRecord) -> Value {
    json!({
        "member": grant.member.id(),
        "member_account": grant.member_account,
        "hub": grant.hub,
        "hub_account": grant.hub_account,
        "payer": grant.payer,
        "created_at": grant.created_at.and_then(date),
    })
}

fn date(at: SystemTime) -> Option<String> {
    let at = jiff::Timestamp::try_from(at).ok()?;
    Some(at.round(jiff::Unit::Second).unwrap_or(at).to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use landbridge_core::{AccountId, Member, Payer};

    use super::*;

    #[test]
    fn a_grant_is_shown_with_what_is_known_of_it() {
        let least = GrantRecord::new(Member::Network("vpc-1".into()), "cen-1".into(), "2".into());
        let grant = least
            .clone()
            .with_member_account(AccountId::from("1"))
            .with_payer(Payer::HubOwner)
            .with_created_at(SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_250));
        let expected =
            "vpc-1 of account 1 -> cen-1 of account 2, hub owner pays, since 1970-01-02T00:00:00Z";
        assert_eq!(line(&grant), expected);
        assert_eq!(line(&least), "vpc-1 -> cen-1 of account 2");
    }
}
