use async_trait::async_trait;
use landbridge_core::Result;

use super::{Credentials, Keys, broken, nothing};
use crate::transport::Connection;
use landbridge_core::backend::Environment;

const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
const SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
const TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";

/// Keys from `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, for a session,
/// `ALIBABA_CLOUD_SECURITY_TOKEN`.
#[derive(Clone, Debug)]
pub struct EnvironmentCredentials(Environment);

impl EnvironmentCredentials {
    /// Keys from these variables.
    pub fn new(environment: Environment) -> Self {
        Self(environment)
    }
}

#[async_trait]
impl Credentials for EnvironmentCredentials {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        let keys = match (self.0.variable(ID), self.0.variable(SECRET)) {
            (Some(id), Some(secret)) => Keys::new(id, secret),
            (None, None) => return Err(nothing(format!("environment: {ID} is not set"))),
            (None, _) => return Err(broken(format!("{SECRET} is set but {ID} is not"))),
            (_, None) => return Err(broken(format!("{ID} is set but {SECRET} is not"))),
        };
        Ok(match self.0.variable(TOKEN) {
            Some(token) => keys
                .with_token(token)
                .with_origin(format!("the variable {TOKEN}")),
            None => keys.with_origin(format!("the variables {ID} and {SECRET}")),
        })
    }
}
