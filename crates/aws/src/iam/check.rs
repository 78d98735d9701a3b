//! What is wrong with a wish, before the first write.

use landbridge_core::trust::policy_name;
use landbridge_core::{
    AccountId, EnsureTrust, EnsureUser, Error, ErrorKind, Owner, Principal, Result,
};
use serde_json::Value;

use crate::account::check_account;

/// The longest names of roles and users, and of policies.
const NAME: usize = 64;
const POLICY_NAME: usize = 128;

/// How long a role's sessions may be made, in seconds.
const SESSION: std::ops::RangeInclusive<u64> = 3600..=12 * 3600;

/// Characters that all policies inside a role or a user may have together; white space does not count.
const ROLE_POLICIES: usize = 10_240;
const USER_POLICIES: usize = 2048;
/// The most that the quota for trust documents can be raised to.
const TRUST_DOCUMENT: usize = 4096;

/// Whether a role or a user can have this name.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if it cannot.
pub(crate) fn check_name(noun: &str, name: &str) -> Result<()> {
    check_text(noun, name, 1..=NAME, "+=,.@-_")
}

/// Whether a role can be made with these documents.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if it cannot.
pub(crate) fn check_trust(request: &EnsureTrust, trust: &Value, permissions: &Value) -> Result<()> {
    check_name("role", &request.role)?;
    check_policy_name(&request.owner)?;
    if request.principals.is_empty() {
        let message = format!(
            "invalid role {}: expected at least one principal that may assume it",
            request.role
        );
        return Err(invalid(message, "name an account, a user or a role"));
    }
    request.principals.iter().try_for_each(check_principal)?;
    if let Some(id) = &request.external_id {
        check_text("external id", id, 2..=1224, "+=,.@:/-_")?;
    }
    check_session(request)?;
    check_length("trust document", trust, TRUST_DOCUMENT)?;
    check_length("policy", permissions, ROLE_POLICIES)
}

/// Whether a user can be made with this document.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if it cannot.
pub(crate) fn check_user(request: &EnsureUser, document: &Value) -> Result<()> {
    check_name("user", &request.name)?;
    check_policy_name(&request.owner)?;
    if request.roles.is_empty() {
        let message = format!(
            "invalid user {}: expected at least one role that it may assume",
            request.name
        );
        return Err(invalid(message, "name a role"));
    }
    request.roles.iter().try_for_each(|role| check_role(role))?;
    check_length("policy", document, USER_POLICIES)
}

fn check_policy_name(owner: &Owner) -> Result<()> {
    check_text("policy", &policy_name(owner), 1..=POLICY_NAME, "+=,.@-_")
}

fn check_principal(principal: &Principal) -> Result<()> {
    match principal {
        Principal::Account(account) => check_account(account),
        Principal::User { account, name } => check_path("user", account, name),
        Principal::Role { account, name } => check_path("role", account, name),
        other => Err(invalid(
            format!("invalid principal `{other}`: expected an account, a user or a role"),
            "name an account, a user or a role",
        )),
    }
}

fn check_path(noun: &str, account: &AccountId, path: &str) -> Result<()> {
    check_account(account)?;
    check_text(noun, path, 1..=512 + NAME, "+=,.@-_/")
}

// A pattern would let the user into roles that the request does not name.
fn check_role(arn: &str) -> Result<()> {
    let wrong = || {
        invalid(
            format!("invalid role `{arn}`: expected its ARN"),
            "write it like `arn:aws:iam::111122223333:role/name`",
        )
    };
    let fields: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "iam", "", account, role] = fields.as_slice() else {
        return Err(wrong());
    };
    let path = role.strip_prefix("role/").ok_or_else(wrong)?;
    check_path("role", &AccountId::new(*account), path).map_err(|_| wrong())
}

fn check_session(request: &EnsureTrust) -> Result<()> {
    let longest = request.max_session;
    if SESSION.contains(&longest.as_secs()) && longest.subsec_nanos() == 0 {
        return Ok(());
    }
    let message = format!(
        "invalid longest session of role {}: {} s",
        request.role,
        longest.as_secs_f64()
    );
    Err(invalid(message, "choose 1 to 12 hours"))
}

fn check_text(
    noun: &str,
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    marks: &str,
) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    if length.contains(&text.len()) && text.chars().all(allowed) {
        return Ok(());
    }
    let (least, most) = (length.start(), length.end());
    Err(invalid(
        format!("invalid name `{text}` of a {noun}"),
        &format!("use {least} to {most} letters, digits and `{marks}`"),
    ))
}

fn check_length(noun: &str, document: &Value, most: usize) -> Result<()> {
    let length = document.to_string().chars().count();
    match length <= most {
        true => Ok(()),
        false => Err(invalid(
            format!("invalid {noun}: {length} characters, and IAM takes at most {most}"),
            "shorten it: name fewer actions, or patterns",
        )),
    }
}

fn invalid(message: impl Into<String>, remedy: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_remedy(remedy)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn request() -> EnsureTrust {
        let principal = Principal::Account("011111111111".into());
        EnsureTrust::new("peer", Owner::new("net", "role/peer"), principal)
    }

    fn kind(request: &EnsureTrust, permissions: &Value) -> Option<ErrorKind> {
        let checked = check_trust(request, &json!({}), permissions);
        checked.err().map(|error| error.kind())
    }

    #[test]
    fn what_iam_would_refuse_is_refused_before() {
        let good = request().with_external_id("an:id/1");
        assert_eq!(kind(&good, &json!({})), None);
        let other = |principal| EnsureTrust::new("peer", request().owner, principal);
        let mut nobody = request();
        nobody.principals.clear();
        let bad = [
            EnsureTrust::new("a role", request().owner, request().principals[0].clone()),
            EnsureTrust::new(
                "r".repeat(65),
                request().owner,
                request().principals[0].clone(),
            ),
            EnsureTrust::new(
                "peer",
                Owner::new("n".repeat(140), "k"),
                request().principals[0].clone(),
            ),
            other(Principal::Account("1".into())),
            other(Principal::Other("*".to_owned())),
            other(Principal::Role {
                account: "011111111111".into(),
                name: "*".to_owned(),
            }),
            nobody,
            request().with_external_id("x"),
            request().with_external_id("a b"),
            request().with_max_session(Duration::from_secs(3599)),
            request().with_max_session(Duration::from_secs(12 * 3600 + 1)),
            request().with_max_session(Duration::from_millis(3_600_500)),
        ];
        for request in bad {
            assert_eq!(
                kind(&request, &json!({})),
                Some(ErrorKind::InvalidInput),
                "{request:?}"
            );
        }
        let long = json!("x".repeat(10_240));
        assert_eq!(kind(&good, &long), Some(ErrorKind::InvalidInput));
    }

    #[test]
    fn a_user_is_let_into_named_roles_only() {
        let check = |role: &str| {
            let user = EnsureUser::new("u", Owner::new("net", "user/u"), role);
            check_user(&user, &json!({}))
        };
        assert!(check("arn:aws:iam::011111111111:role/a/path/r").is_ok());
        for role in [
            "*",
            "arn:aws:iam::011111111111:role/*",
            "arn:aws:iam::*:role/r",
            "arn:aws:iam::unknown:role/r",
            "r",
        ] {
            let error = check(role).expect_err(role);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
