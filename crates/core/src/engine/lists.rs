//! Lists that waiting steps share.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Result;
use crate::ids::Place;
use crate::object::Listed;

/// Lists shared by all steps that wait for something in them: of many steps that wait in one place, one asks.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// One [`Shared`] for each kind of record.
    kinds: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Lists {
    /// The list as it was at `not_before` or later.
    pub(super) async fn get<R: Listed>(
        &self,
        key: (Place, R::Query),
        clock: &dyn Clock,
        not_before: Duration,
        fetch: impl Future<Output = Result<Vec<R>>> + Send,
    ) -> Result<Arc<Vec<R>>> {
        self.of_kind::<R>().get(key, clock, not_before, fetch).await
    }

    fn of_kind<R: Listed>(&self) -> Arc<Shared<R>> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = kinds
            .entry(TypeId::of::<R>())
            .or_insert_with(|| Arc::new(Shared::<R>::default()));
        // The entry was made for this type.
        Arc::clone(shared).downcast().unwrap_or_default()
    }
}

/// A list and when it was taken.
type Slot<R> = Arc<tokio::sync::Mutex<Option<(Duration, Arc<Vec<R>>)>>>;

type Slots<R> = HashMap<(Place, <R as Listed>::Query), Slot<R>>;

struct Shared<R: Listed> {
    slots: Mutex<Slots<R>>,
}

impl<R: Listed> Default for Shared<R> {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
        }
    }
}

impl<R: Listed> Shared<R>
where
    (Place, R::Query): Eq + Hash,
{
    async fn get(
        &self,
        key: (Place, R::Query),
        clock: &dyn Clock,
        not_before: Duration,
        fetch: impl Future<Output = Result<Vec<R>>> + Send,
    ) -> Result<Arc<Vec<R>>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key).or_default())
        };
        let mut slot = slot.lock().await;
        if let Some((taken, list)) = slot.as_ref().filter(|(taken, _)| *taken >= not_before) {
            tracing::trace!(kind = %R::KIND, ?taken, "reusing a list");
            return Ok(Arc::clone(list));
        }
        let taken = clock.uptime();
        let list = Arc::new(fetch.await?);
        *slot = Some((taken, Arc::clone(&list)));
        Ok(list)
    }
}
