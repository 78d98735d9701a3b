//! Objects with a life: created, ready, changing, leaving, gone.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Keys and values.
pub(crate) type Tags = Vec<(String, String)>;

/// Where an object is in its life at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Creating,
    Ready,
    Modifying,
    Leaving,
    Gone,
}

/// The dates of a life, as uptimes. States are computed from them, so no background task is needed.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) created: Duration,
    pub(crate) visible: Duration,
    pub(crate) ready: Duration,
    modified: Duration,
    gone: Option<Duration>,
}

impl Life {
    pub(crate) fn new(now: Duration, takes: Duration) -> Self {
        Self {
            created: now,
            visible: now,
            ready: now + takes,
            modified: now,
            gone: None,
        }
    }

    /// Lists do not show the object for a while after its creation.
    pub(crate) fn visible_after(mut self, delay: Duration) -> Self {
        self.visible = self.created + delay;
        self
    }

    pub(crate) fn phase(&self, now: Duration) -> Phase {
        match self.gone {
            Some(gone) if now >= gone => Phase::Gone,
            Some(_) => Phase::Leaving,
            None if now < self.ready => Phase::Creating,
            None if now < self.modified => Phase::Modifying,
            None => Phase::Ready,
        }
    }

    pub(crate) fn is_ready(&self, now: Duration) -> bool {
        self.phase(now) == Phase::Ready
    }

    pub(crate) fn is_listed(&self, now: Duration) -> bool {
        now >= self.visible && self.phase(now) != Phase::Gone
    }

    pub(crate) fn leave(&mut self, at: Duration) {
        self.gone.get_or_insert(at);
    }

    pub(crate) fn modify(&mut self, until: Duration) {
        self.modified = until;
    }

    pub(crate) fn gone_at(&self) -> Option<Duration> {
        self.gone
    }
}

/// What every object has.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tags: Tags,
    pub(crate) life: Life,
}

/// An object that a [`Table`] can hold.
pub(crate) trait Object {
    fn base(&self) -> &Base;
    fn base_mut(&mut self) -> &mut Base;

    fn id(&self) -> &str {
        &self.base().id
    }

    fn life(&self) -> &Life {
        &self.base().life
    }
}

/// Implements [`Object`] for structs with a field `base`.
macro_rules! objects {
    ($($kind:ty),+ $(,)?) => {$(
        impl $crate::table::Object for $kind {
            fn base(&self) -> &$crate::table::Base {
                &self.base
            }
            fn base_mut(&mut self) -> &mut $crate::table::Base {
                &mut self.base
            }
        }
    )+};
}
pub(crate) use objects;

/// Objects by id, listed in order of creation.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    index: HashMap<String, u64>,
    next: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            index: HashMap::new(),
            next: 0,
        }
    }
}

impl<T: Object> Table<T> {
    pub(crate) fn insert(&mut self, row: T) {
        self.index.insert(row.id().to_owned(), self.next);
        self.rows.insert(self.next, row);
        self.next += 1;
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(self.index.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(self.index.get(id)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.values_mut()
    }

    /// Removes what is gone by now and reports ids and dates.
    pub(crate) fn purge(&mut self, now: Duration) -> Vec<(String, Duration)> {
        let gone: Vec<(u64, String, Duration)> = self
            .rows
            .iter()
            .filter_map(|(key, row)| {
                Some((
                    *key,
                    row.id().to_owned(),
                    row.life().gone_at().filter(|gone| *gone <= now)?,
                ))
            })
            .collect();
        gone.into_iter()
            .map(|(key, id, at)| {
                self.rows.remove(&key);
                self.index.remove(&id);
                (id, at)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_life_passes_through_its_phases() {
        let mut life = Life::new(SECOND, SECOND * 2).visible_after(SECOND);
        assert!(!life.is_listed(SECOND));
        assert_eq!(life.phase(SECOND * 2), Phase::Creating);
        assert_eq!(life.phase(SECOND * 3), Phase::Ready);
        life.modify(SECOND * 5);
        assert_eq!(life.phase(SECOND * 4), Phase::Modifying);
        life.leave(SECOND * 7);
        assert_eq!(life.phase(SECOND * 6), Phase::Leaving);
        assert_eq!(life.phase(SECOND * 7), Phase::Gone);
        assert!(!life.is_listed(SECOND * 7));
    }
}
