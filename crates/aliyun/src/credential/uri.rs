use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};

use super::{Credentials, Keys, broken, external, issued, local, nothing};
use crate::transport::{Connection, Patience, Plain, Route};
use landbridge_core::backend::Environment;

pub(super) const VARIABLE: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    read: Duration::from_secs(10),
};

/// Keys from a service that hands them out at a URI, as `ALIBABA_CLOUD_CREDENTIALS_URI` names it.
///
/// It must use https, or be on loopback or at a link-local address. The URI is taken for a secret and shown nowhere.
#[derive(Clone, Debug)]
pub struct UriCredentials(Source);

#[derive(Clone, Debug)]
enum Source {
    Unset,
    /// By this variable.
    Forbidden(&'static str),
    At(SecretString),
}

impl UriCredentials {
    /// Keys from this URI.
    pub fn new(uri: impl Into<SecretString>) -> Self {
        Self(Source::At(uri.into()))
    }

    /// What `ALIBABA_CLOUD_CREDENTIALS_URI` says, if it is set. It is an error where
    /// `ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS` is `true` or `1`.
    pub fn from_environment(environment: &Environment) -> Self {
        let forbidden = external::forbidden_by(environment);
        Self(match (environment.variable(VARIABLE), forbidden) {
            (None, _) => Source::Unset,
            (Some(_), Some(variable)) => Source::Forbidden(variable),
            (Some(uri), None) => Source::At(SecretString::from(uri)),
        })
    }

    async fn keys(&self, uri: &SecretString, connection: &Connection) -> Result<Keys> {
        let url = local::parse("credentials URI", uri.expose_secret())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let route = if local::is_local(&url) {
            Route::Direct
        } else {
            Route::Configured(connection.options())
        };
        let plain = Plain::new(PATIENCE, route)?;
        let answer = plain.send(Method::GET, url, None).await;
        let answer = answer.map_err(|why| located(why.into(), &host))?;
        let keys = match answer.status {
            200 => issued::read(&answer.body),
            status => Err(by_status(status)),
        };
        let keys = keys.map_err(|error| located(error, &host))?;
        Ok(keys.with_origin(format!("the credentials URI (host `{host}`)")))
    }
}

fn by_status(status: u16) -> Error {
    let message = format!("it answered with status {status}");
    match status {
        500.. => Error::new(ErrorKind::Unavailable, message),
        _ => broken(message),
    }
}

fn located(error: Error, host: &str) -> Error {
    let message = format!("credentials URI (host `{host}`): {}", error.message());
    error
        .with_message(message)
        .with_remedy("check the URI and the service behind it")
}

#[async_trait]
impl Credentials for UriCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        match &self.0 {
            Source::At(uri) => self.keys(uri, connection).await,
            Source::Unset => Err(nothing(format!("credentials URI: {VARIABLE} is not set"))),
            Source::Forbidden(variable) => Err(broken(format!(
                "cannot ask the address that {VARIABLE} names: {variable} is set"
            ))
            .with_remedy(format!("unset {VARIABLE} or {variable}"))),
        }
    }
}
