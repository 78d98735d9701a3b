//! Second factors: the device that keys need, and its codes.

use std::sync::atomic::{AtomicBool, Ordering};

use landbridge_core::topology::CredentialSource;
use landbridge_core::{Error, ErrorKind, Result};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure};
use crate::prompt;

/// Holds a code, for runs without a terminal.
const CODE: &str = "LANDBRIDGE_MFA_CODE";

/// Finds codes: first in the environment, once, because a code is good for one call; then at the terminal.
// Only AWS asks for codes.
#[derive(Debug)]
#[cfg_attr(not(feature = "aws"), allow(dead_code))]
pub(crate) struct MfaPrompt {
    cancel: CancellationToken,
    variable_used: AtomicBool,
}

// Only AWS asks for codes.
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
        if !prompt::is_interactive() {
            return Err(no_terminal(serial));
        }
        let question = format!("Code of MFA device {serial} (input is hidden): ");
        let answer = prompt::password(question, &self.cancel).await;
        answer.map_err(|failure| unanswered(serial, &failure))
    }
}

fn no_terminal(serial: &str) -> Error {
    let message = format!(
        "MFA device {serial} needs a code, and standard input is not a terminal to ask for it"
    );
    Error::new(ErrorKind::Unauthenticated, message).with_remedy(format!(
        "set {CODE} to the six digits that the device shows"
    ))
}

fn unanswered(serial: &str, failure: &Failure) -> Error {
    let kind = match failure.exit {
        Exit::Cancelled => ErrorKind::Cancelled,
        _ => ErrorKind::Unauthenticated,
    };
    let message = format!(
        "cannot read the code of MFA device {serial}: {}",
        failure.error
    );
    Error::new(kind, message)
}

/// The device that `<PREFIX>_MFA_SERIAL` names for keys from variables. Profiles name their devices themselves.
// Only AWS asks for codes.
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
    async fn without_a_terminal_the_error_names_the_variable() {
        // Tests have no terminal, or at least none on standard input of a test runner that captures.
        if prompt::is_interactive() {
            return;
        }
        let prompt = MfaPrompt::new(CancellationToken::new());
        let error = prompt.code("arn:aws:iam::1:mfa/a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(error.to_string().contains("mfa/a"), "{error}");
        assert!(error.to_string().contains(CODE), "{error}");
    }
}
