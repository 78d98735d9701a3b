use std::fmt;
use std::str::FromStr;

use landbridge_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Names a topology of a tenant: `TENANT_NAME`, in at most 40 letters. The topology's own name is the same, so that tenants share no
/// ownership tags.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct LinkKey(String);

/// How many letters a topology's name has at most.
const MOST: usize = 40;

impl LinkKey {
    /// The key of a tenant's topology.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) unless both are lower-case letters, digits and hyphens, 39 of them together at
    /// most, because a topology's name has 40.
    pub fn new(tenant: &str, name: &str) -> Result<Self> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        for (what, part) in [("tenant", tenant), ("name", name)] {
            if part.is_empty() || !part.bytes().all(known) {
                let message = format!(
                    "invalid {what} `{part}`: expected lower-case letters, digits and hyphens"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        if tenant.len() + name.len() >= MOST {
            let message = format!("invalid key `{tenant}_{name}`: expected at most {MOST} letters");
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("give the topology a shorter name"));
        }
        Ok(Self(format!("{tenant}_{name}")))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        self.0.split_once('_').map_or("", |(tenant, _)| tenant)
    }

    /// The topology's name within the tenant.
    pub fn name(&self) -> &str {
        self.0.split_once('_').map_or("", |(_, name)| name)
    }

    /// A number that differs from key to key and is the same everywhere: it spreads ticks.
    pub(crate) fn spread(&self) -> u64 {
        let digest = Sha256::digest(self.0.as_bytes());
        digest
            .iter()
            .take(6)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
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
        let (tenant, name) = text.split_once('_').unwrap_or((text, ""));
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
        assert_eq!(
            "acme_site-1".parse::<LinkKey>().expect("a key").tenant(),
            "acme"
        );
        let long = format!("acme_{}", "x".repeat(36));
        for wrong in [
            "",
            "acme",
            "acme_",
            "_x",
            "acme_a_b",
            "acme_../x",
            "Acme_x",
            "a_é",
            long.as_str(),
        ] {
            assert!(wrong.parse::<LinkKey>().is_err(), "{wrong}");
        }
    }
}
