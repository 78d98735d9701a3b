//! The Alibaba Cloud provider, with credentials as the topology names them.

use std::sync::Arc;

use landbridge_aliyun::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, ProfileCredentials, StaticCredentials,
};
use landbridge_aliyun::endpoint::Endpoints;
use landbridge_aliyun::{Aliyun, Environment};
use landbridge_core::CloudProvider;
use landbridge_core::topology::{Account, CredentialSource, Topology};

use crate::backends::Access;
use crate::exit::{Failure, Outcome};

pub(crate) const CLOUD: &str = landbridge_aliyun::CLOUD;

/// How many roles may lead to one another.
const LONGEST_CHAIN: usize = 8;

pub(crate) fn provider(topology: &Topology, access: &Access) -> Outcome<Arc<dyn CloudProvider>> {
    let endpoints = match &access.aliyun_endpoint {
        Some(address) => Endpoints::new().with_address(address)?,
        None => Endpoints::new().with_environment(&Environment::from_process())?,
    };
    let mut builder = Aliyun::builder()
        .clock(Arc::clone(&access.clock))
        .endpoints(endpoints);
    let ours = |account: &&Account| account.cloud.as_str() == CLOUD;
    for account in topology.accounts.iter().filter(ours) {
        builder = builder.credentials(account.id.clone(), credentials(topology, account, access)?);
    }
    Ok(Arc::new(builder.build()?))
}

fn credentials(
    topology: &Topology,
    account: &Account,
    access: &Access,
) -> Outcome<Arc<dyn Credentials>> {
    let Some(keys) = &access.keys else {
        return declared(topology, account, LONGEST_CHAIN);
    };
    let keys = keys.get(&account.id).ok_or_else(|| {
        Failure::bad_input(format!("the simulator has no account {}", account.id))
    })?;
    let secret = keys.access_key_secret.clone();
    Ok(Arc::new(StaticCredentials::new(
        &keys.access_key_id,
        secret,
    )))
}

fn declared(topology: &Topology, account: &Account, chain: usize) -> Outcome<Arc<dyn Credentials>> {
    let environment = Environment::from_process();
    Ok(match &account.credentials {
        CredentialSource::Default => Arc::new(DefaultCredentials::new(environment)),
        CredentialSource::Profile(name) => {
            Arc::new(ProfileCredentials::new(environment).with_profile(name))
        }
        CredentialSource::Env(prefix) => Arc::new(prefixed(&environment, account, prefix)?),
        CredentialSource::AssumeRole {
            from,
            role,
            external_id,
        } => {
            let source = source(topology, account, from, chain)?;
            let credentials = AssumeRoleCredentials::new(source, role);
            Arc::new(match external_id {
                Some(id) => credentials.with_external_id(id),
                None => credentials,
            })
        }
        _ => return Err(unknown_source(account)),
    })
}

fn source(
    topology: &Topology,
    account: &Account,
    from: &str,
    chain: usize,
) -> Outcome<Arc<dyn Credentials>> {
    let name = &account.name;
    let from = topology.account(from).ok_or_else(|| {
        Failure::bad_input(format!(
            "account `{name}`: its role is assumed from account `{from}`, which is not declared under `accounts`"
        ))
    })?;
    let chain = chain.checked_sub(1).ok_or_else(|| {
        Failure::bad_input(format!(
            "account `{name}`: its role is assumed from accounts that assume roles in a circle"
        ))
    })?;
    declared(topology, from, chain)
}

fn prefixed(
    environment: &Environment,
    account: &Account,
    prefix: &str,
) -> Outcome<StaticCredentials> {
    let need = |name: String| {
        environment.variable(&name).map(str::to_owned).ok_or_else(|| {
            Failure::bad_input(format!(
                "account `{}`: its keys come from the environment variable {name}, which is not set; set it",
                account.name
            ))
        })
    };
    let id = need(format!("{prefix}_ACCESS_KEY_ID"))?;
    let keys = StaticCredentials::new(id, need(format!("{prefix}_ACCESS_KEY_SECRET"))?);
    let token = environment.variable(&format!("{prefix}_SECURITY_TOKEN"));
    Ok(match token {
        Some(token) => keys.with_token(token),
        None => keys,
    })
}

fn unknown_source(account: &Account) -> Failure {
    Failure::bad_input(format!(
        "account `{}`: this program does not know its source of credentials",
        account.name
    ))
}
