//! The Alibaba Cloud provider, with credentials as the topology names them.

use std::sync::Arc;

use landbridge_aliyun::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, Keys, StaticCredentials,
};
use landbridge_aliyun::endpoint::Endpoints;
use landbridge_aliyun::{Aliyun, CLOUD, Environment};
use landbridge_core::CloudProvider;
use landbridge_core::topology::{Account, Topology};

use crate::backends::Access;
use crate::declared::{Base, declared};
use crate::exit::Outcome;

/// A provider with the accounts of the topology that are on Alibaba Cloud.
pub(super) fn provider(topology: &Topology, access: &Access) -> Outcome<Arc<dyn CloudProvider>> {
    let endpoints = match access.endpoints.get(CLOUD) {
        Some(address) => Endpoints::new().with_address(address)?,
        None => Endpoints::new().with_environment(&Environment::from_process())?,
    };
    let mut builder = Aliyun::builder()
        .clock(Arc::clone(&access.clock))
        .endpoints(endpoints);
    if let Some(tap) = &access.tap {
        builder = builder.tap(Arc::clone(tap));
    }
    for account in access.accounts_of(topology, CLOUD) {
        builder = builder.credentials(account.id.clone(), credentials(topology, account, access)?);
    }
    Ok(Arc::new(builder.build()?))
}

fn credentials(
    topology: &Topology,
    account: &Account,
    access: &Access,
) -> Outcome<Arc<dyn Credentials>> {
    if let Some(keys) = access.simulated_keys(account)? {
        let secret = keys.access_key_secret.clone();
        return Ok(Arc::new(StaticCredentials::new(
            &keys.access_key_id,
            secret,
        )));
    }
    let environment = Environment::from_process();
    let (_, base, roles) = declared(topology, account)?;
    let mut credentials: Arc<dyn Credentials> = match base {
        Base::Chain => Arc::new(DefaultCredentials::new(environment)),
        Base::Profile(name) => Arc::new(DefaultCredentials::of_profile(environment, name)),
        Base::Keys {
            id,
            secret,
            token,
            origin,
        } => {
            let keys = Keys::new(id, secret).with_origin(origin);
            Arc::new(StaticCredentials::from(match token {
                Some(token) => keys.with_token(token),
                None => keys,
            }))
        }
    };
    for role in roles {
        let assumed = AssumeRoleCredentials::new(credentials, role.arn);
        credentials = Arc::new(match role.external_id {
            Some(id) => assumed.with_external_id(id),
            None => assumed,
        });
    }
    Ok(credentials)
}
