//! How long sessions may be, and what a code looks like. Pure.

use std::ops::RangeInclusive;
use std::time::Duration;

use landbridge_core::{
    AssumeRole, CallerIdentity, Error, ErrorKind, IdentityKind, MfaCode, Result,
};
use secrecy::ExposeSecret;

/// The longest session of a role that was assumed with the keys of a role.
pub(crate) const LONGEST_CHAINED: Duration = Duration::from_secs(3600);

/// The longest session of an account's own keys.
const LONGEST_OF_ROOT: Duration = Duration::from_secs(3600);

const SHORTEST: Duration = Duration::from_secs(15 * 60);
const ROLE_SESSION: RangeInclusive<Duration> = SHORTEST..=Duration::from_secs(12 * 3600);
const SESSION_TOKEN: RangeInclusive<Duration> = SHORTEST..=Duration::from_secs(36 * 3600);

/// Whether some role allows sessions of this length.
pub(crate) fn check_role_session(duration: Duration) -> Result<()> {
    check(duration, ROLE_SESSION, "15 minutes to 12 hours")
}

/// Whether some caller may have session tokens of this length.
pub(crate) fn check_session_token(duration: Duration) -> Result<()> {
    check(duration, SESSION_TOKEN, "15 minutes to 36 hours")
}

fn check(duration: Duration, range: RangeInclusive<Duration>, words: &str) -> Result<()> {
    if range.contains(&duration) {
        return Ok(());
    }
    let message = format!("invalid session duration: {} s", duration.as_secs());
    Err(invalid(message, &format!("choose from {words}")))
}

/// Whether a role's session of this length depends on who asks: one that no role allows is refused in any case.
pub(crate) fn may_be_chained(duration: Duration) -> bool {
    duration > LONGEST_CHAINED && ROLE_SESSION.contains(&duration)
}

/// Whether the caller may have so long a session as the role.
pub(crate) fn check_chained(caller: &CallerIdentity, request: &AssumeRole) -> Result<()> {
    if caller.kind != IdentityKind::Role || request.duration <= LONGEST_CHAINED {
        return Ok(());
    }
    let seconds = request.duration.as_secs();
    let message = format!(
        "{} is a session of a role, and may not be {} for {seconds} s",
        caller.arn, request.role
    );
    Err(invalid(
        message,
        "ask for at most one hour, the longest session that a role opened by a role may have, or assume the role with a user's keys",
    ))
}

/// Whether a session token of this length depends on who asks.
pub(crate) fn may_be_capped(duration: Duration) -> bool {
    duration > LONGEST_OF_ROOT && SESSION_TOKEN.contains(&duration)
}

/// Whether the caller may have a session token of more than an hour.
pub(crate) fn check_root(caller: &CallerIdentity) -> Result<()> {
    if caller.kind != IdentityKind::Root {
        return Ok(());
    }
    let message = format!("the caller is the account itself ({})", caller.arn);
    Err(invalid(
        message,
        "use the keys of a user and delete the account's own; sessions of the account itself last at most one hour",
    ))
}

pub(super) fn check_code(mfa: Option<&MfaCode>) -> Result<()> {
    let Some(mfa) = mfa else { return Ok(()) };
    let digits = mfa.code.expose_secret();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!(
        "invalid code of the MFA device {}: expected six digits",
        mfa.serial
    );
    Err(invalid(message, "pass the code that the device shows now"))
}

fn invalid(message: impl Into<String>, remedy: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_checked_at_their_ends() {
        let second = Duration::from_secs(1);
        for (range, check) in [
            (ROLE_SESSION, check_role_session as fn(Duration) -> _),
            (SESSION_TOKEN, check_session_token),
        ] {
            let (shortest, longest) = (*range.start(), *range.end());
            assert!(check(shortest).is_ok() && check(longest).is_ok());
            for wrong in [shortest - second, longest + second] {
                let error: Error = check(wrong).expect_err("out of range");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
            }
        }
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for (code, good) in [("012345", true), ("12345", false), ("12345x", false)] {
            let mfa = MfaCode::new("the-device", code.into());
            assert_eq!(check_code(Some(&mfa)).is_ok(), good, "{code}");
        }
    }
}
