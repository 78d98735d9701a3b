use std::time::Duration;

use landbridge_core::trust::same_document;
use landbridge_core::{EnsureTrust, Owner, Result, TrustRecord};
use serde_json::Value;

use super::{owner, read_trust, request, tag_text, trust_document};
use crate::document::{Doc, malformed};
use crate::mark::mark;
use crate::paging::{Listing, Paging};
use crate::params::Params;
use crate::request::Request;

/// `CreateRole`. Repeated, it is refused because the role exists, and its tags tell the owner.
pub(crate) fn create_role(wanted: &EnsureTrust) -> Request {
    let params = Params::new()
        .with("RoleName", &wanted.role)
        .with("AssumeRolePolicyDocument", trust_document(wanted))
        .with("MaxSessionDuration", wanted.max_session.as_secs())
        .with("Description", mark(&wanted.owner))
        .with("Tag", tag_text(&wanted.owner.to_tags()));
    request("CreateRole", params).repeatable()
}

/// `UpdateRole`: who may assume it, and for how long.
pub(crate) fn update_role(wanted: &EnsureTrust) -> Request {
    let params = Params::new()
        .with("RoleName", &wanted.role)
        .with("NewAssumeRolePolicyDocument", trust_document(wanted))
        .with("NewMaxSessionDuration", wanted.max_session.as_secs());
    request("UpdateRole", params).repeatable()
}

/// `GetRole`.
pub(crate) fn get_role(role: &str) -> Request {
    request("GetRole", Params::new().with("RoleName", role))
}

/// `ListRoles`, the view that shows tags.
pub(crate) fn list_roles() -> Listing {
    Listing::new(
        request("ListRoles", Params::new()),
        Paging::Marked,
        &["Roles", "Role"],
    )
}

/// The name and the owner of a role of `ListRoles`.
pub(crate) fn read_listed(doc: Doc<'_>) -> Result<(String, Option<Owner>)> {
    Ok((doc.need("RoleName")?, owner(doc)))
}

/// `DeleteRole`, which must have no policies.
pub(crate) fn delete_role(role: &str) -> Request {
    request("DeleteRole", Params::new().with("RoleName", role)).repeatable()
}

/// The role of `CreateRole` or `GetRole`, without its policies.
pub(crate) fn read_role(answer: Doc<'_>) -> Result<TrustRecord> {
    let doc = answer.get("Role");
    let mut record = TrustRecord::new(doc.need::<String>("RoleName")?, doc.text_or_empty("Arn"));
    record.owner = owner(doc);
    if let Some(seconds) = doc.parse("MaxSessionDuration") {
        record.max_session = Duration::from_secs(seconds);
    }
    if let Some(text) = doc.text("AssumeRolePolicyDocument") {
        let document = serde_json::from_str(&text)
            .map_err(|_| malformed("invalid trust document in the answer: expected JSON"))?;
        let trust = read_trust(&document);
        record.principals = trust.principals;
        record.external_id = trust.external_id;
        record.require_mfa = trust.require_mfa;
        record.altered = is_altered(&record, &document);
        record.trust = document;
    }
    Ok(record)
}

// Whether a trust document is another than the one that we would write of what it says.
fn is_altered(record: &TrustRecord, document: &Value) -> bool {
    let Some((first, more)) = record.principals.split_first() else {
        return true;
    };
    let nobody = Owner::new(String::new(), String::new());
    let mut read = EnsureTrust::new(&record.role, nobody, first.clone());
    read.principals.extend(more.iter().cloned());
    read.external_id.clone_from(&record.external_id);
    read.require_mfa = record.require_mfa;
    !same_document(&trust_document(&read), document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Principal;
    use serde_json::json;

    fn wanted() -> EnsureTrust {
        let owner = Owner::new("net", "role/peer");
        EnsureTrust::new("peer", owner, Principal::Account("11".into()))
    }

    #[test]
    fn a_role_is_made_with_its_ownership_as_tags_and_as_description() {
        let request = create_role(&wanted());
        let params = request.params();
        assert_eq!(params.get("RoleName"), Some("peer"));
        assert_eq!(params.get("MaxSessionDuration"), Some("3600"));
        assert_eq!(params.get("Description"), Some("landbridge:net role/peer"));
        assert_eq!(
            params.get("Tag"),
            Some(
                r#"[{"Key":"landbridge:key","Value":"role/peer"},{"Key":"landbridge:topology","Value":"net"}]"#
            )
        );
        assert_eq!(
            params.get("AssumeRolePolicyDocument"),
            Some(trust_document(&wanted()).to_string().as_str())
        );
        assert!(request.intent().may_repeat());
    }

    #[test]
    fn changing_a_role_leaves_its_ownership_alone() {
        let body = update_role(&wanted()).params().form_body();
        assert!(body.starts_with("RoleName=peer&NewAssumeRolePolicyDocument=%7B"));
        assert!(body.ends_with("&NewMaxSessionDuration=3600"), "{body}");
    }

    #[test]
    fn a_role_is_read_with_its_trust() {
        let trust = trust_document(&wanted()).to_string();
        let role = read_role(Doc::of(&json!({"Role": {"RoleName": "peer", "Arn": "acs:ram::22:role/peer", "MaxSessionDuration": 7200,
            "AssumeRolePolicyDocument": trust, "Description": "landbridge:net role/peer"}})))
        .expect("reads");
        assert_eq!(role.principals, [Principal::Account("11".into())]);
        assert_eq!(role.owner, Some(Owner::new("net", "role/peer")));
        assert_eq!(role.max_session, Duration::from_secs(7200));
        assert!(!role.altered);
        for theirs in [
            json!({"Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::11:root"}}}),
            json!({"Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::11:root"}},
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::12:root"}}]}),
            json!({"Version": "1", "Statement": []}),
        ] {
            let answer =
                json!({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": theirs.to_string()}});
            assert!(
                read_role(Doc::of(&answer)).expect("reads").altered,
                "{theirs}"
            );
        }
        let broken = json!({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": "{"}});
        assert!(read_role(Doc::of(&broken)).is_err());
    }
}
