use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};

use super::{Credentials, Keys, broken, issued, local, nothing};
use crate::transport::{Connection, NoAnswer, Patience, Plain, PlainAnswer, Route};
use landbridge_core::backend::Environment;

const ADDRESS: &str = "http://100.100.100.200";
const DISABLED: &str = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
};

/// Keys of the RAM role of this ECS instance, from its metadata service.
///
/// - The role is the one asked for, that of `ALIBABA_CLOUD_ECS_METADATA`, or the one that the service names.
/// - `ALIBABA_CLOUD_ECS_METADATA_DISABLED=true` switches the source off; `ALIBABA_CLOUD_IMDSV1_DISABLED=true` insists on
///   a token for each request.
/// - A service that cannot be reached, or that knows of no role, means that nothing is configured here, unless a role
///   was asked for or keys were here before.
#[derive(Clone, Debug)]
pub struct MetadataCredentials {
    address: Url,
    role: Option<String>,
    required: bool,
    disabled: bool,
    always_token: bool,
    worked: Arc<AtomicBool>,
}

impl MetadataCredentials {
    /// The service of this machine, as the environment says.
    pub fn new(environment: &Environment) -> Self {
        Self {
            address: Url::parse(ADDRESS).expect("a constant address is valid"),
            role: environment
                .variable("ALIBABA_CLOUD_ECS_METADATA")
                .map(str::to_owned),
            required: false,
            disabled: environment.is_true(DISABLED),
            always_token: environment.is_true("ALIBABA_CLOUD_IMDSV1_DISABLED"),
            worked: Arc::default(),
        }
    }

    /// Replaces the address of the service.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an address that is malformed, or not encrypted and neither on
    /// loopback nor link-local.
    pub fn with_address(mut self, address: &str) -> Result<Self> {
        self.address = local::parse("metadata address", address)?;
        Ok(self)
    }

    /// Asks for the keys of this role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Takes a missing service for an error.
    #[must_use]
    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn must_work(&self) -> bool {
        self.required || self.role.is_some() || self.worked.load(Ordering::Relaxed)
    }

    async fn keys(&self) -> Result<Keys> {
        if self.disabled {
            let place = format!("metadata service: disabled by {DISABLED}");
            return Err(if self.required {
                broken(place)
            } else {
                nothing(place)
            });
        }
        let service = Service {
            plain: Plain::new(PATIENCE, Route::Direct)?,
            source: self,
        };
        let token = service.token().await?;
        let role = match &self.role {
            Some(role) => role.clone(),
            None => service.role(token.as_ref()).await?,
        };
        let answer = service.get(&role, token.as_ref()).await?;
        if answer.status != 200 {
            let message = format!(
                "it gave no keys for role `{role}` (status {})",
                answer.status
            );
            return Err(self.failed(status_error(&answer, message)));
        }
        let keys = issued::read(&answer.body).map_err(|error| self.failed(error))?;
        self.worked.store(true, Ordering::Relaxed);
        Ok(keys.with_origin(format!("the metadata service (role `{role}`)")))
    }

    fn absent(&self, place: String) -> Error {
        if self.must_work() {
            broken(place)
        } else {
            nothing(place)
        }
    }

    fn unreachable(&self, error: Error) -> Error {
        if self.must_work() {
            self.failed(error)
        } else {
            nothing(format!("metadata service: {}", error.message()))
        }
    }

    fn failed(&self, error: Error) -> Error {
        let message = format!("metadata service at {}: {}", self.address, error.message());
        error.with_message(message).with_remedy(format!(
            "run on an ECS instance with a RAM role, or set {DISABLED}=true and configure keys"
        ))
    }
}

fn status_error(answer: &PlainAnswer, message: String) -> Error {
    match answer.status {
        500.. => Error::new(ErrorKind::Unavailable, message),
        _ => broken(message),
    }
}

fn is_role_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".@-_".contains(c);
    !text.is_empty() && text.len() <= 64 && text.chars().all(allowed)
}

/// The service during one fetch.
struct Service<'a> {
    plain: Plain,
    source: &'a MetadataCredentials,
}

impl Service<'_> {
    /// The token that requests carry, or none where the service gives none and may be asked without.
    async fn token(&self) -> Result<Option<SecretString>> {
        let url = self.url("latest/api/token", None);
        let lifetime = ("x-aliyun-ecs-metadata-token-ttl-seconds", "21600");
        let failed = match self.plain.send(Method::PUT, url, Some(lifetime)).await {
            Ok(answer) if answer.status == 200 && !answer.body.trim().is_empty() => {
                return Ok(Some(SecretString::from(answer.body.trim())));
            }
            Ok(answer) => {
                let message = format!("it gave no token (status {})", answer.status);
                status_error(&answer, message)
            }
            // Asking again without a token would not connect either.
            Err(NoAnswer::Unreachable(error)) => return Err(self.source.unreachable(error)),
            Err(NoAnswer::Silent(error) | NoAnswer::Broken(error)) => error,
        };
        if self.source.always_token {
            return Err(self.source.failed(failed));
        }
        Ok(None)
    }

    /// The name of the instance's role.
    async fn role(&self, token: Option<&SecretString>) -> Result<String> {
        let answer = self.get("", token).await?;
        let name = answer.body.lines().next().unwrap_or_default().trim();
        match answer.status {
            200 if is_role_name(name) => Ok(name.to_owned()),
            // Some networks answer for every address.
            200 | 404 => {
                let place = "metadata service: the instance has no RAM role";
                Err(self.source.absent(place.to_owned()))
            }
            status => {
                let message = format!("it did not name the instance's role (status {status})");
                Err(self.source.failed(status_error(&answer, message)))
            }
        }
    }

    async fn get(&self, role: &str, token: Option<&SecretString>) -> Result<PlainAnswer> {
        let url = self.url("latest/meta-data/ram/security-credentials", Some(role));
        let header = token.map(|token| ("x-aliyun-ecs-metadata-token", token.expose_secret()));
        let answer = self.plain.send(Method::GET, url, header).await;
        answer.map_err(|why| match why {
            NoAnswer::Unreachable(error) | NoAnswer::Silent(error) => {
                self.source.unreachable(error)
            }
            NoAnswer::Broken(error) => self.source.failed(error),
        })
    }

    fn url(&self, path: &str, last: Option<&str>) -> Url {
        let mut url = self.source.address.clone();
        url.set_path(path);
        // An address with a host has a path that can be added to.
        if let (Some(last), Ok(mut segments)) = (last, url.path_segments_mut()) {
            segments.push(last);
        }
        url
    }
}

#[async_trait]
impl Credentials for MetadataCredentials {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        self.keys().await
    }
}
