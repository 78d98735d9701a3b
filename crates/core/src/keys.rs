//! A cache for keys that expire, for backends: fetched once and again before they end, one fetch at a time.

mod binding;

use std::fmt::Debug;
use std::future::Future;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;

use crate::error::{Error, ErrorKind, Result};

pub use binding::Binding;

const LONGEST_MARGIN: Duration = Duration::from_secs(15 * 60);
/// Keys this close to their end are not given out, even if no others can be had.
const LAST_USE: Duration = Duration::from_secs(30);

/// What the cache must know of keys.
pub trait Expiring: Clone + Debug + Send + Sync {
    /// What tells these keys from others; no secret.
    fn id(&self) -> &str;

    /// When they end; never when absent.
    fn expires_at(&self) -> Option<SystemTime>;
}

/// Keys of one source. They are fetched again when a quarter of their life is left, or 15 minutes if that is less.
#[derive(Debug)]
pub struct KeyCache<K> {
    slot: Mutex<Option<Entry<K>>>,
}

#[derive(Clone, Debug)]
struct Entry<K> {
    keys: K,
    refresh_at: Option<SystemTime>,
}

impl<K: Expiring> Entry<K> {
    fn new(keys: K, now: SystemTime) -> Self {
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

impl<K> Default for KeyCache<K> {
    fn default() -> Self {
        Self {
            slot: Mutex::new(None),
        }
    }
}

impl<K: Expiring> KeyCache<K> {
    /// Keys that are valid now. While they are valid, a failure to refresh them that may pass is none.
    ///
    /// # Errors
    /// Those of `fetch`; its [`NotFound`](ErrorKind::NotFound) becomes [`Unauthenticated`](ErrorKind::Unauthenticated),
    /// because nobody further up should take missing keys for a missing object.
    pub async fn get(&self, now: SystemTime, fetch: impl Future<Output = Result<K>>) -> Result<K> {
        let mut slot = self.slot.lock().await;
        if let Some(entry) = slot.as_ref().filter(|entry| entry.is_fresh(now)) {
            return Ok(entry.keys.clone());
        }
        match fetched(now, fetch).await {
            Ok(entry) => Ok(slot.insert(entry).keys.clone()),
            Err(error) => keep(slot.as_ref(), now, error),
        }
    }

    /// Fetches other keys than `refused`, unless somebody else has done so meanwhile.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn renew(
        &self,
        now: SystemTime,
        refused: &K,
        fetch: impl Future<Output = Result<K>>,
    ) -> Result<()> {
        let mut slot = self.slot.lock().await;
        if slot
            .as_ref()
            .is_none_or(|entry| entry.keys.id() == refused.id())
        {
            *slot = Some(fetched(now, fetch).await?);
        }
        Ok(())
    }
}

async fn fetched<K: Expiring>(
    now: SystemTime,
    fetch: impl Future<Output = Result<K>>,
) -> Result<Entry<K>> {
    let keys = fetch.await.map_err(|error| match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::Unauthenticated),
        _ => error,
    })?;
    tracing::debug!(id = keys.id(), "fetched keys");
    Ok(Entry::new(keys, now))
}

fn keep<K: Expiring>(entry: Option<&Entry<K>>, now: SystemTime, error: Error) -> Result<K> {
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

    #[derive(Clone, Debug)]
    struct Keys(Option<SystemTime>);

    impl Expiring for Keys {
        fn id(&self) -> &str {
            "id"
        }

        fn expires_at(&self) -> Option<SystemTime> {
            self.0
        }
    }

    #[test]
    fn the_margin_is_a_quarter_of_a_short_life_and_15_minutes_of_a_long_one() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let fresh_after = |life: u64, passed: u64| {
            let keys = Keys(Some(now + Duration::from_secs(life)));
            Entry::new(keys, now).is_fresh(now + Duration::from_secs(passed))
        };
        assert!(fresh_after(900, 674) && !fresh_after(900, 676));
        assert!(fresh_after(7200, 6299) && !fresh_after(7200, 6301));
        assert!(Entry::new(Keys(None), now).is_fresh(now));
    }

    #[tokio::test]
    async fn a_passing_failure_to_refresh_keeps_keys_that_are_still_valid() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let cache = KeyCache::default();
        let keys = Keys(Some(now + Duration::from_secs(1000)));
        cache.get(now, async { Ok(keys) }).await.expect("fetched");
        let later = now + Duration::from_secs(900);
        let unavailable = async { Err(Error::new(ErrorKind::Unavailable, "down")) };
        cache.get(later, unavailable).await.expect("the old ones");
        let at_the_end = now + Duration::from_secs(980);
        let unavailable = async { Err(Error::new(ErrorKind::Unavailable, "down")) };
        cache
            .get(at_the_end, unavailable)
            .await
            .expect_err("too close to their end");
    }
}
