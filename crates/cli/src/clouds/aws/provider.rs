//! The AWS provider, with credentials as the topology names them.

use std::sync::Arc;

use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, Mfa, MfaCodes, ProfileCredentials,
    SessionTokenCredentials, StaticCredentials,
};
use landbridge_aws::{Aws, CLOUD};
use landbridge_core::CloudProvider;
use landbridge_core::topology::{Account, Topology};

use crate::backends::Access;
use crate::declared::{Base, declared};
use crate::exit::Outcome;
use crate::mfa;

use super::sessions::Sessions;

/// A provider with the accounts of the topology that are on AWS.
pub(super) fn provider(topology: &Topology, access: &Access) -> Outcome<Arc<dyn CloudProvider>> {
    let mut builder = Aws::builder()
        .clock(Arc::clone(&access.clock))
        .sts_region(super::home());
    if let Some(tap) = &access.tap {
        builder = builder.tap(Arc::clone(tap));
    }
    if let Some(address) = access.endpoints.get(CLOUD) {
        builder = builder.endpoint(address)?;
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
    let (owner, base, roles) = declared(topology, account)?;
    let codes: Arc<dyn MfaCodes> = access.mfa.clone();
    let source: Arc<dyn Credentials> = match base {
        Base::Chain => Arc::new(DefaultCredentials::new().with_mfa_codes(codes)),
        Base::Profile(name) => Arc::new(ProfileCredentials::new(name).with_mfa_codes(codes)),
        Base::Keys { id, secret, token } => {
            let keys = StaticCredentials::new(id, secret);
            match (token, mfa::serial(&owner.credentials)) {
                (Some(token), _) => Arc::new(keys.with_token(token)),
                (None, Some(serial)) => {
                    let user = SessionTokenCredentials::new(Arc::new(keys));
                    Arc::new(user.with_mfa(Mfa::new(serial, codes)))
                }
                (None, None) => Arc::new(keys),
            }
        }
    };
    let mut credentials = access.kept.get::<Sessions>().shared(&owner.name, source);
    for role in roles {
        let assumed = AssumeRoleCredentials::new(credentials, role.arn);
        credentials = Arc::new(match role.external_id {
            Some(id) => assumed.with_external_id(id),
            None => assumed,
        });
    }
    Ok(credentials)
}
