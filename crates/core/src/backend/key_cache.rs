use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;

use super::{Binding, Keys, ProviderConnection, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, Region};
use crate::traits::CallerIdentity;

const LONGEST_MARGIN: Duration = Duration::from_secs(15 * 60);
/// Keys this close to their end are not given out, even if no others can be had.
const LAST_USE: Duration = Duration::from_secs(30);

/// Keys of one source, for all calls of an account. They are fetched once, and again when a quarter of their life is
/// left, or 15 minutes if that is less; one fetch runs at a time. The source can be replaced while calls are under way.
#[derive(Debug)]
pub struct KeyCache<S: ?Sized> {
    account: Option<AccountId>,
    /// None once the account was removed.
    current: RwLock<Option<Arc<Supply<S>>>>,
    /// The ID of the keys that the cloud accepted last.
    accepted: RwLock<Option<String>>,
}

/// A source, and what is known of its keys.
#[derive(Debug)]
struct Supply<S: ?Sized> {
    source: Arc<S>,
    binding: Option<Binding>,
    slot: Slot,
    /// Whose keys were asked about last, by the ID of the keys.
    caller: Mutex<Option<(String, CallerIdentity)>>,
}

impl<S: ?Sized> KeyCache<S> {
    /// Keys of any account.
    pub fn new(source: Arc<S>) -> Self {
        Self::of(None, source, None)
    }

    /// Keys that must keep belonging to `account`, whatever the source does.
    pub fn bound(source: Arc<S>, account: AccountId) -> Self {
        let binding = Binding::new(account.clone());
        Self::of(Some(account), source, Some(binding))
    }

    fn of(account: Option<AccountId>, source: Arc<S>, binding: Option<Binding>) -> Self {
        Self {
            account,
            current: RwLock::new(Some(Arc::new(Supply::new(source, binding)))),
            accepted: RwLock::default(),
        }
    }

    /// Replaces the source: the next call fetches keys from `source`. If the cache is bound to an account, they are proven
    /// to belong to it before they sign anything else. Calls under way end with the keys that they have.
    pub fn replace(&self, source: Arc<S>) {
        let binding = self.account.clone().map(Binding::strict);
        self.set(Some(Arc::new(Supply::new(source, binding))));
    }

    /// Gives out no more keys: the account was removed.
    pub fn close(&self) {
        self.set(None);
    }

    /// Remembers that the cloud accepted these keys.
    pub(super) fn accept(&self, keys: &Keys) {
        let accepted = self.accepted.read();
        let is_known = accepted.unwrap_or_else(PoisonError::into_inner).as_deref()
            == Some(keys.access_key_id());
        if !is_known {
            let mut accepted = self
                .accepted
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            *accepted = Some(keys.access_key_id().to_owned());
        }
    }

    fn was_accepted(&self, keys: &Keys) -> bool {
        let accepted = self.accepted.read().unwrap_or_else(PoisonError::into_inner);
        accepted.as_deref() == Some(keys.access_key_id())
    }

    fn set(&self, supply: Option<Arc<Supply<S>>>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = supply;
    }

    fn supply(&self) -> Result<Arc<Supply<S>>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone().ok_or_else(|| match &self.account {
            Some(account) => no_credentials(account),
            None => Error::new(ErrorKind::Unauthenticated, "the credentials were removed"),
        })
    }
}

pub(super) fn no_credentials(account: &AccountId) -> Error {
    let message = format!("the provider has no credentials for account {account}");
    Error::new(ErrorKind::Unauthenticated, message)
        .with_remedy("give the provider credentials for this account")
}

