//! Where the keys of an account come from, and which sources a tenant may name.

use landbridge_core::topology::{Account, CredentialSource, Topology};
use landbridge_core::{Error, ErrorKind, Result};

use super::options::CloudOptions;
use super::secrets::NamedKeys;
use crate::credentials::{GOOD, external_id};

/// What tells the keys of accounts apart. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    base: Base,
    roles: Vec<Role>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Base {
    Own,
    Secret(String),
    Simulator,
}

/// A role that is assumed with the keys before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
}

/// How an account's keys are got.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(super) source: Source,
    pub(crate) first: FirstKeys,
}

/// The keys at the start of a chain of roles.
#[derive(Clone, Debug)]
pub(crate) enum FirstKeys {
    /// The cloud's own chain, in the environment of the worker.
    Own,
    /// A file of the tenant.
    Named(NamedKeys),
    /// Those that a simulator has made.
    Simulated(landbridge_core::backend::Keys),
}

impl Keys {
    pub(crate) fn roles(&self) -> &[Role] {
        &self.source.roles
    }
}

/// How the keys of a tenant's account are got.
pub(super) fn source_of(
    tenant: &str,
    topology: &Topology,
    account: &Account,
    options: &CloudOptions,
) -> Result<Keys> {
    if let Some(simulator) = &options.simulator {
        return Ok(Keys {
            source: Source {
                base: Base::Simulator,
                roles: Vec::new(),
            },
            first: FirstKeys::Simulated(simulator.of(account)?),
        });
    }
    let (base, mut roles) = chain(topology, account)?;
    let is_direct = roles.is_empty() && options.may_use_own_keys(tenant);
    if base == Base::Own && !is_direct {
        bind(account, &mut roles, &external_id(tenant))?;
    }
    let first = match &base {
        Base::Secret(name) => FirstKeys::Named(named(tenant, account, name, options)?),
        Base::Own | Base::Simulator => FirstKeys::Own,
    };
    Ok(Keys {
        source: Source { base, roles },
        first,
    })
}

/// The keys that an account's begin with, and the roles that are assumed from them in order.
fn chain(topology: &Topology, account: &Account) -> Result<(Base, Vec<Role>)> {
    let mut roles = Vec::new();
    let mut current = account;
    // A checked topology has no circle; the bound keeps an unchecked one from turning round for ever.
    for _ in 0..=topology.accounts.len() {
        let base = match &current.credentials {
            CredentialSource::Secret(name) => Base::Secret(name.clone()),
            CredentialSource::Default => Base::Own,
            CredentialSource::AssumeRole {
                from,
                role,
                external_id,
            } => {
                roles.insert(
                    0,
                    Role {
                        arn: role.clone(),
                        external_id: external_id.clone(),
                    },
                );
                if let Some(from) = from {
                    current = topology.account(from).ok_or_else(|| {
                        refused(
                            account,
                            &format!("unknown account `{from}` in its chain of roles"),
                        )
                    })?;
                    continue;
                }
                Base::Own
            }
            _ => break,
        };
        return Ok((base, roles));
    }
    Err(refused(account, &format!("invalid source of keys: {GOOD}")))
}

// Roles after the first one trust the first one, which is the tenant's.
fn bind(account: &Account, roles: &mut [Role], tenants: &str) -> Result<()> {
    let Some(first) = roles.first_mut() else {
        return Err(refused(account, &format!("invalid source of keys: {GOOD}")));
    };
    match &first.external_id {
        Some(other) if other != tenants => {
            let message = format!("invalid `external-id` `{other}`: expected `{tenants}`");
            Err(refused(account, &message).with_remedy(
                "remove `external-id` from the topology, and let the trust policy of the role ask for this one",
            ))
        }
        _ => {
            first.external_id = Some(tenants.to_owned());
            Ok(())
        }
    }
}

