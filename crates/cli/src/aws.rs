//! The AWS provider, with credentials as the topology names them.

mod sessions;

use std::sync::Arc;

use landbridge_aws::Aws;
use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, Mfa, MfaCodes, ProfileCredentials,
    SessionTokenCredentials, StaticCredentials,
};
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{CloudProvider, Region};

use crate::backends::Access;
use crate::declared::{Base, declared};
use crate::exit::Outcome;
use crate::mfa;

pub(crate) use sessions::Sessions;

pub(crate) const CLOUD: &str = landbridge_aws::CLOUD;

/// The region in which accounts as a whole are asked about. Roles are the same in all regions of a partition, and the
/// variable is how people outside the first partition say where they are.
pub(crate) fn home() -> Region {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    region.map_or_else(|| Region::from("us-east-1"), Region::from)
}

pub(crate) fn provider(topology: &Topology, access: &Access) -> Outcome<Arc<dyn CloudProvider>> {
    let mut builder = Aws::builder()
        .clock(Arc::clone(&access.clock))
        .sts_region(home());
    if let Some(address) = &access.aws_endpoint {
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
    let mut credentials = access.aws_sessions.shared(&owner.name, source);
    for role in roles {
        let assumed = AssumeRoleCredentials::new(credentials, role.arn);
        credentials = Arc::new(match role.external_id {
            Some(id) => assumed.with_external_id(id),
            None => assumed,
        });
    }
    Ok(credentials)
}
