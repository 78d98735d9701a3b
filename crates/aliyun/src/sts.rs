//! Security Token Service: the identity of the caller, and sessions of roles.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use landbridge_core::{
    AssumeRole, CallerIdentity, Error, ErrorKind, IdentityKind, Result, SessionCredentials,
};
use secrecy::SecretString;

use crate::document::{Doc, malformed};
use crate::params::Params;
use crate::request::{Product, Request};

/// How long any role lets a session last.
const DURATIONS: RangeInclusive<Duration> = Duration::from_secs(900)..=Duration::from_secs(43_200);

/// `GetCallerIdentity`.
pub(crate) fn get_caller_identity() -> Request {
    Request::new(Product::Sts, "GetCallerIdentity", Params::new())
}

/// `AssumeRole`. Two sessions do no more harm than one, so it may be repeated.
///
/// Fails for what no role allows, before anything is sent.
pub(crate) fn assume_role(request: &AssumeRole) -> Result<Request> {
    check(request)?;
    let request = Request::new(Product::Sts, "AssumeRole", session_params(request));
    Ok(request.repeatable().sensitive())
}

/// `AssumeRoleWithOIDC`, which is not signed: the token names the caller.
pub(crate) fn assume_role_with_oidc(
    provider: &str,
    token: &SecretString,
    request: &AssumeRole,
) -> Result<Request> {
    check(request)?;
    let params = session_params(request)
        .with("OIDCProviderArn", provider)
        .with_secret("OIDCToken", Some(token));
    let request = Request::new(Product::Sts, "AssumeRoleWithOIDC", params);
    Ok(request.repeatable().sensitive())
}

fn session_params(request: &AssumeRole) -> Params {
    Params::new()
        .with("RoleArn", &request.role)
        .with("RoleSessionName", &request.session)
        .with("DurationSeconds", request.duration.as_secs())
        .with_option("ExternalId", request.external_id.as_ref())
}

/// Refuses what no role allows.
pub(crate) fn check(request: &AssumeRole) -> Result<()> {
    if request.mfa.is_some() {
        return Err(
            Error::unsupported("AssumeRole takes no MFA code on Alibaba Cloud").with_remedy(
                "leave the code out; users show MFA codes when they sign in with CloudSSO or OAuth",
            ),
        );
    }
    if !DURATIONS.contains(&request.duration) {
        let message = format!(
            "invalid session duration of role {}: {} s",
            request.role,
            request.duration.as_secs()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message)
            .with_remedy("ask for 900 s to 43200 s, and for no more than the role allows"));
    }
    Ok(())
}

/// What a refused `AssumeRole` means where the cloud's code alone does not say it.
pub(crate) fn explain(error: Error) -> Error {
    let by_root = error.code() == Some("NoPermission")
        && error.message().to_ascii_lowercase().contains("root");
    if !by_root {
        return error;
    }
    error
        .with_message("the keys belong to the account itself (root), which may not assume roles")
        .with_remedy("use the keys of a user or a role of the account")
}

pub(crate) fn read_identity(doc: Doc<'_>) -> Result<CallerIdentity> {
    let arn = doc.text_or_empty("Arn");
    let (account, resource) = match parts(&arn) {
        Some((account, resource)) => (Some(account), resource),
        None => (None, ""),
    };
    let account = match account.filter(|_| doc.text("AccountId").is_none()) {
        Some(account) => account.to_owned(),
        None => doc.need("AccountId")?,
    };
    let is_account = |key| doc.text(key).as_ref() == Some(&account);
    // Older answers have no `IdentityType`.
    let kind = match (doc.text_or_empty("IdentityType").as_str(), resource) {
        ("Account", _) | (_, "root") => IdentityKind::Root,
        ("RAMUser", _) | (_, "user") => IdentityKind::User,
        ("AssumedRoleUser", _) | (_, "role" | "assumed-role") => IdentityKind::Role,
        _ if is_account("UserId") || is_account("PrincipalId") => IdentityKind::Root,
        _ => IdentityKind::Other,
    };
    Ok(CallerIdentity::new(account.into(), kind, arn))
}

/// The account and the kind of resource in an ARN such as `acs:ram::ACCOUNT:user/NAME`, if it has both.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("acs:")?.splitn(4, ':').skip(2);
    let account = parts.next().filter(|account| !account.is_empty())?;
    Some((account, parts.next()?.split('/').next()?))
}

/// The session in an answer, which must be one of `role`.
pub(crate) fn read_session(answer: Doc<'_>, role: &str) -> Result<SessionCredentials> {
    let assumed: String = answer.get("AssumedRoleUser").need("Arn")?;
    check_role(role, &assumed)?;
    let keys = answer.get("Credentials");
    let expiration: String = keys.need("Expiration")?;
    let expires_at = expiration
        .parse::<jiff::Timestamp>()
        .map_err(|_| malformed("invalid expiration of the session: expected a date"))?;
    let secret = |key| keys.need::<String>(key).map(SecretString::from);
    Ok(SessionCredentials::new(
        keys.need::<String>("AccessKeyId")?,
        secret("AccessKeySecret")?,
        secret("SecurityToken")?,
        SystemTime::from(expires_at),
    ))
}

