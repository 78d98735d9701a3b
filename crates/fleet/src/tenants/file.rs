//! The tenants file as it is written.

use std::collections::{BTreeMap, BTreeSet};

use landbridge_core::CloudName;
use serde::Deserialize;

use super::Tenant;
use super::issuer::is_allowed;
use crate::key::LinkKey;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Document {
    /// Who issues tokens of OpenID Connect.
    #[serde(default)]
    pub(super) issuers: Vec<IssuerEntry>,
    pub(super) tenants: Vec<TenantEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct IssuerEntry {
    /// The claim `iss` of its tokens.
    pub(super) issuer: String,
    /// What the claim `aud` of tokens for this service has.
    pub(super) audience: String,
    /// Where its keys are.
    pub(super) jwks_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct TenantEntry {
    name: String,
    #[serde(default)]
    api_keys: Vec<KeyEntry>,
    #[serde(default)]
    tokens: Vec<Mapping>,
    /// By cloud, the accounts that its topologies may name.
    #[serde(default)]
    accounts: BTreeMap<CloudName, BTreeSet<String>>,
    /// Whether its topologies may use the workers' own keys directly, not only to assume roles.
    #[serde(default)]
    own_keys: bool,
    #[serde(default)]
    limits: Limits,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KeyEntry {
    sha256: String,
    /// For people: what the key is for.
    #[serde(default, rename = "for")]
    _purpose: String,
}

/// Tokens of an issuer in which a claim has this value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Mapping {
    pub(super) issuer: String,
    #[serde(default = "subject")]
    pub(super) claim: String,
    pub(super) value: String,
}

fn subject() -> String {
    "sub".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct Limits {
    topologies: usize,
    networks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            topologies: 100,
            networks: 100,
        }
    }
}

impl Document {
    /// What is wrong beyond the form: a sentence each, which quotes what it is about.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self
            .issuers
            .iter()
            .flat_map(IssuerEntry::problems)
            .collect();
        let names = self.tenants.iter().map(|tenant| &tenant.name);
        problems.extend(twice("tenant", names));
        let issuers = self.issuers.iter().map(|issuer| &issuer.issuer);
        problems.extend(twice("issuer", issuers));
        let keys = self.tenants.iter().flat_map(|tenant| &tenant.api_keys);
        problems.extend(twice("hash", keys.map(|key| &key.sha256)));
        let mappings: Vec<&Mapping> = self
            .tenants
            .iter()
            .flat_map(|tenant| &tenant.tokens)
            .collect();
        problems.extend(self.mapped_wrongly(&mappings));
        problems.extend(self.tenants.iter().flat_map(TenantEntry::problems));
        problems
    }

    fn mapped_wrongly(&self, mappings: &[&Mapping]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut problems = Vec::new();
        for mapping in mappings {
            let Mapping {
                issuer,
                claim,
                value,
            } = mapping;
            if !self.issuers.iter().any(|known| known.issuer == *issuer) {
                problems.push(format!(
                    "unknown issuer `{issuer}`: expected one of `issuers`"
                ));
            }
            if !seen.insert(mapping) {
                problems.push(format!(
                    "duplicate value `{value}` of claim `{claim}`: expected each at one tenant"
                ));
            }
        }
        problems
    }
}

impl IssuerEntry {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !is_allowed(&self.jwks_url) {
            problems.push(format!(
                "invalid jwks-url `{}`: expected an https URL, or http on loopback",
                self.jwks_url
            ));
        }
        for (what, text) in [("issuer", &self.issuer), ("audience", &self.audience)] {
            if text.is_empty() {
                problems.push(format!("invalid {what} ``: expected a text"));
            }
        }
        problems
    }
}

impl TenantEntry {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if LinkKey::new(&self.name, "x").is_err() {
            problems.push(format!(
                "invalid name `{}`: expected at most 38 lower-case letters, digits and hyphens",
                self.name
            ));
        }
        for key in self
            .api_keys
            .iter()
            .filter(|key| hash(&key.sha256).is_none())
        {
            problems.push(format!(
                "invalid sha256 `{}`: expected the 64 hexadecimal digits that `landbridge-fleet api-key` prints",
                key.sha256
            ));
        }
        problems
    }
}

fn twice<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = names.filter(|name| !seen.insert(*name));
    again
        .map(|name| format!("duplicate {what} `{name}`: remove one of the two"))
        .collect()
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

impl From<TenantEntry> for super::Arc<Tenant> {
    fn from(entry: TenantEntry) -> Self {
        let hashes = entry.api_keys.iter().filter_map(|key| hash(&key.sha256));
        Self::new(Tenant {
            key_hashes: hashes.collect(),
            name: entry.name,
            most_topologies: entry.limits.topologies,
            most_networks: entry.limits.networks,
            mappings: entry.tokens,
            accounts: entry.accounts,
            own_keys: entry.own_keys,
        })
    }
}
