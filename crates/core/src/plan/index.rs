use std::collections::{BTreeMap, BTreeSet};

use super::builder::Present;
use crate::ids::Place;
use crate::object::{ObjectKey, Record};

/// An object that takes part in the topology, where it is.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) record: T,
    /// Whether the topology made it. What others made is used as it is, never changed, and never deleted.
    pub(crate) ours: bool,
}

/// The objects of one kind that take part in the topology, by key and by id.
#[derive(Clone, Debug)]
pub(crate) struct Index<R: Record> {
    objects: BTreeMap<ObjectKey, At<R>>,
    keys: BTreeMap<R::Id, ObjectKey>,
}

impl<R: Record> Default for Index<R> {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }
}

/// What became of a record that was put into an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is the one known by its key.
    Known,
    /// Another object is known by its key.
    Duplicate,
    /// Likewise, and this one is being deleted.
    Leaving,
}

impl<R: Record> Index<R> {
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<&At<R>> {
        self.objects.get(key)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&ObjectKey, &At<R>)> {
        self.objects.iter()
    }

    /// The key of the object with this id.
    pub(crate) fn key_of(&self, id: &R::Id) -> Option<&ObjectKey> {
        self.keys.get(id)
    }

    pub(crate) fn by_id(&self, id: &R::Id) -> Option<&At<R>> {
        self.objects.get(self.keys.get(id)?)
    }

    /// Changes what is known of an object.
    pub(super) fn change(&mut self, key: &ObjectKey, change: impl FnOnce(&mut R)) {
        if let Some(at) = self.objects.get_mut(key) {
            change(&mut at.record);
        }
    }

    /// Forgets objects.
    pub(super) fn forget(&mut self, keys: &BTreeSet<ObjectKey>) {
        self.objects.retain(|key, _| !keys.contains(key));
        self.keys.retain(|_, key| !keys.contains(key));
    }

    /// The keys of the objects that pass a test.
    pub(crate) fn keys_where<'a>(
        &'a self,
        test: impl Fn(&R) -> bool + 'a,
    ) -> impl Iterator<Item = &'a ObjectKey> {
        let objects = self.objects.iter();
        objects
            .filter(move |(_, at)| test(&at.record))
            .map(|(key, _)| key)
    }

    /// The objects that the topology made.
    pub(crate) fn ours(&self) -> impl DoubleEndedIterator<Item = (&ObjectKey, &At<R>)> {
        self.objects.iter().filter(|(_, at)| at.ours)
    }

    /// The object of this key as a step finds it, unless it is being deleted.
    pub(super) fn present(&self, key: &ObjectKey) -> Option<Present> {
        let record = &self.get(key)?.record;
        Present::new(record.id(), record.status().phase)
    }

    pub(super) fn put(&mut self, place: &Place, key: ObjectKey, record: &R, ours: bool) -> Put {
        let known = self.objects.get(&key).map(|at| &at.record);
        let replace = match known {
            None => true,
            // Seen from a second place: the place where it lives knows more of it.
            Some(known) if known.id() == record.id() => {
                if record.completeness() <= known.completeness() {
                    return Put::Known;
                }
                true
            }
            Some(known) => known.is_leaving(),
        };
        if !replace {
            return match record.is_leaving() {
                true => Put::Leaving,
                false => Put::Duplicate,
            };
        }
        self.keys.insert(record.id().clone(), key.clone());
        let at = At {
            place: place.clone(),
            record: record.clone(),
            ours,
        };
        self.objects.insert(key, at);
        Put::Known
    }
}
