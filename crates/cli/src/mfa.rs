//! Second factors: which device an account's keys need, and the codes that it shows.

use std::sync::atomic::{AtomicBool, Ordering};

use landbridge_core::topology::CredentialSource;
use landbridge_core::{Error, ErrorKind, Result};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure};
use crate::prompt;

/// Holds a code, for where nobody can be asked.
const CODE: &str = "LANDBRIDGE_MFA_CODE";

/// Asks for codes: first the environment, once, because a code is good for one call; then the person at the terminal.
#[derive(Debug)]
#[cfg_attr(not(feature = "aws"), allow(dead_code))]
pub(crate) struct MfaPrompt {
    cancel: CancellationToken,
    variable_used: AtomicBool,
}

#[cfg_attr(not(feature = "aws"), allow(dead_code))]
impl MfaPrompt {
    pub(crate) fn new(cancel: CancellationToken) -> Self {
        Self {
            cancel,
            variable_used: AtomicBool::new(false),
        }
    }

    /// The code that the device shows now.
    pub(crate) async fn code(&self, serial: &str) -> Result<SecretString> {
        let fresh = !self.variable_used.swap(true, Ordering::Relaxed);
        if let Some(code) = variable(CODE).filter(|_| fresh) {
            return Ok(SecretString::from(code));
        }
        if !prompt::somebody_is_there() {
            return Err(nobody(serial));
        }
        let question = format!("Code of the second factor {serial} (not shown): ");
        let answer = prompt::password(question, &self.cancel).await;
        answer.map_err(|failure| unanswered(serial, &failure))
    }
}

fn nobody(serial: &str) -> Error {
    let message = format!(
        "the second factor {serial} has to show a new code, and nobody can be asked for it, because this is no terminal"
    );
    Error::new(ErrorKind::Unauthenticated, message)
        .with_remedy(format!("set {CODE} to the six digits that it shows now"))
}

fn unanswered(serial: &str, failure: &Failure) -> Error {
    let kind = match failure.exit {
        Exit::Cancelled => ErrorKind::Cancelled,
        _ => ErrorKind::Unauthenticated,
    };
    let message = format!(
        "no code of the second factor {serial} was given: {}",
        failure.error
    );
    Error::new(kind, message)
}

/// The device that keys from variables must be used with, if `<PREFIX>_MFA_SERIAL` names one. Profiles name theirs
/// themselves.
#[cfg_attr(not(feature = "aws"), allow(dead_code))]
pub(crate) fn serial(source: &CredentialSource) -> Option<String> {
    match source {
        CredentialSource::Env(prefix) => variable(&format!("{prefix}_MFA_SERIAL")),
        _ => None,
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_nobody_can_be_asked_the_variable_is_named() {
        // Tests have no terminal, or at least none on standard input of a test runner that captures.
        if prompt::somebody_is_there() {
            return;
        }
        let prompt = MfaPrompt::new(CancellationToken::new());
        let error = prompt.code("arn:aws:iam::1:mfa/a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(error.to_string().contains("mfa/a"), "{error}");
        assert!(error.to_string().contains(CODE), "{error}");
    }
}
