//! Keys from the SDK's own sources.

use std::error::Error as _;
use std::future::Future;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use landbridge_core::{Error, Result};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::{Keys, broken};
use crate::client::find;
use crate::error::CODES;

const WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";

/// Gets keys without the SDK's own log: it would hold whatever a program has written that was asked for keys.
pub(super) async fn quietly<T>(asking: impl Future<Output = T>) -> T {
    asking.with_subscriber(Dispatch::none()).await
}

/// Takes over the keys that a source of the SDK gave; `place` says which source it was.
pub(super) fn taken(place: &str, found: Result<Credentials, CredentialsError>) -> Result<Keys> {
    found
        .map(|credentials| keys_of(&credentials).with_origin(place))
        .map_err(|error| failed(place, error))
}

fn keys_of(credentials: &Credentials) -> Keys {
    let secret = credentials.secret_access_key().to_owned();
    let mut keys = Keys::new(credentials.access_key_id(), secret);
    if let Some(token) = credentials.session_token() {
        keys = keys.with_token(token);
    }
    match credentials.expiry() {
        Some(end) => keys.with_expiry(end),
        None => keys,
    }
}

/// What the causes hold, and what to do about it.
const REASONS: &[(&str, &str)] = &[
    (
        "credentials-process",
        "build with the feature `credentials-process`, or use another profile",
    ),
    (
        "credentials-login",
        "use another profile: Landbridge does not read console sessions",
    ),
    (
        "enabled: sso",
        "build with the feature `sso`, or use another profile",
    ),
    ("SSO token", "sign in: `aws sso login --profile <name>`"),
    (
        "external process",
        "run the profile's `credential_process` in a shell and correct it",
    ),
];

fn failed(place: &str, error: CredentialsError) -> Error {
    let (what, remedy) = match &error {
        CredentialsError::CredentialsNotLoaded(_) => {
            ("has no keys", "configure it, or use another source")
        }
        CredentialsError::ProviderTimedOut(_) => ("gave no keys in time", "try again"),
        CredentialsError::InvalidConfiguration(_) => {
            ("is not configured correctly", "correct its settings")
        }
        _ => ("gave no keys", "see the cause"),
    };
    let causes = causes(&error);
    let reason = REASONS.iter().find(|(part, _)| causes.contains(part));
    let failure = broken(format!("{place} {what}"));
    match find::<AssumeRoleWithWebIdentityError>(&error) {
        Some(refusal) => refused(failure, refusal),
        None => failure.with_remedy(reason.map_or(remedy, |(_, remedy)| remedy)),
    }
    .with_source(causes)
}

/// A token of another identity service that the cloud did not take.
fn refused(failure: Error, refusal: &AssumeRoleWithWebIdentityError) -> Error {
    let Some(code) = refusal.code() else {
        return failure.with_remedy("see the cause");
    };
    let failure = failure.with_operation(WEB_IDENTITY).with_code(code);
    match CODES.lookup(WEB_IDENTITY, code) {
        Some(row) => failure.with_kind(row.kind).with_remedy(row.remedy),
        None => failure.with_remedy("see the cause"),
    }
}

/// What the causes say, one after the other; what a program wrote is its own business, and may be secret.
fn causes(error: &CredentialsError) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    let text = texts.join(": ");
    match text.split_once(" Stderr: ") {
        Some((before, _)) => before.to_owned(),
        None => text,
    }
}
