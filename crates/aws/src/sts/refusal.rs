//! What a refused session means: STS has one code for many reasons, and tells them in the message. Pure.

use landbridge_core::{Error, ErrorKind};

/// What a message holds, what it means and what to do about it.
const REASONS: &[(&str, ErrorKind, &str)] = &[
    (
        "invalid MFA one time pass code",
        ErrorKind::InvalidInput,
        "wait for the device's next code and use that: a code is valid for one call",
    ),
    (
        "must provide both MFA serial number",
        ErrorKind::PermissionDenied,
        "pass the serial number of the user's MFA device and its code",
    ),
    (
        "unable to validate MFA code",
        ErrorKind::InvalidInput,
        "check that the MFA device is the one of the user whose keys sign",
    ),
    (
        "by root account",
        ErrorKind::PermissionDenied,
        "use the keys of a user or a role: the account's own keys may not assume roles",
    ),
    (
        "role chaining",
        ErrorKind::InvalidInput,
        "ask for at most one hour, the longest session that a role opened by a role may have, or assume the role with a user's keys",
    ),
    (
        "MaxSessionDuration",
        ErrorKind::InvalidInput,
        "ask for a shorter session, or raise the role's longest session",
    ),
    (
        "with session credentials",
        ErrorKind::PermissionDenied,
        "use the long-term keys of a user: a session cannot open another",
    ),
];

const NO_FACTOR: &str = "let the role's trust name the caller, and send the external id it asks for; \
    no second factor was shown, which its trust may ask for; a new role takes up to a minute";

/// The refusal with what to do about it; `shown` says whether a second factor was.
pub(super) fn explained(refusal: Error, shown: bool) -> Error {
    if !matches!(
        refusal.kind(),
        ErrorKind::PermissionDenied | ErrorKind::InvalidInput
    ) {
        return refusal;
    }
    let reason = REASONS.iter().find(|(part, ..)| holds(&refusal, part));
    match reason {
        Some((_, kind, remedy)) => refusal.with_kind(*kind).with_remedy(*remedy),
        None if !shown && refusal.operation() == Some("AssumeRole") && is_denied(&refusal) => {
            refusal.with_remedy(NO_FACTOR)
        }
        None => refusal,
    }
}

fn holds(refusal: &Error, part: &str) -> bool {
    let message = refusal.message().to_ascii_lowercase();
    message.contains(&part.to_ascii_lowercase())
}

fn is_denied(refusal: &Error) -> bool {
    refusal.kind() == ErrorKind::PermissionDenied
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(kind: ErrorKind, message: &str) -> Error {
        Error::new(kind, message).with_operation("AssumeRole")
    }

    #[test]
    fn the_message_tells_the_reason() {
        use ErrorKind::{InvalidInput, PermissionDenied};
        for (message, kind, remedy) in [
            (
                "MultiFactorAuthentication failed with invalid MFA one time pass code.",
                InvalidInput,
                "device's next code",
            ),
            (
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
                PermissionDenied,
                "serial number of the user's MFA device",
            ),
            (
                "Roles may not be assumed by root accounts.",
                PermissionDenied,
                "keys of a user",
            ),
            (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
                InvalidInput,
                "one hour",
            ),
            (
                "User: arn:aws:iam::1:user/u is not authorized to perform: sts:AssumeRole",
                PermissionDenied,
                "no second factor was shown",
            ),
        ] {
            let error = explained(refusal(PermissionDenied, message), false);
            assert_eq!(error.kind(), kind, "{message}");
            assert!(
                error.remedy().is_some_and(|text| text.contains(remedy)),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_refusal_is_left_alone() {
        let error = explained(refusal(ErrorKind::SessionExpired, "role chaining"), false);
        assert_eq!(
            (error.kind(), error.remedy()),
            (ErrorKind::SessionExpired, None)
        );
    }
}
