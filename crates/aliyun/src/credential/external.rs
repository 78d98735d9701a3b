use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use super::{Credentials, Keys, broken, issued, words};
use crate::document::Document;
use crate::transport::Connection;
use landbridge_core::backend::Environment;

const MAX_OUTPUT: u64 = 64 << 10;

/// The variables that forbid commands and addresses as sources of keys, in each spelling that the vendor's CLI reads.
const FORBIDDING: [&str; 4] = [
    "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS",
    "ALIBABACLOUD_DISABLE_EXTERNAL_PROCESS",
    "ALICLOUD_DISABLE_EXTERNAL_PROCESS",
    "DISABLE_EXTERNAL_PROCESS",
];

/// The variable by which this environment forbids to run commands and to call addresses for keys, if one does.
pub(super) fn forbidden_by(environment: &Environment) -> Option<&'static str> {
    let forbids =
        |name: &&str| environment.is_true(name) || environment.variable(name) == Some("1");
    FORBIDDING.into_iter().find(forbids)
}

/// Keys that a command of the user prints, as the CLI's profiles of mode `External` have it.
///
/// The command is split into words and run without a shell. It must print one JSON object with `access_key_id`,
/// `access_key_secret`, for a session `sts_token`, and may give its end as `expiration`. Neither the command nor what it
/// prints is shown, only the program's name. `Debug` shows no secret.
#[derive(Clone)]
pub struct ExternalCredentials {
    command: SecretString,
    timeout: Duration,
}

impl ExternalCredentials {
    /// Keys that this command prints.
    pub fn new(command: impl Into<SecretString>) -> Self {
        Self {
            command: command.into(),
            timeout: Duration::from_secs(60),
        }
    }

    /// Sets how long the command may run. Default 60 s.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn keys(&self) -> Result<Keys> {
        let words = words::split(self.command.expose_secret())?;
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| broken("invalid `process_command`: expected a command"))?;
        let named = |error: Error| {
            let message = format!("the command `{program}`: {}", error.message());
            error
                .with_message(message)
                .with_remedy("run the profile's `process_command` in a shell and correct it")
        };
        let output = self.run(program, arguments).await.map_err(named)?;
        let keys = read(&output).map_err(named)?;
        Ok(keys.with_origin(format!("the command `{program}`")))
    }

    async fn run(&self, program: &str, arguments: &[String]) -> Result<SecretString> {
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| broken("cannot start it").with_source(error))?;
        let late = |_| passing(format!("it did not end within {:?}", self.timeout));
        tokio::time::timeout(self.timeout, output(child))
            .await
            .map_err(late)?
    }
}

async fn output(mut child: Child) -> Result<SecretString> {
    let unreadable = |error| broken("cannot read its output").with_source(error);
    let mut bytes = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        let mut pipe = pipe.take(MAX_OUTPUT + 1);
        pipe.read_to_end(&mut bytes).await.map_err(unreadable)?;
    }
    if bytes.len() as u64 > MAX_OUTPUT {
        return Err(broken("it printed more than 64 KiB"));
    }
    let status = child.wait().await.map_err(unreadable)?;
    if !status.success() {
        return Err(passing(format!("it failed ({status})")));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| broken("invalid output: expected UTF-8 text"))?;
    Ok(text.into())
}

pub(super) fn read(output: &SecretString) -> Result<Keys> {
    let document = Document::read(output.expose_secret().to_owned())
        .map_err(|_| malformed("invalid output: expected JSON"))?;
    let doc = document.root();
    let need = |key: &str| {
        doc.text(key)
            .ok_or_else(|| malformed(&format!("invalid output: expected the key `{key}`")))
    };
    let mut keys = Keys::new(need("access_key_id")?, need("access_key_secret")?);
    match doc.text("mode").map(|mode| mode.to_ascii_lowercase()) {
        None => {
            if let Some(token) = doc.text("sts_token") {
                keys = keys.with_token(token);
            }
        }
        Some(mode) if mode == "ak" => {}
        Some(mode) if mode == "ststoken" => keys = keys.with_token(need("sts_token")?),
        Some(_) => {
            return Err(malformed(
                "invalid `mode` in its output: expected `AK` or `StsToken`",
            ));
        }
    }
    match doc.text("expiration") {
        Some(end) => Ok(keys.with_expiry(issued::instant(&end)?)),
        None => Ok(keys),
    }
}

// It may work another time, so that keys which are still valid are kept.
fn passing(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message)
}

fn malformed(message: &str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

impl fmt::Debug for ExternalCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalCredentials")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Credentials for ExternalCredentials {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        self.keys().await
    }
}
