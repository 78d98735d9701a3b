use async_trait::async_trait;
use landbridge_core::Result;

use super::{Credentials, Keys, broken};
use crate::client::Connection;
use landbridge_core::backend::Environment;

/// Keys from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for a session, `AWS_SESSION_TOKEN`; with a prefix, from
/// `<PREFIX>_ACCESS_KEY_ID`, `<PREFIX>_SECRET_ACCESS_KEY` and `<PREFIX>_SESSION_TOKEN`.
///
/// With a prefix, `<PREFIX>_ACCESS_KEY_SECRET` and `<PREFIX>_SECURITY_TOKEN`, which topology files speak of for every
/// cloud, are understood too.
#[derive(Clone, Debug)]
pub struct EnvironmentCredentials {
    environment: Environment,
    prefix: String,
}

impl EnvironmentCredentials {
    /// Keys from these variables.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            prefix: "AWS".to_owned(),
        }
    }

    /// Sets what the names of the variables begin with. Default `AWS`.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn variable(&self, names: &[&str]) -> Option<&str> {
        let set = |name: &&str| {
            self.environment
                .variable(&format!("{}_{name}", self.prefix))
        };
        names.iter().find_map(set)
    }
}

#[async_trait]
impl Credentials for EnvironmentCredentials {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        let prefix = &self.prefix;
        let id = self.variable(&["ACCESS_KEY_ID"]);
        let secret = self.variable(&["SECRET_ACCESS_KEY", "ACCESS_KEY_SECRET"]);
        let keys = match (id, secret) {
            (Some(id), Some(secret)) => Keys::new(id, secret),
            (None, _) => return Err(broken(format!("{prefix}_ACCESS_KEY_ID is not set"))),
            (_, None) => return Err(broken(format!("{prefix}_SECRET_ACCESS_KEY is not set"))),
        };
        let keys = keys.with_origin(format!("the variables {prefix}_*"));
        Ok(match self.variable(&["SESSION_TOKEN", "SECURITY_TOKEN"]) {
            Some(token) => keys.with_token(token),
            None => keys,
        })
    }
}
