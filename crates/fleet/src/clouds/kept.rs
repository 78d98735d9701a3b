//! Providers and sources of keys that are used again, with their sessions and what they know of their keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use landbridge_core::{AccountId, CloudName, Result};

use super::sources::{Keys, Source};

/// How many providers are kept.
pub(super) const PROVIDERS: usize = 1024;
/// How many sources of keys are kept.
pub(super) const SOURCES: usize = 16 * 1024;

/// For whom a provider is: the tenant, and the source of the keys of each account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    tenant: String,
    cloud: CloudName,
    accounts: Vec<(AccountId, Source)>,
}

impl Wanted {
    pub(super) fn new(tenant: &str, cloud: &CloudName, accounts: &[(AccountId, Keys)]) -> Self {
        let accounts = accounts.iter();
        let mut accounts: Vec<_> = accounts
            .map(|(account, keys)| (account.clone(), keys.source.clone()))
            .collect();
        accounts.sort();
        Self {
            tenant: tenant.to_owned(),
            cloud: cloud.clone(),
            accounts,
        }
    }
}

/// Whose keys are got: a source is the same object for all topologies of a tenant that name it, because only those share what is
/// read with them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whose {
    tenant: String,
    account: AccountId,
    source: Source,
}

impl Whose {
    pub(super) fn new(tenant: &str, account: &AccountId, keys: &Keys) -> Self {
        Self {
            tenant: tenant.to_owned(),
            account: account.clone(),
            source: keys.source.clone(),
        }
    }
}

/// What was made for those that wanted it, and is used again.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    most: usize,
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    uses: u64,
    known: BTreeMap<K, Known<V>>,
}

#[derive(Debug)]
struct Known<V> {
    value: V,
    /// The number of its last use.
    used: u64,
}

impl<K: Clone + Ord, V: Clone> Kept<K, V> {
    /// Keeps so many. One more, and the one that was not used for longest goes: it is made anew when it is wanted.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            state: Mutex::new(State {
                uses: 0,
                known: BTreeMap::new(),
            }),
        }
    }

    /// The value for `wanted`, which `make` makes if there is none.
    pub(super) fn get(&self, wanted: K, make: impl FnOnce() -> Result<V>) -> Result<V> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.uses += 1;
        let used = state.uses;
        if let Some(known) = state.known.get_mut(&wanted) {
            known.used = used;
            return Ok(known.value.clone());
        }
        let value = make()?;
        let known = Known {
            value: value.clone(),
            used,
        };
        state.known.insert(wanted, known);
        if state.known.len() > self.most {
            let oldest = state.known.iter().min_by_key(|(_, one)| one.used);
            if let Some(oldest) = oldest.map(|(wanted, _)| wanted.clone()) {
                state.known.remove(&oldest);
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use landbridge_core::CloudProvider;
    use landbridge_core::memory::{ManualClock, MemoryProvider};

    use super::*;

    #[test]
    fn the_one_that_was_not_used_for_longest_goes() {
        let kept = Kept::new(PROVIDERS);
        let make = || {
            let clock = Arc::new(ManualClock::new());
            Ok(Arc::new(MemoryProvider::new(clock)) as Arc<dyn CloudProvider>)
        };
        let cloud = CloudName::from_static("memory");
        let get = |tenant: usize| {
            let wanted = Wanted::new(&tenant.to_string(), &cloud, &[]);
            kept.get(wanted, make).expect("made")
        };
        let (first, second) = (get(0), get(1));
        for tenant in 2..PROVIDERS {
            get(tenant);
        }
        assert!(Arc::ptr_eq(&first, &get(0)), "kept, and used again");
        get(PROVIDERS);
        assert!(Arc::ptr_eq(&first, &get(0)));
        assert!(!Arc::ptr_eq(&second, &get(1)), "the oldest was dropped");
        let count = kept.state.lock().expect("no panic").known.len();
        assert_eq!(count, PROVIDERS);
    }
}
