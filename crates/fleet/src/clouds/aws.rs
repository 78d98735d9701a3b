use std::sync::Arc;

use async_trait::async_trait;
use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, StaticCredentials,
};
use landbridge_aws::{Aws, AwsProvider, CLOUD, Connection, Environment};
use landbridge_core::backend::RateUsage;
use landbridge_core::{AccountId, Clock, CloudName, CloudProvider, Result};

use super::Root;
use super::kept::{Kept, SOURCES, Whose};
use super::options::CloudOptions;
use super::secrets::NamedKeys;
use super::sources::{FirstKeys, Keys};

#[derive(Debug)]
pub(super) struct AwsRoot {
    provider: AwsProvider,
    own: Arc<dyn Credentials>,
    sources: Kept<Whose, Arc<dyn Credentials>>,
}

impl AwsRoot {
    pub(super) fn new(clock: Arc<dyn Clock>, options: &CloudOptions) -> Result<Self> {
        let environment = Environment::from_process();
        let mut builder = Aws::builder().clock(clock);
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        if let Some(region) = variables.iter().find_map(|name| environment.variable(name)) {
            builder = builder.sts_region(region);
        }
        if let Some(address) = options.endpoints.get(&CloudName::from_static(CLOUD)) {
            builder = builder.endpoint(address)?;
        }
        if let Some(tap) = &options.tap {
            builder = builder.tap(Arc::clone(tap));
        }
        Ok(Self {
            provider: builder.build()?,
            own: Arc::new(DefaultCredentials::new()),
            sources: Kept::new(SOURCES),
        })
    }

    fn source(
        &self,
        tenant: &str,
        account: &AccountId,
        keys: &Keys,
    ) -> Result<Arc<dyn Credentials>> {
        let whose = Whose::new(tenant, account, keys);
        self.sources.get(whose, || Ok(self.credentials(keys)))
    }

    fn credentials(&self, keys: &Keys) -> Arc<dyn Credentials> {
        let first: Arc<dyn Credentials> = match &keys.first {
            FirstKeys::Own => Arc::clone(&self.own),
            FirstKeys::Named(named) => Arc::new(named.clone()),
            FirstKeys::Simulated(keys) => Arc::new(StaticCredentials::from(keys.clone())),
        };
        keys.roles().iter().fold(first, |before, role| {
            let assumed = AssumeRoleCredentials::new(before, &role.arn);
            Arc::new(match &role.external_id {
                Some(id) => assumed.with_external_id(id),
                None => assumed,
            })
        })
    }
}

impl Root for AwsRoot {
    fn provider(
        &self,
        tenant: &str,
        accounts: &[(AccountId, Keys)],
    ) -> Result<Arc<dyn CloudProvider>> {
        let provider = self.provider.sibling();
        for (account, keys) in accounts {
            let source = self.source(tenant, account, keys)?;
            provider.set_credentials(account.clone(), source)?;
        }
        Ok(Arc::new(provider))
    }

    fn rate_usage(&self, account: &AccountId) -> RateUsage {
        self.provider.rate_usage(account)
    }
}

#[async_trait]
impl Credentials for NamedKeys {
    async fn fetch(&self, _: &Connection) -> Result<landbridge_core::backend::Keys> {
        self.read()
    }
}
