use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, MfaCode, Result};
use secrecy::{ExposeSecret, SecretString};

use landbridge_core::backend::Environment;

/// Where codes of an MFA device come from: [`EnvironmentMfaCodes`], an [`MfaCallback`], or a prompt of the program.
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

    /// The device with the code that it shows now.
    pub(crate) async fn shown(&self) -> Result<MfaCode> {
        let code = self.codes.code(&self.serial).await?;
        Ok(MfaCode::new(
            self.serial.clone(),
            code.expose_secret().trim().into(),
        ))
    }
}

/// Codes from a variable, for unattended runs. Each is shown once: keys that must be renewed later need a
/// fresh one in the variable.
#[derive(Debug)]
pub struct EnvironmentMfaCodes {
    name: String,
    environment: Option<Environment>,
    shown: Mutex<Option<SecretString>>,
}

impl EnvironmentMfaCodes {
    /// Codes from the process's variable `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            environment: None,
            shown: Mutex::default(),
        }
    }

    /// Reads these variables. Default: those of the process, at the time a code is needed.
    #[must_use]
    pub fn with_environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    fn read(&self) -> Option<SecretString> {
        let process;
        let environment = match &self.environment {
            Some(environment) => environment,
            None => {
                process = Environment::from_process();
                &process
            }
        };
        environment.variable(&self.name).map(SecretString::from)
    }

    fn unusable(&self, why: &str) -> Error {
        let message = format!("the variable {} {why}", self.name);
        Error::new(ErrorKind::InvalidInput, message)
    }
}

#[async_trait]
impl MfaCodes for EnvironmentMfaCodes {
    async fn code(&self, serial: &str) -> Result<SecretString> {
        let code = self.read().ok_or_else(|| {
            self.unusable(&format!(
                "is not set: expected a code of the MFA device {serial}"
            ))
            .with_remedy("set it to the code that the device shows now")
        })?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let before = shown.as_ref().map(|code| code.expose_secret());
        if before == Some(code.expose_secret()) {
            let error = self.unusable(&format!(
                "holds a code of the MFA device {serial} that was used before"
            ));
            return Err(error.with_remedy("set it to the device's next code, and start again"));
        }
        *shown = Some(code.clone());
        Ok(code)
    }
}

type Code = Pin<Box<dyn Future<Output = Result<SecretString>> + Send>>;

/// Codes from a function of the program, which is told the device.
///
/// ```
/// use landbridge_aws::credential::MfaCallback;
///
/// let codes = MfaCallback::new(|serial| async move {
///     println!("code of {serial}:");
///     Ok("123456".into())
/// });
/// ```
pub struct MfaCallback {
    ask: Box<dyn Fn(String) -> Code + Send + Sync>,
}

impl MfaCallback {
    /// Codes that `ask` gives for the serial number of a device.
    pub fn new<F, Fut>(ask: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<SecretString>> + Send + 'static,
    {
        Self {
            ask: Box::new(move |serial| Box::pin(ask(serial))),
        }
    }
}

impl Debug for MfaCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaCallback").finish_non_exhaustive()
    }
}

#[async_trait]
impl MfaCodes for MfaCallback {
    async fn code(&self, serial: &str) -> Result<SecretString> {
        (self.ask)(serial.to_owned()).await
    }
}
