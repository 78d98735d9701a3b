//! Where keys come from.
//!
//! A [`Credentials`] provider fetches keys; caching, refreshing before expiry and refreshing once at a time are done
//! above it, once per account. No source reads anything it was not told to: only [`DefaultCredentials`], and a profile
//! that says so itself, ask the instance metadata service.

mod assume;
mod cache;
mod chain;
mod default;
mod env;
mod files;
mod mfa;
mod profile;
mod sdk;
mod session;
mod signer;

use std::fmt::Debug;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Region, Result};

use crate::client::Connection;

pub use assume::AssumeRoleCredentials;
pub use default::DefaultCredentials;
pub use env::EnvironmentCredentials;
pub use landbridge_core::backend::{Keys, StaticCredentials};
pub use mfa::{EnvironmentMfaCodes, Mfa, MfaCallback, MfaCodes};
pub use profile::ProfileCredentials;
pub use session::SessionTokenCredentials;

pub(crate) use cache::KeyCache;
pub(crate) use signer::Signer;

/// A source of keys.
#[async_trait]
pub trait Credentials: Debug + Send + Sync + 'static {
    /// Gets keys that are valid now. It is called when there are none yet, when they are about to expire and when the
    /// cloud has refused them; what it returns is cached.
    ///
    /// The connection is there for sources that must ask the cloud.
    async fn fetch(&self, connection: &Connection) -> Result<Keys>;

    /// A region of the partition that the keys belong to, if the source says one: STS and IAM are asked there about keys
    /// that are used in no region yet. Default: none.
    fn region(&self) -> Option<Region> {
        None
    }
}

#[async_trait]
impl Credentials for StaticCredentials {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        Ok(self.keys().clone())
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}
