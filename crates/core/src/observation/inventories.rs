//! The inventories of an observation, and the index over them.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};

use super::index::Index;
use crate::traits::Inventory;

/// One inventory a place, used like the [`Vec`] that it holds. Copies share it until one of them is changed; so does the
/// index over it, which is made when it is first needed.
#[derive(Clone, Default)]
pub struct Inventories {
    pub(super) all: Arc<Vec<Inventory>>,
    /// Emptied when the inventories are borrowed mutably.
    index: OnceLock<Arc<Index>>,
}

impl Inventories {
    pub(super) fn index(&self) -> &Index {
        self.index.get_or_init(|| Arc::new(Index::of(&self.all)))
    }
}

// Reading inventories reads everything in them.
#[cfg(test)]
fn size(inventory: &Inventory) -> usize {
    let objects = inventory.networks.len() + inventory.subnets.len() + inventory.peerings.len();
    objects + inventory.routes.len() + inventory.rules.len() + inventory.learning.len()
}

impl Deref for Inventories {
    type Target = Vec<Inventory>;

    fn deref(&self) -> &Vec<Inventory> {
        #[cfg(test)]
        crate::scans::note(self.all.iter().map(size).sum());
        &self.all
    }
}

impl DerefMut for Inventories {
    fn deref_mut(&mut self) -> &mut Vec<Inventory> {
        self.index.take();
        Arc::make_mut(&mut self.all)
    }
}

impl From<Vec<Inventory>> for Inventories {
    fn from(all: Vec<Inventory>) -> Self {
        Self {
            all: Arc::new(all),
            index: OnceLock::new(),
        }
    }
}

impl<'a> IntoIterator for &'a Inventories {
    type Item = &'a Inventory;
    type IntoIter = std::slice::Iter<'a, Inventory>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Inventories {
    type Item = &'a mut Inventory;
    type IntoIter = std::slice::IterMut<'a, Inventory>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl PartialEq for Inventories {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl fmt::Debug for Inventories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl Serialize for Inventories {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}
