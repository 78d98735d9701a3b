//! Keys from the SDK's own sources.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use landbridge_core::{Error, Result};

use super::{Keys, broken};

/// Takes over the keys that a source of the SDK gave; `place` says which source it was.
pub(super) fn taken(place: &str, found: Result<Credentials, CredentialsError>) -> Result<Keys> {
    found
        .map(|credentials| keys_of(&credentials))
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

fn failed(place: &str, error: CredentialsError) -> Error {
    let (what, remedy) = match &error {
        CredentialsError::CredentialsNotLoaded(_) => {
            ("has no keys", "configure it, or name another source")
        }
        CredentialsError::ProviderTimedOut(_) => ("gave no keys in time", "try again"),
        CredentialsError::InvalidConfiguration(_) => {
            ("is not configured as it should be", "correct its settings")
        }
        _ => ("gave no keys", "see the cause"),
    };
    broken(format!("{place} {what}"))
        .with_remedy(remedy)
        .with_source(error)
}
