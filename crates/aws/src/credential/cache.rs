use std::sync::Arc;
use std::time::{Duration, SystemTime};

use landbridge_core::{Error, ErrorKind, Result};
use tokio::sync::Mutex;

use super::{Credentials, Keys};
use crate::client::Connection;

const LONGEST_MARGIN: Duration = Duration::from_secs(15 * 60);
/// Keys this close to their end are not given out, even if no others can be had.
const LAST_USE: Duration = Duration::from_secs(30);

/// Keys of one source, fetched once and again before they expire, one fetch at a time.
#[derive(Debug)]
pub(crate) struct KeyCache {
    source: Arc<dyn Credentials>,
    slot: Mutex<Option<Entry>>,
}

#[derive(Clone, Debug)]
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

impl KeyCache {
    pub(crate) fn new(source: Arc<dyn Credentials>) -> Self {
        Self {
            source,
            slot: Mutex::new(None),
        }
    }

    /// Keys that are valid now. While they are valid, a failure to refresh them that may pass is none.
    pub(crate) async fn get(&self, connection: &Connection) -> Result<Keys> {
        let mut slot = self.slot.lock().await;
        let now = connection.now();
        if let Some(entry) = slot.as_ref().filter(|entry| entry.is_fresh(now)) {
            return Ok(entry.keys.clone());
        }
        match self.fetch(connection).await {
            Ok(entry) => Ok(slot.insert(entry).keys.clone()),
            Err(error) => keep(slot.as_ref(), now, error),
        }
    }

    /// Fetches other keys than `refused`, unless somebody else has done so meanwhile.
    pub(crate) async fn renew(&self, connection: &Connection, refused: &Keys) -> Result<()> {
        let mut slot = self.slot.lock().await;
        let same = |entry: &Entry| entry.keys.access_key_id() == refused.access_key_id();
        if slot.as_ref().is_none_or(same) {
            *slot = Some(self.fetch(connection).await?);
        }
        Ok(())
    }

    async fn fetch(&self, connection: &Connection) -> Result<Entry> {
        let keys = self.source.fetch(connection).await.map_err(configured)?;
        tracing::debug!(access_key_id = keys.access_key_id(), "fetched keys");
        Ok(Entry::new(keys, connection.now()))
    }
}

// "Nothing is configured" must not be taken for an absent cloud object further up.
fn configured(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::Unauthenticated),
        _ => error,
    }
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

    #[test]
    fn the_margin_is_a_quarter_of_a_short_life_and_15_minutes_of_a_long_one() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let fresh_after = |life: u64, passed: u64| {
            let keys = Keys::new("id", "secret").with_expiry(now + Duration::from_secs(life));
            Entry::new(keys, now).is_fresh(now + Duration::from_secs(passed))
        };
        assert!(fresh_after(900, 674) && !fresh_after(900, 676));
        assert!(fresh_after(7200, 6299) && !fresh_after(7200, 6301));
        assert!(Entry::new(Keys::new("id", "secret"), now).is_fresh(now));
    }
}
