use std::sync::Arc;

use async_trait::async_trait;
use landbridge_aliyun::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, StaticCredentials,
};
use landbridge_aliyun::endpoint::Endpoints;
use landbridge_aliyun::{Aliyun, AliyunProvider, CLOUD, Connection, Environment};
use landbridge_core::backend::RateUsage;
use landbridge_core::{AccountId, Clock, CloudName, CloudProvider, Result};

use super::Root;
use super::kept::{Kept, SOURCES, Whose};
use super::options::CloudOptions;
use super::secrets::NamedKeys;
use super::sources::{FirstKeys, Keys};

#[derive(Debug)]
pub(super) struct AliyunRoot {
    provider: AliyunProvider,
    own: Arc<dyn Credentials>,
    sources: Kept<Whose, Arc<dyn Credentials>>,
}

impl AliyunRoot {
    pub(super) fn new(clock: Arc<dyn Clock>, options: &CloudOptions) -> Result<Self> {
        let environment = Environment::from_process();
        let address = options.endpoints.get(&CloudName::from_static(CLOUD));
        let endpoints = match address {
            Some(address) => Endpoints::new().with_address(address)?,
            None => Endpoints::new().with_environment(&environment)?,
        };
        let mut builder = Aliyun::builder().clock(clock).endpoints(endpoints);
        if let Some(tap) = &options.tap {
            builder = builder.tap(Arc::clone(tap));
        }
        Ok(Self {
            provider: builder.build()?,
            own: Arc::new(DefaultCredentials::new(environment)),
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

impl Root for AliyunRoot {
    fn provider(
        &self,
        tenant: &str,
        accounts: &[(AccountId, Keys)],
    ) -> Result<Arc<dyn CloudProvider>> {
        let provider = self.provider.sibling();
        for (account, keys) in accounts {
            let source = self.source(tenant, account, keys)?;
            provider.set_credentials(account.clone(), source);
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

#[cfg(test)]
mod tests {
    use landbridge_core::SystemClock;
    use landbridge_core::topology::Topology;

    use super::super::sources::source_of;
    use super::*;

    #[test]
    fn topologies_of_a_tenant_have_the_same_source_for_the_same_account() {
        let topology = |other: &str| {
            let accounts = [("hub", 1), (other, 2)].map(|(name, id)| {
                format!("{{ name: {name}, cloud: aliyun, id: '100000000000000{id}', credentials: {{ assume-role: {{ role: {name} }} }} }}")
            });
            let text = format!("{{ name: t, accounts: [{}] }}", accounts.join(", "));
            Topology::from_text(&text).expect("a topology")
        };
        let options = CloudOptions::new();
        let root = AliyunRoot::new(Arc::new(SystemClock::new()), &options).expect("a root");
        let hub = |tenant: &str, topology: &Topology| {
            let account = topology.account("hub").expect("it is there");
            let keys = source_of(tenant, topology, account, &options).expect("good");
            root.source(tenant, &account.id, &keys).expect("made")
        };
        let one = hub("acme", &topology("site1"));
        assert!(Arc::ptr_eq(&one, &hub("acme", &topology("site2"))));
        assert!(!Arc::ptr_eq(&one, &hub("beta", &topology("site1"))));
    }
}
