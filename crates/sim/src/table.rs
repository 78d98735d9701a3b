//! Objects with a life: created, ready, changing, leaving, gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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

    /// The ID of what holds it, if tables are asked for that. It never changes.
    fn holder(&self) -> Option<&str> {
        None
    }
}

/// Implements [`Object`] for structs with a field `base`. `Kind => field` names the field with the ID of what holds it.
macro_rules! objects {
    ($($kind:ty $(=> $holder:ident)?),+ $(,)?) => {$(
        impl $crate::table::Object for $kind {
            fn base(&self) -> &$crate::table::Base {
                &self.base
            }
            fn base_mut(&mut self) -> &mut $crate::table::Base {
                &mut self.base
            }
            $(fn holder(&self) -> Option<&str> {
                Some(&self.$holder)
            })?
        }
    )+};
}
pub(crate) use objects;

/// Objects by id, listed in order of creation.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    index: HashMap<String, u64>,
    owned: Index,
    held: Index,
    next: u64,
    purge: Purge,
}

/// The rows of an owner or a holder.
type Index = HashMap<String, BTreeSet<u64>>;

/// When rows are to be looked through for what is gone. That is asked at every call, and few change something.
#[derive(Debug, Clone, Copy)]
enum Purge {
    /// Rows may have been changed.
    Now,
    /// The first of them leaves then, if any does.
    At(Option<Duration>),
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            index: HashMap::new(),
            owned: Index::new(),
            held: Index::new(),
            next: 0,
            purge: Purge::Now,
        }
    }
}

impl<T: Object> Table<T> {
    pub(crate) fn insert(&mut self, row: T) {
        self.index.insert(row.id().to_owned(), self.next);
        let owner = self.owned.entry(row.base().owner.clone()).or_default();
        owner.insert(self.next);
        if let Some(holder) = row.holder() {
            let holder = self.held.entry(holder.to_owned()).or_default();
            holder.insert(self.next);
        }
        self.rows.insert(self.next, row);
        self.next += 1;
        self.purge = Purge::Now;
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(self.index.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.purge = Purge::Now;
        self.rows.get_mut(self.index.get(id)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// Those of an account.
    pub(crate) fn owned_by(&self, account: &str) -> impl Iterator<Item = &T> {
        self.rows_of(self.owned.get(account))
    }

    /// Those that something holds.
    pub(crate) fn held_by(&self, id: &str) -> impl Iterator<Item = &T> {
        self.rows_of(self.held.get(id))
    }

    fn rows_of<'a>(&'a self, keys: Option<&'a BTreeSet<u64>>) -> impl Iterator<Item = &'a T> {
        let keys = keys.into_iter().flatten();
        keys.filter_map(|key| self.rows.get(key))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.purge = Purge::Now;
        self.rows.values_mut()
    }

    /// Removes what is gone by now and reports ids and dates.
    pub(crate) fn purge(&mut self, now: Duration) -> Vec<(String, Duration)> {
        if let Purge::At(first) = self.purge
            && first.is_none_or(|first| now < first)
        {
            return Vec::new();
        }
        let leaving = self
            .rows
            .iter()
            .filter_map(|(key, row)| Some((*key, row.life().gone_at()?)));
        let (gone, later): (Vec<_>, Vec<_>) = leaving.partition(|(_, at)| *at <= now);
        self.purge = Purge::At(later.into_iter().map(|(_, at)| at).min());
        let removed = gone.into_iter().filter_map(|(key, at)| {
            let row = self.rows.remove(&key)?;
            self.index.remove(row.id());
            remove(&mut self.owned, Some(row.base().owner.as_str()), key);
            remove(&mut self.held, row.holder(), key);
            Some((row.id().to_owned(), at))
        });
        removed.collect()
    }
}

fn remove(index: &mut Index, of: Option<&str>, key: u64) {
    if let Some(of) = of
        && let Some(keys) = index.get_mut(of)
    {
        keys.remove(&key);
        if keys.is_empty() {
            index.remove(of);
        }
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

    struct Row(Base);

    impl Object for Row {
        fn base(&self) -> &Base {
            &self.0
        }

        fn base_mut(&mut self) -> &mut Base {
            &mut self.0
        }

        fn holder(&self) -> Option<&str> {
            Some(&self.0.region)
        }
    }

    fn row(id: &str) -> Row {
        let text = String::new;
        Row(Base {
            id: id.to_owned(),
            owner: text(),
            region: text(),
            name: text(),
            description: text(),
            tags: Vec::new(),
            life: Life::new(SECOND, SECOND),
        })
    }

    #[test]
    fn rows_go_at_their_time_however_they_were_told_to() {
        let mut table = Table::default();
        for id in ["a", "b", "c"] {
            table.insert(row(id));
        }
        assert!(table.purge(SECOND).is_empty());
        let leave = |row: &mut Row, at| row.base_mut().life.leave(at);
        leave(table.get_mut("b").expect("it is there"), SECOND * 3);
        assert!(table.purge(SECOND * 2).is_empty());
        table.iter_mut().for_each(|row| leave(row, SECOND * 5));
        assert_eq!(table.purge(SECOND * 4), [("b".to_owned(), SECOND * 3)]);
        assert!(table.get("b").is_none() && table.get("c").is_some());
        assert_eq!(
            (table.owned_by("").count(), table.held_by("").count()),
            (2, 2)
        );
        assert_eq!(table.purge(SECOND * 5).len(), 2);
        assert_eq!(table.iter().count(), 0);
        assert_eq!(
            (table.owned_by("").count(), table.held_by("").count()),
            (0, 0)
        );
    }
}