impl<S: ?Sized + std::fmt::Debug + Send + Sync + 'static> KeyCache<S> {
    /// Who reads with these keys; none once the account was removed.
    pub fn reader(&self) -> Option<Reader> {
        let supply = self.supply().ok()?;
        Some(Reader::new(&supply.source))
    }

    /// Keys that are valid now. While they are valid, a temporary failure to refresh them is not reported.
    ///
    /// # Errors
    /// Those of the source. Its [`NotFound`](ErrorKind::NotFound) becomes
    /// [`Unauthenticated`](ErrorKind::Unauthenticated), so that missing keys are not taken for a missing object. Also
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) for keys of another account and for a removed account, and
    /// [`SessionExpired`](ErrorKind::SessionExpired) for keys that have expired already.
    pub async fn get<C>(&self, connection: &C, region: &Region) -> Result<Keys>
    where
        C: ProviderConnection<Source = S>,
    {
        let supply = self.supply()?;
        let fetch = supply.fetch(connection, region);
        supply.slot.get(connection.now(), fetch).await
    }

    /// The identity that the keys belong to. `ask` asks the cloud; it is polled once for each keys, whose owner never
    /// changes, and by one task at a time.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn identity<C>(
        &self,
        connection: &C,
        region: &Region,
        ask: impl Future<Output = Result<CallerIdentity>> + Send,
    ) -> Result<CallerIdentity>
    where
        C: ProviderConnection<Source = S>,
    {
        let Ok(supply) = self.supply() else {
            return ask.await;
        };
        let mut known = supply.caller.lock().await;
        let before = self.id_now(connection, region).await;
        if let Some((id, identity)) = &*known
            && before.as_ref() == Some(id)
        {
            return Ok(identity.clone());
        }
        let identity = ask.await?;
        // Where the keys were renewed meanwhile, either may have signed.
        let after = self.id_now(connection, region).await;
        let is_sure = before == after;
        *known = before.filter(|_| is_sure).map(|id| (id, identity.clone()));
        Ok(identity)
    }

    async fn id_now<C>(&self, connection: &C, region: &Region) -> Option<String>
    where
        C: ProviderConnection<Source = S>,
    {
        let keys = self.get(connection, region).await.ok()?;
        Some(keys.access_key_id().to_owned())
    }

    /// Fetches other keys than `refused`, unless another task has done so meanwhile.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn renew<C>(&self, connection: &C, region: &Region, refused: &Keys) -> Result<()>
    where
        C: ProviderConnection<Source = S>,
    {
        let supply = self.supply()?;
        let fetch = supply.fetch(connection, region);
        supply.slot.renew(connection.now(), refused, fetch).await
    }
}

impl<S: ?Sized + std::fmt::Debug + Send + Sync + 'static> KeyCache<S> {
    /// Whether there are other keys now than `refused`, which the cloud accepted before and accepts no longer: keys are
    /// rotated while runs are under way. Keys that were never accepted are wrong, and their source is not asked again.
    pub(super) async fn replaced<C>(&self, connection: &C, region: &Region, refused: &Keys) -> bool
    where
        C: ProviderConnection<Source = S>,
    {
        let others = || async {
            let now = self.get(connection, region).await;
            now.is_ok_and(|keys| keys.access_key_id() != refused.access_key_id())
        };
        // Another call may have fetched them.
        if others().await {
            return true;
        }
        if !self.was_accepted(refused) {
            return false;
        }
        if let Err(error) = self.renew(connection, region, refused).await {
            tracing::warn!(%error, "the keys are refused, and their source gives no others");
            return false;
        }
        others().await
    }
}

impl<S: ?Sized> Supply<S> {
    fn new(source: Arc<S>, binding: Option<Binding>) -> Self {
        Self {
            source,
            binding,
            slot: Slot::default(),
            caller: Mutex::default(),
        }
    }

    async fn fetch<C>(&self, connection: &C, region: &Region) -> Result<Keys>
    where
        C: ProviderConnection<Source = S>,
    {
        let keys = connection.fetch(&self.source).await?;
        check_life(&keys, connection.now())?;
        if let Some(binding) = &self.binding {
            let owner = connection.identify(&keys, binding.account(), region);
            binding.check(&keys, owner).await?;
        }
        Ok(keys)
    }
}

fn check_life(keys: &Keys, now: SystemTime) -> Result<()> {
    if keys.expires_at().is_none_or(|end| now < end) {
        return Ok(());
    }
    let message = format!(
        "the keys from {} have expired already",
        keys.origin().unwrap_or("their source")
    );
    Err(Error::new(ErrorKind::SessionExpired, message)
        .with_remedy("check that the source renews its keys, and set the clock of this machine"))
}

/// The keys that were fetched last. The lock is held while others are fetched.
#[derive(Debug, Default)]
struct Slot(Mutex<Option<Entry>>);

