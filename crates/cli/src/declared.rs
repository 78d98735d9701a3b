//! Credential sources of accounts in a topology: keys, and roles assumed with them one after the other.

use landbridge_core::topology::{Account, CredentialSource, Topology};

use crate::exit::{Failure, Outcome};

/// The keys at the start of a chain of roles.
#[derive(Clone, Debug)]
pub(crate) enum Base<'t> {
    /// The cloud's own credential chain.
    Chain,
    /// A named profile.
    Profile(&'t str),
    /// Keys from environment variables.
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
        /// The variables, as errors name them.
        origin: String,
    },
}

/// A role that is assumed with the keys before it.
#[derive(Clone, Debug)]
pub(crate) struct Role<'t> {
    pub(crate) arn: &'t str,
    pub(crate) external_id: Option<&'t str>,
}

/// The account whose own keys an account's begin with, those keys, and the roles assumed from them in order.
pub(crate) fn declared<'t>(
    topology: &'t Topology,
    account: &'t Account,
) -> Outcome<(&'t Account, Base<'t>, Vec<Role<'t>>)> {
    let mut roles = Vec::new();
    let mut current = account;
    // A checked topology has no circle; the bound keeps an unchecked one from turning round for ever.
    for _ in 0..=topology.accounts.len() {
        let CredentialSource::AssumeRole {
            from,
            role,
            external_id,
        } = &current.credentials
        else {
            roles.reverse();
            return Ok((current, base(current)?, roles));
        };
        roles.push(Role {
            arn: role,
            external_id: external_id.as_deref(),
        });
        let Some(from) = from else {
            roles.reverse();
            return Ok((current, Base::Chain, roles));
        };
        current = topology.account(from).ok_or_else(|| {
            Failure::bad_input(format!(
                "account `{}`: unknown account `{from}` as the source of its role",
                current.name
            ))
        })?;
    }
    Err(Failure::bad_input(format!(
        "account `{}`: its chain of roles leads back to itself",
        account.name
    )))
}

fn base(account: &Account) -> Outcome<Base<'_>> {
    match &account.credentials {
        CredentialSource::Default => Ok(Base::Chain),
        CredentialSource::Profile(name) => Ok(Base::Profile(name)),
        CredentialSource::Env(prefix) => Ok(Base::Keys {
            id: need(account, format!("{prefix}_ACCESS_KEY_ID"))?,
            secret: need(account, format!("{prefix}_ACCESS_KEY_SECRET"))?,
            token: variable(&format!("{prefix}_SECURITY_TOKEN")),
            origin: format!("the variables {prefix}_*"),
        }),
        CredentialSource::Secret(name) => Err(Failure::bad_input(format!(
            "account `{}`: `landbridge` keeps no secret `{name}`: name the keys with `env`, `profile` or `assume-role`; \
             `landbridge-fleet` has a folder of secrets",
            account.name
        ))),
        _ => Err(Failure::bad_input(format!(
            "account `{}`: this program does not support its credential source",
            account.name
        ))),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn need(account: &Account, name: String) -> Outcome<String> {
    variable(&name).ok_or_else(|| {
        Failure::bad_input(format!(
            "account `{}`: environment variable {name} is not set: set it to the account's key",
            account.name
        ))
    })
}
