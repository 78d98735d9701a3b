//! Lists that waiting steps share.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Result;
use crate::ids::Place;
use crate::object::{Listed, Record};
use crate::traits::Owner;

/// A list, indexed as soon as one step looks something up: many steps look for one record each in the same list.
#[derive(Debug)]
pub(crate) struct Records<R> {
    all: Vec<R>,
    ids: OnceLock<HashMap<String, usize>>,
    owned: OnceLock<HashMap<String, Vec<usize>>>,
}

impl<R> Records<R> {
    fn new(all: Vec<R>) -> Self {
        Self {
            all,
            ids: OnceLock::new(),
            owned: OnceLock::new(),
        }
    }
}

impl<R> Deref for Records<R> {
    type Target = [R];

    fn deref(&self) -> &[R] {
        &self.all
    }
}

impl<R: Record> Records<R> {
    /// The record with this ID.
    pub(crate) fn with_id(&self, id: &str) -> Option<&R> {
        let index = || {
            let all = self.all.iter().enumerate().rev();
            all.map(|(at, record)| (record.id().to_string(), at))
                .collect()
        };
        let at = self.ids.get_or_init(index).get(id)?;
        self.all.get(*at)
    }

    /// The records that carry the owner's key, whatever their state.
    pub(crate) fn owned_by<'a>(&'a self, owner: &'a Owner) -> impl Iterator<Item = &'a R> {
        let index = || {
            let mut owned: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, record) in self.all.iter().enumerate() {
                if let Some(owner) = record.owner() {
                    owned.entry(owner.key.clone()).or_default().push(at);
                }
            }
            owned
        };
        let at = self.owned.get_or_init(index).get(&owner.key);
        let records = at.into_iter().flatten().map(|at| &self.all[*at]);
        records.filter(move |record| record.owner() == Some(owner))
    }
}

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
    ) -> Result<Arc<Records<R>>> {
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

/// One list. Whom the last one serves does not wait for those who fetch a younger one.
struct Slot<R> {
    /// The last list and when it was taken.
    last: Mutex<Option<(Duration, Arc<Records<R>>)>>,
    /// Held by the one who fetches.
    fetching: tokio::sync::Mutex<()>,
}

impl<R> Default for Slot<R> {
    fn default() -> Self {
        Self {
            last: Mutex::new(None),
            fetching: tokio::sync::Mutex::new(()),
        }
    }
}

impl<R: Listed> Slot<R> {
    fn last(&self) -> MutexGuard<'_, Option<(Duration, Arc<Records<R>>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since(&self, not_before: Duration) -> Option<Arc<Records<R>>> {
        let last = self.last();
        let (taken, list) = last.as_ref().filter(|(taken, _)| *taken >= not_before)?;
        tracing::trace!(kind = %R::KIND, ?taken, "reusing a list");
        Some(Arc::clone(list))
    }
}

type Slots<R> = HashMap<(Place, <R as Listed>::Query), Arc<Slot<R>>>;

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
    ) -> Result<Arc<Records<R>>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key).or_default())
        };
        if let Some(list) = slot.since(not_before) {
            return Ok(list);
        }
        let _fetching = slot.fetching.lock().await;
        if let Some(list) = slot.since(not_before) {
            return Ok(list);
        }
        let taken = clock.uptime();
        let list = Arc::new(Records::new(fetch.await?));
        *slot.last() = Some((taken, Arc::clone(&list)));
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;
    use crate::memory::ManualClock;
    use crate::traits::RouteRecord;

    #[tokio::test]
    async fn whom_the_last_list_serves_does_not_wait_for_a_younger_one() {
        let (lists, clock) = (Lists::default(), ManualClock::new());
        let place = Place::new(CloudName::new("memory"), "1", "r1");
        let key = || (place.clone(), "table".into());
        let empty = async || Ok(Vec::<RouteRecord>::new());
        let first = lists.get(key(), &clock, Duration::ZERO, empty()).await;
        let asked = clock.uptime();
        clock.advance(Duration::from_secs(1));
        let never = std::future::pending::<Result<Vec<RouteRecord>>>();
        let fetching = lists.get(key(), &clock, clock.uptime(), never);
        let old = lists.get(key(), &clock, asked, empty());
        let shown = tokio::select! {
            biased;
            _ = fetching => panic!("the younger list never comes"),
            shown = old => shown,
        };
        assert!(Arc::ptr_eq(
            &first.expect("a list"),
            &shown.expect("the same")
        ));
    }
}
