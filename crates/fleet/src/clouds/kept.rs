//! Providers that are used again: their sessions and what they know of their keys.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use landbridge_core::{AccountId, CloudName, CloudProvider, Result};

use super::sources::{Keys, Source};

/// How many are kept. One more, and the one that was not used for longest goes: its keys are fetched anew when it is needed.
const MOST: usize = 1024;

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

#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    uses: u64,
    providers: BTreeMap<Wanted, Provider>,
}

#[derive(Debug)]
struct Provider {
    provider: Arc<dyn CloudProvider>,
    /// The number of its last use.
    used: u64,
}

impl Kept {
    /// The provider for `wanted`, which `make` makes if there is none.
    pub(super) fn get(
        &self,
        wanted: Wanted,
        make: impl FnOnce() -> Result<Arc<dyn CloudProvider>>,
    ) -> Result<Arc<dyn CloudProvider>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.uses += 1;
        let used = state.uses;
        if let Some(known) = state.providers.get_mut(&wanted) {
            known.used = used;
            return Ok(Arc::clone(&known.provider));
        }
        let provider = make()?;
        let kept = Provider {
            provider: Arc::clone(&provider),
            used,
        };
        state.providers.insert(wanted, kept);
        state.shrink();
        Ok(provider)
    }
}

impl State {
    fn shrink(&mut self) {
        if self.providers.len() > MOST {
            let oldest = self.providers.iter().min_by_key(|(_, one)| one.used);
            if let Some(wanted) = oldest.map(|(wanted, _)| wanted.clone()) {
                self.providers.remove(&wanted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use landbridge_core::memory::{ManualClock, MemoryProvider};

    use super::*;

    #[test]
    fn the_one_that_was_not_used_for_longest_goes() {
        let kept = Kept::default();
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
        for tenant in 2..MOST {
            get(tenant);
        }
        assert!(Arc::ptr_eq(&first, &get(0)), "kept, and used again");
        get(MOST);
        assert!(Arc::ptr_eq(&first, &get(0)));
        assert!(!Arc::ptr_eq(&second, &get(1)), "the oldest was dropped");
        let count = kept.0.lock().expect("no panic").providers.len();
        assert_eq!(count, MOST);
    }
}