// Answers may have the role's name in lower case, or the older form `acs:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
fn check_role(role: &str, assumed: &str) -> Result<()> {
    let (wanted, got) = (role.to_ascii_lowercase(), assumed.to_ascii_lowercase());
    let got = match got.strip_prefix("acs:sts:") {
        Some(rest) => format!("acs:ram:{rest}"),
        None => got,
    };
    let got = got.replacen(":assumed-role/", ":role/", 1);
    let rest = got.strip_prefix(&wanted);
    if rest.is_some_and(|rest| rest.starts_with('/')) {
        return Ok(());
    }
    let message = format!(
        "Landbridge asked for a session of role {role}, and the answer is one of {assumed}"
    );
    Err(Error::new(ErrorKind::Unauthenticated, message)
        .with_remedy("check the role's ARN and the endpoint of STS"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::MfaCode;
    use secrecy::ExposeSecret;
    use serde_json::json;

    #[test]
    fn an_identity_is_read_with_the_account_as_number_or_text() {
        for account in [json!("0123456789012345"), json!(1234567890123456_u64)] {
            let answer = json!({"IdentityType": "RAMUser", "AccountId": account, "Arn": "acs:ram::1:user/alice"});
            let identity = read_identity(Doc::of(&answer)).expect("reads");
            assert_eq!(identity.kind, IdentityKind::User);
            assert_eq!(identity.account.as_str().len(), 16);
        }
    }

    #[test]
    fn the_kind_is_told_by_whatever_says_it() {
        let id = "1234567890123456";
        for (kind, answer) in [
            (IdentityKind::Root, json!({"IdentityType": "Account"})),
            (
                IdentityKind::Root,
                json!({"Arn": format!("acs:ram::{id}:root")}),
            ),
            (IdentityKind::Root, json!({"UserId": id})),
            (
                IdentityKind::Root,
                json!({"PrincipalId": id, "Arn": "martian"}),
            ),
            (
                IdentityKind::User,
                json!({"UserId": "2", "Arn": format!("acs:ram::{id}:user/root")}),
            ),
            (
                IdentityKind::Role,
                json!({"Arn": format!("acs:ram::{id}:role/r/s")}),
            ),
            (
                IdentityKind::Role,
                json!({"Arn": format!("acs:ram::{id}:assumed-role/r/s")}),
            ),
            (
                IdentityKind::Role,
                json!({"Arn": format!("acs:sts::{id}:assumed-role/r/s")}),
            ),
            (
                IdentityKind::Role,
                json!({"IdentityType": "AssumedRoleUser", "Arn": "acs:sts::r"}),
            ),
            (IdentityKind::Other, json!({"IdentityType": "Martian"})),
            (
                IdentityKind::Other,
                json!({"UserId": "2", "Arn": format!("acs:ram::{id}:martian/m")}),
            ),
        ] {
            let mut answer = answer;
            answer["AccountId"] = json!(id);
            let identity = read_identity(Doc::of(&answer)).expect("reads");
            assert_eq!(
                (identity.kind, identity.account.as_str()),
                (kind, id),
                "{answer}"
            );
        }
    }

    #[test]
    fn an_answer_without_an_account_is_understood_only_by_its_arn() {
        let identity =
            read_identity(Doc::of(&json!({"Arn": "acs:ram::12:user/alice"}))).expect("reads");
        assert_eq!(identity.account.as_str(), "12");
        for arn in ["", "acs:ram:::user/alice", "acs:ram", "12"] {
            assert!(
                read_identity(Doc::of(&json!({"Arn": arn}))).is_err(),
                "{arn}"
            );
        }
    }

    #[test]
    fn a_session_is_read_and_not_shown() {
        let answer = json!({"AssumedRoleUser": {"Arn": "acs:ram::1:role/reader/me"},
            "Credentials": {"AccessKeyId": "STS.x", "AccessKeySecret": "s3cret", "SecurityToken": "t0ken", "Expiration": "1970-01-01T01:00:00Z"}});
        let session = read_session(Doc::of(&answer), "acs:ram::1:role/Reader").expect("reads");
        assert_eq!(
            session.expires_at,
            SystemTime::UNIX_EPOCH + Duration::from_secs(3600)
        );
        assert_eq!(session.token.expose_secret(), "t0ken");
        let shown = format!("{session:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"));
        let error =
            read_session(Doc::of(&answer), "acs:ram::1:role/writer").expect_err("of another role");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    }

    #[test]
    fn assuming_a_role_sends_exactly_this() {
        let request = AssumeRole::new("acs:ram::1:role/r", "me").with_external_id("x");
        let request = assume_role(&request).expect("valid");
        assert!(request.is_sensitive() && request.intent().may_repeat());
        assert_eq!(
            request.params().form_body(),
            "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&RoleSessionName=me&DurationSeconds=3600&ExternalId=x"
        );
    }

    #[test]
    fn what_no_role_allows_is_not_sent() {
        let role = AssumeRole::new("acs:ram::1:role/r", "me");
        for seconds in [0, 899, 43_201] {
            let request = role.clone().with_duration(Duration::from_secs(seconds));
            let error = assume_role(&request).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{seconds}");
        }
        for seconds in [900, 43_200] {
            let request = role.clone().with_duration(Duration::from_secs(seconds));
            assert!(assume_role(&request).is_ok(), "{seconds}");
        }
        let mfa = MfaCode::new("s", "123456".into());
        let error = assume_role(&role.with_mfa(mfa)).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn a_session_of_another_role_is_refused() {
        for assumed in [
            "acs:ram::1:role/Rx/s",
            "acs:ram::2:role/r/s",
            "acs:ram::1:role/r",
            "acs:sts::2:assumed-role/r/s",
            "acs:sts::1:assumed-role/rx/s",
            "acs:ecs::1:assumed-role/r/s",
            "",
        ] {
            let error = check_role("acs:ram::1:role/R", assumed).expect_err("another");
            assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{assumed}");
        }
        for assumed in [
            "acs:ram::1:role/R/s",
            "acs:ram::1:assumed-role/r/s",
            "acs:sts::1:assumed-role/R/s",
        ] {
            check_role("acs:ram::1:role/R", assumed).expect("the same");
        }
    }
}
