//! The AWS provider, with credentials as the topology names them.

use std::sync::Arc;

use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, Keys, Mfa, MfaCodes,
    ProfileCredentials, SessionTokenCredentials, StaticCredentials,
};
use landbridge_aws::{Aws, CLOUD, Environment, home_region};
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{CloudProvider, Region};

use crate::backends::Access;
use crate::declared::{Base, declared};
use crate::exit::Outcome;
use crate::mfa;

use super::sessions::Sessions;

/// A provider with the accounts of the topology that are on AWS.
pub(super) fn provider(topology: &Topology, access: &Access) -> Outcome<Arc<dyn CloudProvider>> {
    let mut builder = Aws::builder().clock(Arc::clone(&access.clock));
    if let Some(region) = configured_region() {
        builder = builder.sts_region(region);
    }
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

/// The region in which to ask about an account of a topology as a whole.
pub(super) fn home(topology: &Topology, account: &Account, access: &Access) -> Outcome<Region> {
    let source = credentials(topology, account, access)?;
    Ok(home_region(configured_region().as_ref(), source.as_ref()))
}

/// The region that the person works in. It counts for keys of its partition.
fn configured_region() -> Option<Region> {
    let environment = Environment::from_process();
    let region = |name| environment.variable(name).map(Region::from);
    region("AWS_REGION").or_else(|| region("AWS_DEFAULT_REGION"))
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
        Base::Keys {
            id,
            secret,
            token,
            origin,
        } => {
            let keys = Keys::new(id, secret).with_origin(origin);
            match (token, mfa::serial(&owner.credentials)) {
                (Some(token), _) => Arc::new(StaticCredentials::from(keys.with_token(token))),
                (None, Some(serial)) => {
                    let keys = StaticCredentials::from(keys);
                    let user = SessionTokenCredentials::new(Arc::new(keys));
                    Arc::new(user.with_mfa(Mfa::new(serial, codes)))
                }
                (None, None) => Arc::new(StaticCredentials::from(keys)),
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
