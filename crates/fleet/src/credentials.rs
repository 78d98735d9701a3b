//! Which sources of keys a tenant's topology may name: one rule for those who take orders and for those who carry them out.

use landbridge_core::topology::{Account, CredentialSource, Holder, Topology};

/// The external ID with which the worker's own keys assume roles for a tenant: `landbridge:TENANT`. The trust policy of such a
/// role asks for it, so that topologies of other tenants cannot use the role.
pub fn external_id(tenant: &str) -> String {
    format!("landbridge:{tenant}")
}

/// What a topology names that a tenant may not use: a sentence for each account, for
/// [`from_text_with`](Topology::from_text_with). With `own_keys`, the tenant may use the worker's own keys.
pub fn forbidden(topology: &Topology, own_keys: bool) -> Vec<String> {
    let ours = topology.accounts.iter();
    let ours = ours.filter(|account| account.held_by == Holder::Us);
    let problem = |account: &Account| {
        let problem = problem(account, own_keys)?;
        Some(format!("account `{}`: {problem}", account.name))
    };
    ours.filter_map(problem).collect()
}

pub(crate) const GOOD: &str = "expected `assume-role: { role: .. }` or `secret: NAME`";

/// What is wrong with the source of an account's keys.
pub(crate) fn problem(account: &Account, own_keys: bool) -> Option<String> {
    if account.id.is_unknown() {
        return Some("its ID is missing: a fleet needs it".to_owned());
    }
    match &account.credentials {
        CredentialSource::Default if own_keys => None,
        CredentialSource::AssumeRole { .. } | CredentialSource::Secret(_) => None,
        CredentialSource::Default => Some(format!(
            "invalid `credentials`: {GOOD}; the keys of the worker itself are for tenants of `--own-keys-for`"
        )),
        CredentialSource::Env(prefix) => Some(format!(
            "invalid `credentials: {{ env: {prefix} }}`: {GOOD}; variables of the worker are not a tenant's"
        )),
        CredentialSource::Profile(name) => Some(format!(
            "invalid `credentials: {{ profile: {name} }}`: {GOOD}; files of the worker are not a tenant's"
        )),
        _ => Some(format!("invalid `credentials`: {GOOD}")),
    }
}

/// The external ID that an account names for a role which the worker's own keys assume, if it is not the tenant's.
#[cfg(feature = "api")]
pub(crate) fn other_external_id<'a>(tenant: &str, account: &'a Account) -> Option<&'a str> {
    match &account.credentials {
        CredentialSource::AssumeRole {
            from: None,
            external_id: Some(named),
            ..
        } if *named != external_id(tenant) => Some(named),
        _ => None,
    }
}
