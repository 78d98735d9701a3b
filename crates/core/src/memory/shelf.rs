//! Where objects with an id and an owner stand: one shelf for each kind, made when the first one comes.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use super::item::{Entry, Item};
use super::world::World;
use crate::ids::Place;
use crate::object::Kind;
use crate::traits::Owner;

/// The shelves of a world.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelves {
    kinds: BTreeMap<Kind, Box<dyn Shelf>>,
}

/// A shelf, whatever kind of object stands on it.
trait Shelf: Any + Debug + Send + Sync {
    fn copy(&self) -> Box<dyn Shelf>;
    fn purge(&mut self, now: Duration);
    fn names(&self, world: &World) -> Vec<String>;
    /// Changes whose the object with this id is, and tells whether it was found. Without a place, wherever it is.
    fn set_owner(&mut self, id: &str, place: Option<&Place>, owner: Option<&Owner>) -> bool;
    /// Takes the object with this id away at once, and tells whether it was found.
    fn take_away(&mut self, id: &str) -> bool;
}

impl Clone for Box<dyn Shelf> {
    fn clone(&self) -> Self {
        self.as_ref().copy()
    }
}

impl<R: Item> Shelf for Vec<Entry<R>> {
    fn copy(&self) -> Box<dyn Shelf> {
        Box::new(self.clone())
    }

    fn purge(&mut self, now: Duration) {
        self.retain(|entry| !entry.life.is_gone(now));
    }

    fn names(&self, world: &World) -> Vec<String> {
        let name = |entry: &Entry<R>| world.mark(R::name_in(entry, world), &entry.life);
        self.iter().map(name).collect()
    }

    fn set_owner(&mut self, id: &str, place: Option<&Place>, owner: Option<&Owner>) -> bool {
        let mut entries = self.iter_mut();
        let found = entries.find(|entry| {
            let here = place.is_none_or(|place| R::is_tagged_from(entry, place));
            entry.record.id().as_ref() == id && here
        });
        if let Some(entry) = found {
            entry.record.set_owner(owner.cloned());
            return true;
        }
        false
    }

    fn take_away(&mut self, id: &str) -> bool {
        let before = self.len();
        self.retain(|entry| entry.record.id().as_ref() != id);
        self.len() < before
    }
}

impl Shelves {
    pub(super) fn get<R: Item>(&self) -> &[Entry<R>] {
        let shelf = self.kinds.get(&R::KIND);
        let shelf = shelf.and_then(|shelf| (shelf.as_ref() as &dyn Any).downcast_ref());
        shelf.map_or(&[], |entries: &Vec<Entry<R>>| entries)
    }

    pub(super) fn get_mut<R: Item>(&mut self) -> &mut Vec<Entry<R>> {
        let shelf = self.kinds.entry(R::KIND);
        let shelf = shelf.or_insert_with(|| Box::new(Vec::<Entry<R>>::new()));
        (shelf.as_mut() as &mut dyn Any)
            .downcast_mut()
            .expect("a kind has one type of record")
    }

    /// What was on its way out by now is gone.
    pub(super) fn purge(&mut self, now: Duration) {
        self.kinds.values_mut().for_each(|shelf| shelf.purge(now));
    }

    /// Changes whose the object with this id is, and tells whether it was found. Without a place, wherever it is.
    pub(super) fn set_owner(
        &mut self,
        id: &str,
        place: Option<&Place>,
        owner: Option<&Owner>,
    ) -> bool {
        let mut shelves = self.kinds.values_mut();
        shelves.any(|shelf| shelf.set_owner(id, place, owner))
    }

    /// Takes the object with this id away at once, and tells whether it was found.
    pub(super) fn take_away(&mut self, id: &str) -> bool {
        let mut shelves = self.kinds.values_mut();
        shelves.any(|shelf| shelf.take_away(id))
    }

    /// Every object in words.
    pub(super) fn names(&self, world: &World) -> Vec<String> {
        let shelves = self.kinds.values();
        shelves.flat_map(|shelf| shelf.names(world)).collect()
    }
}
