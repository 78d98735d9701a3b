use std::fmt;
use std::str::FromStr;

use landbridge_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Names a topology of a tenant: `TENANT.NAME`. The topology's own name is the same, so that tenants share no ownership tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LinkKey(String);

impl LinkKey {
    /// The key of a tenant's topology.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) unless both are 1 to 40 lower-case letters, digits and hyphens.
    pub fn new(tenant: &str, name: &str) -> Result<Self> {
        for (what, part) in [("tenant", tenant), ("name", name)] {
            let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if part.is_empty() || part.len() > 40 || !part.bytes().all(known) {
                let message = format!(
                    "invalid {what} `{part}`: expected 1 to 40 lower-case letters, digits and hyphens"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(Self(format!("{tenant}.{name}")))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        self.0.split_once('.').map_or("", |(tenant, _)| tenant)
    }

    /// A number that differs from key to key and is the same everywhere: it spreads ticks.
    pub(crate) fn spread(&self) -> u64 {
        let digest = Sha256::digest(self.0.as_bytes());
        digest.iter().take(6).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

impl fmt::Display for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for LinkKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (tenant, name) = text.split_once('.').unwrap_or((text, ""));
        Self::new(tenant, name)
    }
}

impl TryFrom<String> for LinkKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<LinkKey> for String {
    fn from(key: LinkKey) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_file_name_and_a_tag() {
        assert_eq!("acme.site-1".parse::<LinkKey>().expect("a key").tenant(), "acme");
        for wrong in ["", "acme", "acme.", ".x", "acme.a.b", "acme.../x", "Acme.x", "a.é"] {
            assert!(wrong.parse::<LinkKey>().is_err(), "{wrong}");
        }
    }
}
