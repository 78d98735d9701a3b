//! STS: the identity of the caller, and sessions of roles.

mod limits;
mod refusal;

use std::time::{Duration, SystemTime};

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_sdk_sts::types::Credentials;
use landbridge_core::{
    AssumeRole, CallerIdentity, Error, ErrorKind, IdentityKind, Result, SessionCredentials,
    SessionToken,
};
use secrecy::ExposeSecret;

use crate::client::{AwsClient, Operation, read};

use limits::check_code;
use refusal::explained;

pub(crate) use limits::{
    LONGEST_CHAINED, check_chained, check_role_session, check_root, check_session_token,
    may_be_capped, may_be_chained,
};

const GET_CALLER_IDENTITY: Operation = read("GetCallerIdentity");
// A second session does no harm.
const ASSUME_ROLE: Operation = read("AssumeRole");
const GET_SESSION_TOKEN: Operation = read("GetSessionToken");

/// Asks who the caller is.
pub(crate) async fn caller_identity(client: &AwsClient) -> Result<CallerIdentity> {
    let ask = || client.sts().get_caller_identity().send();
    let answer = client.call(GET_CALLER_IDENTITY, ask).await?;
    read_identity(&answer).map_err(|error| client.locate(error, GET_CALLER_IDENTITY))
}

/// Opens a session as a role.
pub(crate) async fn assume_role(
    client: &AwsClient,
    request: &AssumeRole,
) -> Result<SessionCredentials> {
    check_role_session(request.duration)
        .and_then(|()| check_code(request.mfa.as_ref()))
        .map_err(|error| client.locate(error, ASSUME_ROLE))?;
    let mut call = client
        .sts()
        .assume_role()
        .role_arn(&request.role)
        .role_session_name(&request.session)
        .duration_seconds(seconds(request.duration))
        .set_external_id(request.external_id.clone());
    if let Some(mfa) = &request.mfa {
        call = call
            .serial_number(&mfa.serial)
            .token_code(mfa.code.expose_secret());
    }
    let answer = client.call(ASSUME_ROLE, || call.clone().send()).await;
    let answer = answer.map_err(|error| explained(error, request.mfa.is_some()))?;
    let session = read_session(answer.credentials());
    session.map_err(|error| client.locate(error, ASSUME_ROLE))
}

/// Opens a session as the user whose keys sign.
pub(crate) async fn session_token(
    client: &AwsClient,
    request: &SessionToken,
) -> Result<SessionCredentials> {
    check_session_token(request.duration)
        .and_then(|()| check_code(request.mfa.as_ref()))
        .map_err(|error| client.locate(error, GET_SESSION_TOKEN))?;
    let mut call = client
        .sts()
        .get_session_token()
        .duration_seconds(seconds(request.duration));
    if let Some(mfa) = &request.mfa {
        call = call
            .serial_number(&mfa.serial)
            .token_code(mfa.code.expose_secret());
    }
    let answer = client.call(GET_SESSION_TOKEN, || call.clone().send()).await;
    let answer = answer.map_err(|error| explained(error, request.mfa.is_some()))?;
    let session = read_session(answer.credentials());
    session.map_err(|error| client.locate(error, GET_SESSION_TOKEN))
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn read_identity(answer: &GetCallerIdentityOutput) -> Result<CallerIdentity> {
    let (Some(account), Some(arn)) = (answer.account(), answer.arn()) else {
        return Err(malformed("the answer has no caller"));
    };
    Ok(CallerIdentity::new(
        account.into(),
        kind_of(arn),
        arn.to_owned(),
    ))
}

fn kind_of(arn: &str) -> IdentityKind {
    match arn.rsplit(':').next().unwrap_or_default() {
        "root" => IdentityKind::Root,
        name if name.starts_with("assumed-role/") || name.starts_with("role/") => {
            IdentityKind::Role
        }
        _ => IdentityKind::User,
    }
}

fn read_session(credentials: Option<&Credentials>) -> Result<SessionCredentials> {
    let session = credentials.ok_or_else(|| malformed("the answer has no session"))?;
    let expires_at = SystemTime::try_from(*session.expiration())
        .map_err(|_| malformed("invalid expiration of the session: expected a date"))?;
    Ok(SessionCredentials::new(
        session.access_key_id().to_owned(),
        session.secret_access_key().into(),
        session.session_token().into(),
        expires_at,
    ))
}

fn malformed(message: &str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_kind_of_caller() {
        for (arn, kind) in [
            ("arn:aws:iam::012345678901:root", IdentityKind::Root),
            ("arn:aws:iam::012345678901:user/root", IdentityKind::User),
            ("arn:aws:iam::012345678901:user/a/b", IdentityKind::User),
            (
                "arn:aws:sts::012345678901:assumed-role/r/s",
                IdentityKind::Role,
            ),
            (
                "arn:aws:sts::012345678901:federated-user/f",
                IdentityKind::User,
            ),
        ] {
            assert_eq!(kind_of(arn), kind, "{arn}");
        }
    }
}