#[derive(Debug)]
struct Entry {
    keys: Keys,
    refresh_at: Option<SystemTime>,
}

impl Entry {
    fn new(keys: Keys, now: SystemTime) -> Self {
        let refresh_at = keys.expires_at().map(|end| {
            let life = end.duration_since(now).unwrap_or_default();
            let margin = (life / 4).min(LONGEST_MARGIN);
            end.checked_sub(margin).unwrap_or(end)
        });
        Self { keys, refresh_at }
    }

    fn is_fresh(&self, now: SystemTime) -> bool {
        self.refresh_at.is_none_or(|at| now < at)
    }

    fn is_usable(&self, now: SystemTime) -> bool {
        self.keys
            .expires_at()
            .is_none_or(|end| now + LAST_USE < end)
    }
}

impl Slot {
    async fn get(
        &self,
        now: SystemTime,
        fetch: impl Future<Output = Result<Keys>>,
    ) -> Result<Keys> {
        let mut slot = self.0.lock().await;
        if let Some(entry) = slot.as_ref().filter(|entry| entry.is_fresh(now)) {
            return Ok(entry.keys.clone());
        }
        match fetched(now, fetch).await {
            Ok(entry) => Ok(slot.insert(entry).keys.clone()),
            Err(error) => keep(slot.as_ref(), now, error),
        }
    }

    async fn renew(
        &self,
        now: SystemTime,
        refused: &Keys,
        fetch: impl Future<Output = Result<Keys>>,
    ) -> Result<()> {
        let mut slot = self.0.lock().await;
        let is_refused = |entry: &Entry| entry.keys.access_key_id() == refused.access_key_id();
        if slot.as_ref().is_none_or(is_refused) {
            *slot = Some(fetched(now, fetch).await?);
        }
        Ok(())
    }
}

async fn fetched(now: SystemTime, fetch: impl Future<Output = Result<Keys>>) -> Result<Entry> {
    let keys = fetch.await.map_err(|error| match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::Unauthenticated),
        _ => error,
    })?;
    tracing::debug!(id = keys.access_key_id(), "fetched keys");
    Ok(Entry::new(keys, now))
}

fn keep(entry: Option<&Entry>, now: SystemTime, error: Error) -> Result<Keys> {
    match entry.filter(|entry| error.is_retryable() && entry.is_usable(now)) {
        Some(entry) => {
            tracing::warn!(%error, "keys could not be refreshed; the old ones are still valid");
            Ok(entry.keys.clone())
        }
        None => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
    }

    fn keys(life: u64) -> Keys {
        Keys::new("id", "secret").with_expiry(now() + Duration::from_secs(life))
    }

    #[test]
    fn the_margin_is_a_quarter_of_a_short_life_and_15_minutes_of_a_long_one() {
        let fresh_after = |life: u64, passed: u64| {
            Entry::new(keys(life), now()).is_fresh(now() + Duration::from_secs(passed))
        };
        assert!(fresh_after(900, 674) && !fresh_after(900, 676));
        assert!(fresh_after(7200, 6299) && !fresh_after(7200, 6301));
        assert!(Entry::new(Keys::new("id", "secret"), now()).is_fresh(now()));
    }

    #[tokio::test]
    async fn a_temporary_failure_to_refresh_keeps_keys_that_are_still_valid() {
        let slot = Slot::default();
        let first = async { Ok(keys(1000)) };
        slot.get(now(), first).await.expect("fetched");
        let later = now() + Duration::from_secs(900);
        let unavailable = async { Err(Error::new(ErrorKind::Unavailable, "down")) };
        slot.get(later, unavailable).await.expect("the old ones");
        let at_the_end = now() + Duration::from_secs(980);
        let unavailable = async { Err(Error::new(ErrorKind::Unavailable, "down")) };
        slot.get(at_the_end, unavailable)
            .await
            .expect_err("too close to their end");
    }

    #[test]
    fn keys_that_have_expired_are_refused() {
        let error = check_life(&keys(0).with_origin("a file"), now()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::SessionExpired);
        assert_eq!(error.message(), "the keys from a file have expired already");
    }
}
