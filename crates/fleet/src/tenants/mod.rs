//! Who may keep which topologies.
//!
//! A file names the tenants, how each logs in, and what its topologies may name. It holds no secret: API keys stand in it as
//! hashes. `docs/FLEET-API.md` describes it.

mod admission;
mod api_key;
mod file;
mod issuer;
mod keys;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use landbridge_core::topology::read_document;
use landbridge_core::{Clock, CloudName, Error, ErrorKind, Result};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use admission::Objection;
pub use api_key::ApiKey;
use file::{Document, Mapping};
use issuer::Issuer;

/// All tenants, and how they are told apart.
#[derive(Debug)]
pub struct Tenants {
    tenants: Vec<Arc<Tenant>>,
    issuers: Vec<Issuer>,
}

/// Whose topologies have keys with its name, and what they may name.
#[derive(Debug)]
#[non_exhaustive]
pub struct Tenant {
    /// Its name: the first part of its topologies' keys.
    pub name: String,
    /// How many topologies it may keep. Default: 100.
    pub most_topologies: usize,
    /// How many networks a topology of it may have. Default: 100.
    pub most_networks: usize,
    key_hashes: Vec<[u8; 32]>,
    mappings: Vec<Mapping>,
    accounts: BTreeMap<CloudName, BTreeSet<String>>,
    own_keys: bool,
}

impl Tenants {
    /// Reads a tenants file from YAML or JSON text. Keys of issuers are fetched when they are first needed.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with line and column, what is wrong there and what would be right.
    pub fn from_text(text: &str) -> Result<Self> {
        let document: Document = read_document(text, Document::problems)?;
        let issuers = document.issuers.into_iter().map(Issuer::new);
        Ok(Self {
            issuers: issuers.collect::<Result<_>>()?,
            tenants: document.tenants.into_iter().map(Arc::from).collect(),
        })
    }

    /// Reads a tenants file, see [`from_text`](Self::from_text).
    ///
    /// # Errors
    /// As `from_text`, with the file's path, and what keeps the file from being read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read tenants file `{}`: {error}", path.display());
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        })?;
        Self::from_text(&text).map_err(|error| {
            let message = format!("{}: {}", path.display(), error.message());
            Error::new(error.kind(), message).with_source(error)
        })
    }

    /// The tenants, in the order of the file.
    pub fn all(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.iter().map(Arc::as_ref)
    }

    /// Finds the tenant of a bearer token: an [`ApiKey`] or a token of an issuer.
    ///
    /// # Errors
    /// - [`Unauthenticated`](ErrorKind::Unauthenticated) for an unknown key and a token that does not hold;
    /// - [`PermissionDenied`](ErrorKind::PermissionDenied) for a token that holds and belongs to no tenant, or to several;
    /// - [`Unavailable`](ErrorKind::Unavailable) where the issuer's keys cannot be fetched.
    pub async fn login(&self, token: &str, clock: &dyn Clock) -> Result<Arc<Tenant>> {
        match ApiKey::is_one(token) {
            true => self.of_key(token),
            false => self.of_token(token, clock).await,
        }
    }

    // Every hash is compared, and each in the same time, so that the time tells nothing of them.
    fn of_key(&self, key: &str) -> Result<Arc<Tenant>> {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = None;
        for tenant in &self.tenants {
            for known in &tenant.key_hashes {
                if bool::from(known.ct_eq(&hash)) {
                    found = Some(tenant);
                }
            }
        }
        found.cloned().ok_or_else(|| {
            Error::new(ErrorKind::Unauthenticated, "unknown API key")
                .with_remedy("check the key, or ask for another one")
        })
    }

    async fn of_token(&self, token: &str, clock: &dyn Clock) -> Result<Arc<Tenant>> {
        let named = issuer::named_by(token)?;
        let known = self.issuers.iter().find(|issuer| issuer.url() == named);
        let issuer = known.ok_or_else(|| issuer::refused("its issuer is not known"))?;
        let claims = issuer.claims(token, clock).await?;
        let tenants = self.tenants.iter();
        let mut found = tenants.filter(|tenant| tenant.is_named_by(issuer, &claims));
        match (found.next(), found.next()) {
            (Some(tenant), None) => Ok(Arc::clone(tenant)),
            (Some(_), Some(_)) => Err(denied("the token belongs to several tenants")),
            (None, _) => Err(denied("the token belongs to no tenant")),
        }
    }
}

impl Tenant {
    fn is_named_by(&self, issuer: &Issuer, claims: &Map<String, Value>) -> bool {
        let mut mappings = self.mappings.iter();
        mappings.any(|mapping| {
            mapping.issuer == issuer.url() && has(claims.get(&mapping.claim), &mapping.value)
        })
    }
}

// A claim is a text, or a list of them, such as groups.
fn has(claim: Option<&Value>, wanted: &str) -> bool {
    match claim {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Array(texts)) => texts.iter().any(|text| text == wanted),
        _ => false,
    }
}

fn denied(message: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, message)
        .with_remedy("ask who runs the service for an entry under `tokens` of a tenant")
}