fn named(tenant: &str, account: &Account, name: &str, options: &CloudOptions) -> Result<NamedKeys> {
    let folder = options.secrets.as_ref().ok_or_else(|| {
        refused(account, &format!("this worker has no secret `{name}`"))
            .with_remedy("start the worker with `--secrets DIR`")
    })?;
    folder.keys(tenant, name)
}

fn refused(account: &Account, problem: &str) -> Error {
    let message = format!("account `{}`: {problem}", account.name);
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::forbidden;

    fn topology(credentials: &[(&str, &str)]) -> Topology {
        let account = |(n, (name, credentials)): (usize, &(&str, &str))| {
            format!("{{ name: {name}, cloud: aliyun, id: '{n}{n}', credentials: {credentials} }}")
        };
        let accounts: Vec<String> = credentials.iter().enumerate().map(account).collect();
        let text = format!("{{ name: t, accounts: [{}] }}", accounts.join(", "));
        Topology::from_text(&text).expect("a topology")
    }

    fn source(tenant: &str, topology: &Topology, options: &CloudOptions) -> Result<Keys> {
        source_of(
            tenant,
            topology,
            topology.accounts.last().expect("one"),
            options,
        )
    }

    fn roles(keys: &Keys) -> Vec<(&str, Option<&str>)> {
        let roles = keys.roles().iter();
        roles
            .map(|role| (role.arn.as_str(), role.external_id.as_deref()))
            .collect()
    }

    #[test]
    fn own_keys_assume_roles_with_the_external_id_of_the_tenant_only() {
        let options = CloudOptions::new();
        let plain = topology(&[("a", "{ assume-role: { role: r } }")]);
        for tenant in ["acme", "beta"] {
            let keys = source(tenant, &plain, &options).expect("good");
            let id = format!("landbridge:{tenant}");
            assert_eq!(roles(&keys), [("r", Some(id.as_str()))]);
        }
        let foreign = topology(&[(
            "a",
            "{ assume-role: { role: r, external-id: 'landbridge:beta' } }",
        )]);
        let error = source("acme", &foreign, &options).expect_err("another tenant's");
        let told = error.to_string();
        assert!(told.contains("expected `landbridge:acme`"), "{told}");
        source("beta", &foreign, &options).expect("its own");
        let trusted = CloudOptions::new().with_own_keys_for("acme");
        source("acme", &foreign, &trusted).expect_err("also with own keys");
        let keys = source("acme", &plain, &trusted).expect("good");
        assert_eq!(roles(&keys), [("r", Some("landbridge:acme"))]);
    }

    #[test]
    fn a_role_behind_a_role_keeps_its_own_external_id() {
        let chain = topology(&[
            ("a", "{ assume-role: { role: first } }"),
            (
                "b",
                "{ assume-role: { from: a, role: second, external-id: x1 } }",
            ),
        ]);
        let keys = source("acme", &chain, &CloudOptions::new()).expect("good");
        let expected = [("first", Some("landbridge:acme")), ("second", Some("x1"))];
        assert_eq!(roles(&keys), expected);
    }

    #[test]
    fn variables_files_and_keys_of_the_worker_are_refused_by_name() {
        let bad = topology(&[
            ("a", "{ env: PROD }"),
            ("b", "{ profile: root }"),
            ("c", "default"),
            ("d", "{ secret: site }"),
        ]);
        let told = forbidden(&bad, false);
        assert_eq!(told.len(), 3, "{told:?}");
        for (told, name) in told.iter().zip(["`a`", "`b`", "`c`"]) {
            assert!(
                told.starts_with(&format!("account {name}: invalid")),
                "{told}"
            );
        }
        assert_eq!(forbidden(&bad, true).len(), 2, "its own keys are allowed");
        // A chain that begins with them is refused as well.
        let chain = topology(&[
            ("c", "default"),
            ("e", "{ assume-role: { from: c, role: r } }"),
        ]);
        assert_eq!(forbidden(&chain, false).len(), 1);
    }
}
