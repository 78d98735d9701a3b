use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::ids::AccountId;

/// The kind of a caller's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IdentityKind {
    /// The account's root identity. It may do everything and cannot assume roles. Never use its keys.
    Root,
    /// A user of the account.
    User,
    /// A role session.
    Role,
    /// One whose kind the cloud's answer does not tell.
    Other,
}

/// The identity of a caller, as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallerIdentity {
    /// The account.
    pub account: AccountId,
    /// The kind.
    pub kind: IdentityKind,
    /// The full name (ARN).
    pub arn: String,
}

impl CallerIdentity {
    /// An identity of `account`.
    pub fn new(account: AccountId, kind: IdentityKind, arn: impl Into<String>) -> Self {
        Self {
            account,
            kind,
            arn: arn.into(),
        }
    }

    /// Refuses credentials that belong to another account than the declared one.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated), naming both accounts.
    pub fn check_account(&self, declared: &AccountId) -> Result<()> {
        if self.account == *declared {
            return Ok(());
        }
        let message = format!(
            "the credentials for account {declared} belong to account {}",
            self.account
        );
        Err(
            Error::new(ErrorKind::Unauthenticated, message).with_remedy(format!(
                "correct the account ID, or give credentials of account {declared}"
            )),
        )
    }
}

/// A code of a second factor (MFA device). `Debug` does not show it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MfaCode {
    /// The device: its serial number or its ARN.
    pub serial: String,
    /// The six digits that it shows now. They work for one call.
    pub code: SecretString,
}

impl MfaCode {
    /// The code that the device `serial` shows.
    pub fn new(serial: impl Into<String>, code: SecretString) -> Self {
        Self {
            serial: serial.into(),
            code,
        }
    }
}

/// What [`CrossAccountAuth::assume_role`] needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AssumeRole {
    /// The role's full name (ARN).
    pub role: String,
    /// The name of the session, which audit logs show.
    pub session: String,
    /// How long the session lives. Default 1 h.
    pub duration: Duration,
    /// The external id that the role's trust asks for.
    pub external_id: Option<String>,
    /// The proof of a second factor, where the role's trust asks for one.
    pub mfa: Option<MfaCode>,
}

impl AssumeRole {
    /// A session of one hour.
    pub fn new(role: impl Into<String>, session: impl Into<String>) -> Self {
        Self {
            role: role.into(),
            session: session.into(),
            duration: Duration::from_secs(3600),
            external_id: None,
            mfa: None,
        }
    }

    setters! {
        /// Sets how long the session lives.
        with_duration(duration: Duration);
        /// Proves a second factor.
        with_mfa(mfa: impl Into<Option<MfaCode>>);
    }

    /// Sets the external ID.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }
}

/// What [`CrossAccountAuth::session_token`] needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionToken {
    /// How long the session lives. Default 12 h.
    pub duration: Duration,
    /// The proof of a second factor.
    pub mfa: Option<MfaCode>,
}

impl Default for SessionToken {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(12 * 3600),
            mfa: None,
        }
    }
}

impl SessionToken {
    /// A session of 12 hours without a second factor.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how long the session lives.
        with_duration(duration: Duration);
        /// Proves a second factor.
        with_mfa(mfa: impl Into<Option<MfaCode>>);
    }
}

/// Keys that expire. `Debug` shows no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionCredentials {
    /// The access key id.
    pub access_key_id: String,
    /// The access key secret.
    pub access_key_secret: SecretString,
    /// The session token.
    pub token: SecretString,
    /// When they expire.
    pub expires_at: SystemTime,
}

impl SessionCredentials {
    /// Keys that expire at `expires_at`.
    pub fn new(
        access_key_id: impl Into<String>,
        access_key_secret: SecretString,
        token: SecretString,
        expires_at: SystemTime,
    ) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            access_key_secret,
            token,
            expires_at,
        }
    }
}

/// The caller's identity, and sessions as other identities.
#[async_trait]
pub trait CrossAccountAuth: Debug + Send + Sync + 'static {
    /// Reads the caller's identity (`GetCallerIdentity`). Needs no permission.
    async fn caller_identity(&self) -> Result<CallerIdentity>;

    /// The caller's identity, as the cloud has told it of the keys that are used now: keys never change their owner.
    /// Default: it is [asked](Self::caller_identity) each time. A backend whose places share keys asks once for each keys.
    async fn known_identity(&self) -> Result<CallerIdentity> {
        self.caller_identity().await
    }

    /// Reads the account's alias, if it has one (`GetAccountAlias`, `ListAccountAliases`).
    async fn account_alias(&self) -> Result<Option<String>>;

    /// Opens a session as a role that trusts the caller (`AssumeRole`).
    ///
    /// - Fails with [`PermissionDenied`](crate::ErrorKind::PermissionDenied) for a root caller, a missing permission,
    ///   or a role that does not trust the caller or asks for a second factor.
    /// - Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput), before anything is sent, for a duration that no
    ///   role allows.
    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials>;

    /// Opens a session as the calling user, usually to prove a second factor (`GetSessionToken`).
    ///
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where the cloud has no such sessions.
    async fn session_token(&self, request: &SessionToken) -> Result<SessionCredentials>;
}
