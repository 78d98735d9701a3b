use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use super::{
    Credentials, EnvironmentCredentials, IniCredentials, Keys, MetadataCredentials,
    OidcCredentials, ProfileCredentials, UriCredentials,
};
use crate::transport::Connection;
use landbridge_core::backend::Environment;

/// The first source that has keys, in the vendor's order: environment, OIDC, CLI profile, shared file, instance metadata,
/// credentials URI.
///
/// - The source that had keys is remembered.
/// - A source that is configured and broken ends the search with its error: going on would use another identity than
///   the one that was asked for.
#[derive(Debug)]
pub struct DefaultCredentials {
    environment: Option<Arc<dyn Credentials>>,
    oidc: Option<Arc<dyn Credentials>>,
    profile: Option<Arc<dyn Credentials>>,
    file: Option<Arc<dyn Credentials>>,
    metadata: Option<Arc<dyn Credentials>>,
    uri: Option<Arc<dyn Credentials>>,
    /// The profile that was asked for by name.
    named: Option<String>,
    chosen: OnceCell<Arc<dyn Credentials>>,
}

impl DefaultCredentials {
    /// All sources, reading this environment.
    pub fn new(environment: Environment) -> Self {
        Self {
            oidc: Some(Arc::new(OidcCredentials::from_environment(&environment))),
            metadata: Some(Arc::new(MetadataCredentials::new(&environment))),
            uri: Some(Arc::new(UriCredentials::from_environment(&environment))),
            environment: Some(Arc::new(EnvironmentCredentials::new(environment.clone()))),
            profile: Some(Arc::new(ProfileCredentials::new(environment.clone()))),
            file: Some(Arc::new(IniCredentials::new(environment))),
            named: None,
            chosen: OnceCell::new(),
        }
    }

    /// The profile of this name: one of the CLI, or else a section of the shared file. Nothing else is looked at.
    pub fn of_profile(environment: Environment, name: impl Into<String>) -> Self {
        let name = name.into();
        let profile = ProfileCredentials::new(environment.clone()).with_profile(&name);
        let file = IniCredentials::new(environment).with_profile(&name);
        Self {
            environment: None,
            oidc: None,
            profile: Some(Arc::new(profile)),
            file: Some(Arc::new(file)),
            metadata: None,
            uri: None,
            named: Some(name),
            chosen: OnceCell::new(),
        }
    }

    /// Replaces the source that reads variables.
    #[must_use]
    pub fn with_environment(mut self, source: EnvironmentCredentials) -> Self {
        self.environment = Some(Arc::new(source));
        self
    }

    /// Leaves variables out.
    #[must_use]
    pub fn without_environment(mut self) -> Self {
        self.environment = None;
        self
    }

    /// Replaces the source that shows the token of an identity provider.
    #[must_use]
    pub fn with_oidc(mut self, source: OidcCredentials) -> Self {
        self.oidc = Some(Arc::new(source));
        self
    }

    /// Leaves OIDC out.
    #[must_use]
    pub fn without_oidc(mut self) -> Self {
        self.oidc = None;
        self
    }

    /// Replaces the source that reads the CLI's profiles.
    #[must_use]
    pub fn with_profile(mut self, source: ProfileCredentials) -> Self {
        self.profile = Some(Arc::new(source));
        self
    }

    /// Leaves the CLI's profiles out.
    #[must_use]
    pub fn without_profile(mut self) -> Self {
        self.profile = None;
        self
    }

    /// Replaces the source that reads the shared file.
    #[must_use]
    pub fn with_file(mut self, source: IniCredentials) -> Self {
        self.file = Some(Arc::new(source));
        self
    }

    /// Leaves the shared file out.
    #[must_use]
    pub fn without_file(mut self) -> Self {
        self.file = None;
        self
    }

    /// Replaces the source that asks the instance's metadata service.
    #[must_use]
    pub fn with_metadata(mut self, source: MetadataCredentials) -> Self {
        self.metadata = Some(Arc::new(source));
        self
    }

    /// Leaves the metadata service out.
    #[must_use]
    pub fn without_metadata(mut self) -> Self {
        self.metadata = None;
        self
    }

    /// Replaces the source that asks at a URI.
    #[must_use]
    pub fn with_uri(mut self, source: UriCredentials) -> Self {
        self.uri = Some(Arc::new(source));
        self
    }

    /// Leaves the credentials URI out.
    #[must_use]
    pub fn without_uri(mut self) -> Self {
        self.uri = None;
        self
    }

    fn sources(&self) -> impl Iterator<Item = &Arc<dyn Credentials>> {
        let in_order = [
            &self.environment,
            &self.oidc,
            &self.profile,
            &self.file,
            &self.metadata,
            &self.uri,
        ];
        in_order.into_iter().flatten()
    }

    async fn search(&self, connection: &Connection) -> Result<Keys> {
        let mut looked = Vec::new();
        for source in self.sources() {
            match source.fetch(connection).await {
                Ok(keys) => {
                    // Another task may have been faster; it found the same.
                    let _ = self.chosen.set(source.clone());
                    return Ok(keys);
                }
                Err(error) if error.is_not_found() => looked.push(error.message().to_owned()),
                Err(error) => return Err(error),
            }
        }
        Err(self.nothing_found(&looked))
    }

    fn nothing_found(&self, looked: &[String]) -> Error {
        let looked = looked.join("; ");
        let (message, remedy) = match &self.named {
            Some(name) => (
                format!("found no keys of profile `{name}`: {looked}"),
                format!("run `aliyun configure --profile {name}`, or correct the profile's name"),
            ),
            None => (
                format!("found no credentials: {looked}"),
                "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run `aliyun configure`".to_owned(),
            ),
        };
        Error::new(ErrorKind::Unauthenticated, message).with_remedy(remedy)
    }
}

#[async_trait]
impl Credentials for DefaultCredentials {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        match self.chosen.get() {
            Some(source) => source.fetch(connection).await,
            None => self.search(connection).await,
        }
    }
}
