//! What can be wrong with the request for a role, found before anything is sent.

use std::time::Duration;

use landbridge_core::trust::policy_name;
use landbridge_core::{EnsureTrust, Error, ErrorKind, Principal, Result};
use serde_json::Value;

use crate::ram::{LONGEST_DOCUMENT, permission_document};

const LONGEST_ROLE_NAME: usize = 64;
const LONGEST_POLICY_NAME: usize = 128;
const SESSIONS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(3600)..=Duration::from_secs(12 * 3600);

/// The permission document of a request that the cloud can take.
///
/// # Errors
/// One [`InvalidInput`](ErrorKind::InvalidInput) that tells everything that is wrong.
pub(super) fn check(request: &EnsureTrust) -> Result<Value> {
    let document = permission_document(&request.permissions);
    let mut complaints = complaints(request);
    if let Some(long) = document.as_ref().and_then(too_long) {
        complaints.push(long);
    }
    match document {
        Some(document) if complaints.is_empty() => Ok(document),
        None => Err(Error::unsupported("RAM takes no permissions of this kind")),
        Some(_) => {
            let message = format!("role {}: {}", request.role, complaints.join("; "));
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

fn complaints(request: &EnsureTrust) -> Vec<String> {
    let mut complaints = Vec::new();
    if !is_name(&request.role, LONGEST_ROLE_NAME, "-.") {
        complaints.push(format!(
            "invalid name: expected 1 to {LONGEST_ROLE_NAME} letters, digits, dots and hyphens"
        ));
    }
    let policy = policy_name(&request.owner);
    if !is_name(&policy, LONGEST_POLICY_NAME, "-") {
        complaints.push(format!(
            "its policy would be named {policy}, and a policy's name has 1 to {LONGEST_POLICY_NAME} letters, digits and \
             hyphens"
        ));
    }
    if !SESSIONS.contains(&request.max_session) {
        complaints.push("invalid longest session: expected 1 h to 12 h".to_owned());
    }
    if request.principals.is_empty() {
        complaints.push(
            "no principal: expected at least one account, user or role that may assume it"
                .to_owned(),
        );
    }
    for principal in &request.principals {
        if let Principal::Other(text) = principal {
            complaints.push(format!(
                "invalid principal `{text}`: expected an account, a user or a role"
            ));
        }
    }
    complaints
}

fn is_name(name: &str, longest: usize, marks: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    (1..=longest).contains(&name.len()) && name.chars().all(allowed)
}

fn too_long(document: &Value) -> Option<String> {
    let length = document.to_string().chars().count();
    (length > LONGEST_DOCUMENT).then(|| {
        format!(
            "its permission document has {length} characters, and {LONGEST_DOCUMENT} are allowed: name fewer actions, \
             or patterns like `vpc:Describe*`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{Owner, Permissions};

    fn request(role: &str, topology: &str) -> EnsureTrust {
        let account = Principal::Account("11".into());
        EnsureTrust::new(role, Owner::new(topology, "role/r"), account)
    }

    #[test]
    fn a_good_request_gives_its_document() {
        assert!(check(&request("peer.role-1", "net")).is_ok());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let actions = (0..600).map(|n| format!("vpc:Action{n}")).collect();
        let mut wrong = request("peer_role", &"n".repeat(120))
            .with_max_session(Duration::from_secs(60))
            .with_permissions(Permissions::Actions(actions));
        wrong.principals = vec![Principal::Other("Service ecs.aliyuncs.com".to_owned())];
        let error = check(&wrong).expect_err("wrong");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let told = error.message().split("; ").count();
        assert_eq!(told, 5, "{error}");
    }
}
