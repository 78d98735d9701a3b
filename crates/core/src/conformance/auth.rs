//! The caller's identity, and sessions of roles.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::check::{Check, Stop, always, check, ensure, refused};
use super::lab::Lab;
use super::trust::{Role, not_offered};
use crate::error::{Error, ErrorKind};
use crate::retry::Patience;
use crate::traits::{AssumeRole, IdentityKind, SessionCredentials, SessionToken};
use crate::trust::wait_for_trust;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "auth.identity",
            always,
            "the caller is of the place's account, and never the account itself",
            identity
        ),
        check!(
            "auth.alias",
            always,
            "the account's alias can be read, and is not empty if there is one",
            alias
        ),
        check!(
            "auth.assume",
            always,
            "a session is opened as a role that trusts the caller, for as long as asked",
            assume
        ),
        check!(
            "auth.assume.external-id",
            always,
            "a role that asks for an external id is not assumed without it",
            external_id
        ),
        check!(
            "auth.assume.untrusted",
            always,
            "assuming a role that does not trust the caller fails with PermissionDenied",
            untrusted
        ),
        check!(
            "auth.assume.duration",
            always,
            "assuming a role for a time that no role allows fails with InvalidInput",
            duration
        ),
        check!(
            "auth.session",
            always,
            "a user's session has keys that expire in time",
            session
        ),
    ]
}

async fn identity(lab: &Lab) -> Result<(), Stop> {
    for handle in [&lab.home, &lab.away, &lab.guest] {
        let caller = lab.patient(|| handle.caller_identity()).await?;
        ensure(
            caller.account == handle.place().account
                && caller.kind != IdentityKind::Root
                && !caller.arn.is_empty(),
            || format!("in {}: {caller:?}", handle.place()),
        )?;
    }
    Ok(())
}

/// A verb that a cloud need not have.
fn offered<T>(result: Result<T, Error>) -> Result<T, Stop> {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => Err(not_offered(&error)),
        other => Ok(other?),
    }
}

async fn alias(lab: &Lab) -> Result<(), Stop> {
    let alias = offered(lab.patient(|| lab.home.account_alias()).await)?;
    ensure(alias.as_deref() != Some(""), || {
        "the empty alias".to_owned()
    })
}

/// Keys that are good for about as long as asked and do not show themselves.
fn ensure_good(lab: &Lab, keys: &SessionCredentials, wanted: Duration) -> Result<(), Stop> {
    let now = lab.subject.clock.now();
    let left = keys.expires_at.duration_since(now).unwrap_or_default();
    let slack = Duration::from_secs(60);
    ensure(left <= wanted + slack && left + slack >= wanted, || {
        format!("asked for {wanted:?}: {left:?} are left")
    })?;
    let secrets = [&keys.access_key_secret, &keys.token].map(ExposeSecret::expose_secret);
    let shown = format!("{keys:?}");
    ensure(
        !keys.access_key_id.is_empty() && secrets.iter().all(|secret| !secret.is_empty()),
        || "a key is empty".to_owned(),
    )?;
    ensure(!secrets.iter().any(|secret| shown.contains(secret)), || {
        "`Debug` shows a secret".to_owned()
    })
}

impl Lab {
    /// Opens a session, as soon as the role is known everywhere.
    async fn assume(&self, request: &AssumeRole) -> Result<SessionCredentials, Stop> {
        let patience = Patience::new(
            self.subject.clock.clone(),
            Duration::from_secs(180),
            Default::default(),
        );
        Ok(wait_for_trust(self.home.as_ref(), request, &patience, |_| {}).await?)
    }
}

async fn assume(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "assume");
    let record = role.ensure(lab).await?;
    let wanted = Duration::from_secs(1800);
    let request = AssumeRole::new(record.arn, lab.short_name("session")).with_duration(wanted);
    let keys = lab.assume(&request).await?;
    ensure_good(lab, &keys, wanted)
}

async fn external_id(lab: &Lab) -> Result<(), Stop> {
    let mut role = Role::of_guest(lab, "external");
    role.request = role.request.with_external_id("landbridge-7");
    let record = role.ensure(lab).await?;
    let plain = AssumeRole::new(record.arn, lab.short_name("session"));
    lab.assume(&plain.clone().with_external_id("landbridge-7"))
        .await?;
    for request in [plain.clone(), plain.with_external_id("wrong")] {
        refused(
            lab.patient(|| lab.home.assume_role(&request)).await,
            &[ErrorKind::PermissionDenied],
        )?;
    }
    Ok(())
}

async fn untrusted(lab: &Lab) -> Result<(), Stop> {
    // The guest's role trusts the guest alone.
    let role = Role::trusting(lab, &lab.guest.place().account.clone(), "untrusted");
    let record = role.ensure(lab).await?;
    lab.pause().await;
    let request = AssumeRole::new(record.arn, lab.short_name("session"));
    refused(
        lab.patient(|| lab.home.assume_role(&request)).await,
        &[ErrorKind::PermissionDenied],
    )
}

async fn duration(lab: &Lab) -> Result<(), Stop> {
    let day = Duration::from_secs(24 * 3600);
    let own = lab.home.caller_identity().await?.arn;
    for wanted in [Duration::from_secs(1), 100 * day] {
        let request = AssumeRole::new(own.clone(), "landbridge").with_duration(wanted);
        refused(
            lab.home.assume_role(&request).await,
            &[ErrorKind::InvalidInput],
        )?;
    }
    Ok(())
}

async fn session(lab: &Lab) -> Result<(), Stop> {
    let wanted = Duration::from_secs(3600);
    let request = SessionToken::new().with_duration(wanted);
    let keys = offered(lab.patient(|| lab.home.session_token(&request)).await)?;
    ensure_good(lab, &keys, wanted)
}
