use std::fmt::Write;

use landbridge_core::{Error, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What API keys begin with, so that people and scanners of secrets know them.
const PREFIX: &str = "lbk_";

/// A random key by which a tenant logs in. It is shown once; a tenants file holds its [hash](Self::hash).
///
/// ```
/// # fn main() -> landbridge_core::Result<()> {
/// use landbridge_fleet::tenants::ApiKey;
///
/// let key = ApiKey::random()?;
/// assert!(key.reveal().starts_with("lbk_"));
/// assert_eq!(key.hash().len(), 64);
/// assert!(!format!("{key:?}").contains(key.reveal()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// A key of 256 random bits from the operating system.
    ///
    /// # Errors
    /// [`Failed`](ErrorKind::Failed) where there is no randomness.
    pub fn random() -> Result<Self> {
        let mut bits = [0; 32];
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.secure_random.fill(&mut bits).map_err(|_| {
            Error::new(
                ErrorKind::Failed,
                "the operating system gives no random numbers",
            )
        })?;
        Ok(Self(format!("{PREFIX}{}", hex(&bits)).into()))
    }

    /// The key itself, to be shown once.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// Its SHA-256 in hexadecimal digits, for `sha256:` in a tenants file.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.reveal().as_bytes()))
    }

    pub(super) fn is_one(token: &str) -> bool {
        token.starts_with(PREFIX)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
