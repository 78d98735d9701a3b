use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Result;

type Slot<T> = Arc<tokio::sync::Mutex<Option<(Duration, Arc<Vec<T>>)>>>;

/// Lists shared by all steps that wait for something in them: of many steps that wait in one place, one asks.
#[derive(Debug)]
pub(super) struct SharedList<K, T> {
    slots: Mutex<HashMap<K, Slot<T>>>,
}

impl<K, T> Default for SharedList<K, T> {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
        }
    }
}

impl<K: Clone + Debug + Eq + Hash, T> SharedList<K, T> {
    /// The list as it was at `not_before` or later.
    pub(super) async fn get(
        &self,
        key: &K,
        clock: &dyn Clock,
        not_before: Duration,
        fetch: impl Future<Output = Result<Vec<T>>>,
    ) -> Result<Arc<Vec<T>>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key.clone()).or_default())
        };
        let mut slot = slot.lock().await;
        if let Some((taken, list)) = slot.as_ref().filter(|(taken, _)| *taken >= not_before) {
            tracing::trace!(?key, ?taken, "reusing a list");
            return Ok(Arc::clone(list));
        }
        let taken = clock.uptime();
        let list = Arc::new(fetch.await?);
        *slot = Some((taken, Arc::clone(&list)));
        Ok(list)
    }
}
