//! Security Token Service: who we are, and becoming somebody else.

use std::time::SystemTime;

use landbridge_core::{AssumeRole, CallerIdentity, IdentityKind, Result, SessionCredentials};
use secrecy::SecretString;
use serde_json::Value;

use crate::document::{Doc, malformed};
use crate::params::Params;
use crate::request::{Product, Request};

/// `GetCallerIdentity`.
pub(crate) fn get_caller_identity() -> Request {
    Request::new(Product::Sts, "GetCallerIdentity", Params::new())
}

/// `AssumeRole`. Two sessions do no more harm than one, so it may be repeated.
pub(crate) fn assume_role(request: &AssumeRole) -> Request {
    let params = Params::new()
        .with("RoleArn", &request.role)
        .with("RoleSessionName", &request.session)
        .with("DurationSeconds", request.duration.as_secs())
        .with_option("ExternalId", request.external_id.as_ref());
    Request::new(Product::Sts, "AssumeRole", params)
        .repeatable()
        .sensitive()
}

pub(crate) fn read_identity(answer: &Value) -> Result<CallerIdentity> {
    let doc = Doc::new(answer);
    let kind = match doc.text_or_empty("IdentityType").as_str() {
        "Account" => IdentityKind::Root,
        "RAMUser" => IdentityKind::User,
        "AssumedRoleUser" => IdentityKind::Role,
        other => {
            return Err(malformed(format!(
                "`{other}` is no kind of identity we know"
            )));
        }
    };
    Ok(CallerIdentity {
        account: doc.need("AccountId")?,
        kind,
        arn: doc.text_or_empty("Arn"),
    })
}

pub(crate) fn read_session(answer: &Value) -> Result<SessionCredentials> {
    let keys = Doc::new(answer).get("Credentials");
    let expiration: String = keys.need("Expiration")?;
    let expires_at = expiration
        .parse::<jiff::Timestamp>()
        .map_err(|_| malformed("the session's expiration is no date"))?;
    let secret = |key| keys.need::<String>(key).map(SecretString::from);
    Ok(SessionCredentials {
        access_key_id: keys.need("AccessKeyId")?,
        access_key_secret: secret("AccessKeySecret")?,
        token: secret("SecurityToken")?,
        expires_at: SystemTime::from(expires_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn an_identity_is_read_with_the_account_as_number_or_text() {
        for account in [json!("0123456789012345"), json!(1234567890123456_u64)] {
            let answer = json!({"IdentityType": "RAMUser", "AccountId": account, "Arn": "acs:ram::1:user/alice"});
            let identity = read_identity(&answer).expect("reads");
            assert_eq!(identity.kind, IdentityKind::User);
            assert_eq!(identity.account.as_str().len(), 16);
        }
        assert!(read_identity(&json!({"IdentityType": "Martian"})).is_err());
    }

    #[test]
    fn a_session_is_read_and_not_shown() {
        let answer = json!({"Credentials": {"AccessKeyId": "STS.x", "AccessKeySecret": "s3cret", "SecurityToken": "t0ken", "Expiration": "1970-01-01T01:00:00Z"}});
        let session = read_session(&answer).expect("reads");
        assert_eq!(
            session.expires_at,
            SystemTime::UNIX_EPOCH + Duration::from_secs(3600)
        );
        assert_eq!(session.token.expose_secret(), "t0ken");
        let shown = format!("{session:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"));
    }

    #[test]
    fn assuming_a_role_sends_exactly_this() {
        let request = AssumeRole::new("acs:ram::1:role/r", "me").with_external_id("x");
        let request = assume_role(&request);
        assert!(request.is_sensitive() && request.intent().may_repeat());
        assert_eq!(
            request.params().form_body(),
            "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&RoleSessionName=me&DurationSeconds=3600&ExternalId=x"
        );
    }
}
