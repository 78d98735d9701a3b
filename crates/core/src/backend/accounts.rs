use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::KeyCache;
use super::key_cache::no_credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, CloudName, Place};

/// The accounts of a living provider, and its handles (`H`): one for each place, the same one each time.
///
/// Accounts are added, given other credentials (`S`) and removed while calls of others, or of the same account, are under
/// way. Handles of other accounts are not touched.
#[derive(Debug)]
pub struct Accounts<S: ?Sized, H> {
    cloud: CloudName,
    state: Mutex<State<S, H>>,
}

#[derive(Debug)]
struct State<S: ?Sized, H> {
    keys: BTreeMap<AccountId, Arc<KeyCache<S>>>,
    handles: BTreeMap<Place, H>,
}

impl<S: ?Sized, H: Clone> Accounts<S, H> {
    /// No accounts of this cloud yet.
    pub fn new(cloud: CloudName) -> Self {
        Self {
            cloud,
            state: Mutex::new(State {
                keys: BTreeMap::new(),
                handles: BTreeMap::new(),
            }),
        }
    }

    /// Adds an account, or replaces the credentials of one. Handles of a known account use the new credentials from their
    /// next call on.
    pub fn set(&self, account: AccountId, source: Arc<S>) {
        let mut state = self.state();
        match state.keys.get(&account) {
            Some(keys) => keys.replace(source),
            None => {
                let keys = match account.is_unknown() {
                    true => KeyCache::new(source),
                    false => KeyCache::bound(source, account.clone()),
                };
                state.keys.insert(account, Arc::new(keys));
            }
        }
    }

    /// Removes an account and tells whether it was there. Handles of it refuse their next call, also when the account is
    /// added again.
    pub fn remove(&self, account: &AccountId) -> bool {
        let mut state = self.state();
        state.handles.retain(|place, _| place.account != *account);
        match state.keys.remove(account) {
            Some(keys) => {
                keys.close();
                true
            }
            None => false,
        }
    }

    /// The accounts, in the order of their IDs.
    pub fn ids(&self) -> Vec<AccountId> {
        self.state().keys.keys().cloned().collect()
    }

    /// The handle of a place; `make` makes it when it is asked for first.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a place of another cloud,
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when the account has no credentials.
    pub fn handle(&self, place: &Place, make: impl FnOnce(Arc<KeyCache<S>>) -> H) -> Result<H> {
        if place.cloud != self.cloud {
            let message = format!(
                "invalid place `{place}`: expected one of cloud `{}`",
                self.cloud
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut state = self.state();
        if let Some(handle) = state.handles.get(place) {
            return Ok(handle.clone());
        }
        let keys = state
            .keys
            .get(&place.account)
            .ok_or_else(|| no_credentials(&place.account).with_place(place.clone()))?;
        let handle = make(Arc::clone(keys));
        state.handles.insert(place.clone(), handle.clone());
        Ok(handle)
    }

    fn state(&self) -> MutexGuard<'_, State<S, H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUD: CloudName = CloudName::from_static("x");

    fn place(account: &str) -> Place {
        Place::new(CLOUD, account, "r")
    }

    #[test]
    fn handles_of_other_accounts_outlive_a_change() {
        let accounts = Accounts::<str, Arc<str>>::new(CLOUD);
        let handle = |account| {
            let place = place(account);
            accounts.handle(&place, |_| Arc::from(account))
        };
        accounts.set("1".into(), "a".into());
        accounts.set("2".into(), "b".into());
        let (one, two) = (handle("1").expect("known"), handle("2").expect("known"));
        accounts.set("1".into(), "c".into());
        assert!(Arc::ptr_eq(&one, &handle("1").expect("the same handle")));
        assert!(accounts.remove(&"1".into()) && !accounts.remove(&"1".into()));
        assert_eq!(accounts.ids(), ["2".into()]);
        assert!(Arc::ptr_eq(&two, &handle("2").expect("the same handle")));
        let error = handle("1").expect_err("removed");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        accounts.set("1".into(), "d".into());
        assert!(!Arc::ptr_eq(&one, &handle("1").expect("a new handle")));
    }

    #[test]
    fn places_of_another_cloud_are_refused() {
        let accounts = Accounts::<str, ()>::new(CLOUD);
        let elsewhere = Place::new(CloudName::from_static("y"), "1", "r");
        let error = accounts.handle(&elsewhere, |_| ()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
