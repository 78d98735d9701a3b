use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};

/// Where codes of an MFA device come from: a prompt, as a rule.
#[async_trait]
pub trait MfaCodes: Debug + Send + Sync + 'static {
    /// Gets the six digits that the device shows now. A code is good for one call.
    async fn code(&self, serial: &str) -> Result<SecretString>;
}

/// An MFA device and where its codes come from.
#[derive(Clone, Debug)]
pub struct Mfa {
    serial: String,
    codes: Arc<dyn MfaCodes>,
}

impl Mfa {
    /// The device `serial` (`arn:aws:iam::<account>:mfa/<name>`, or the number of a hardware device).
    pub fn new(serial: impl Into<String>, codes: Arc<dyn MfaCodes>) -> Self {
        Self {
            serial: serial.into(),
            codes,
        }
    }

    pub(crate) fn serial(&self) -> &str {
        &self.serial
    }

    pub(crate) async fn code(&self) -> Result<SecretString> {
        let code = self.codes.code(&self.serial).await?;
        let digits = code.expose_secret();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(code);
        }
        let message = format!("the code of {} must have six digits", self.serial);
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}
