//! Where keys come from.
//!
//! A [`Credentials`] provider fetches keys; caching, refreshing before expiry and refreshing once at a time are done
//! above it, once per account, and so is the proof that refreshed keys still belong to that account.

mod assume;
mod cache;
mod chain;
mod env;
mod external;
mod file;
#[cfg(test)]
mod fuzz;
mod ini;
mod issued;
mod local;
mod metadata;
mod oidc;
mod profile;
mod sections;
mod sts_host;
mod uri;
mod words;

use std::fmt::Debug;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};

use crate::transport::Connection;

pub use assume::AssumeRoleCredentials;
pub use chain::DefaultCredentials;
pub use env::EnvironmentCredentials;
pub use external::ExternalCredentials;
pub use ini::IniCredentials;
pub use landbridge_core::backend::{Keys, StaticCredentials};
pub use metadata::MetadataCredentials;
pub use oidc::OidcCredentials;
pub use profile::ProfileCredentials;
pub use uri::UriCredentials;

pub(crate) use cache::KeyCache;

/// A source of keys.
#[async_trait]
pub trait Credentials: Debug + Send + Sync + 'static {
    /// Gets keys that are valid now. It is called when there are none yet, when they are about to expire and when the
    /// cloud has refused them; what it returns is cached.
    ///
    /// - Fails with [`NotFound`](ErrorKind::NotFound) when nothing is configured here, so that a chain goes on to its
    ///   next source. Any other error means that something is configured and does not work, and ends a chain.
    /// - The connection is there for sources that must ask the cloud.
    async fn fetch(&self, connection: &Connection) -> Result<Keys>;
}

/// Nothing is configured here; the text says where we looked.
fn nothing(place: impl Into<String>) -> Error {
    Error::new(ErrorKind::NotFound, place)
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
