//! The verdicts of a report: each of them is known, and its path is told when it is asked for.

use std::fmt;
use std::ops::Index;
use std::sync::{Arc, OnceLock};

use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::fabric::Fabric;
use super::report::{PairVerdict, Verdict};
use super::world::{Ends, World};

/// The verdicts on all ordered pairs, in a fixed order. A large topology has a million of them: the paths are put into words
/// pair by pair, when they are read.
#[derive(Clone, Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
    world: Option<Arc<World>>,
    walks: usize,
}

#[derive(Clone)]
struct Pair {
    verdict: Verdict,
    ends: Ends,
    told: OnceLock<Box<PairVerdict>>,
}

impl Pairs {
    pub(super) fn new(world: World, verdicts: Vec<(Ends, Verdict)>, walks: usize) -> Self {
        let pairs = verdicts.into_iter().map(|(ends, verdict)| Pair {
            verdict,
            ends,
            told: OnceLock::new(),
        });
        Self {
            pairs: pairs.collect(),
            world: Some(Arc::new(world)),
            walks,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What is said of each pair, without its path.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.pairs.iter().map(|pair| pair.verdict)
    }

    /// One of them, with its path.
    pub fn get(&self, index: usize) -> Option<&PairVerdict> {
        let pair = self.pairs.get(index)?;
        if let Some(told) = pair.told.get() {
            return Some(told);
        }
        // What was not told has a world to be told from.
        let world = self.world.as_deref()?;
        let tell = || Box::new(world.told(&world.fabric(), pair.ends));
        Some(pair.told.get_or_init(tell))
    }

    /// The verdicts from one end to another, by name: one for each family of addresses that both have.
    pub fn between<'a>(
        &'a self,
        source: &'a str,
        destination: &'a str,
    ) -> impl Iterator<Item = &'a PairVerdict> {
        let is_it = move |index: &usize| match (&self.pairs[*index], self.world.as_deref()) {
            (pair, Some(world)) if pair.told.get().is_none() => {
                world.names(pair.ends) == (source, destination)
            }
            _ => self.get(*index).is_some_and(|pair| {
                (pair.source.as_str(), pair.destination.as_str()) == (source, destination)
            }),
        };
        let indices = (0..self.len()).filter(is_it);
        indices.filter_map(|index| self.get(index))
    }

    /// All of them, with their paths. What is told is kept, so that it can be told again.
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// How many ways through the clouds were gone to tell the verdicts: pairs that meet the same tables share them.
    pub fn walks(&self) -> usize {
        self.walks
    }

    /// The names of the ends of one of them.
    pub(super) fn ends(&self, index: usize) -> Option<(&str, &str)> {
        let pair = self.pairs.get(index)?;
        match (pair.told.get(), self.world.as_deref()) {
            (Some(told), _) => Some((&told.source, &told.destination)),
            (None, world) => Some(world?.names(pair.ends)),
        }
    }

    /// The names of the networks of its ends.
    pub(super) fn networks(&self, index: usize) -> Option<(&str, &str)> {
        let pair = self.pairs.get(index)?;
        match (pair.told.get(), self.world.as_deref()) {
            (Some(told), _) => Some((&told.source_network, &told.destination_network)),
            (None, world) => Some(world?.networks(pair.ends)),
        }
    }

    /// One that was probed: the others need not be told for this.
    pub(super) fn probed(&self, index: usize) -> Option<&PairVerdict> {
        let told = self.pairs.get(index)?.told.get()?;
        told.probed().is_some().then_some(told)
    }

    /// Whether any pair was probed.
    pub(crate) fn any_probed(&self) -> bool {
        let mut told = self.pairs.iter().filter_map(|pair| pair.told.get());
        told.any(|pair| pair.probed().is_some())
    }

    // Keeps nothing of what it tells.
    pub(super) fn each<E>(
        &self,
        mut tell: impl FnMut(&PairVerdict) -> Result<(), E>,
    ) -> Result<(), E> {
        let fabric: Option<Fabric<'_>> = self.world.as_deref().map(World::fabric);
        for pair in &self.pairs {
            match (pair.told.get(), self.world.as_deref(), &fabric) {
                (None, Some(world), Some(fabric)) => tell(&world.told(fabric, pair.ends))?,
                (told, ..) => told.map_or(Ok(()), |told| tell(told))?,
            }
        }
        Ok(())
    }
}

impl From<Vec<PairVerdict>> for Pairs {
    fn from(verdicts: Vec<PairVerdict>) -> Self {
        let pairs = verdicts.into_iter().map(|told| Pair {
            verdict: told.verdict(),
            ends: Ends::default(),
            told: OnceLock::from(Box::new(told)),
        });
        Self {
            pairs: pairs.collect(),
            world: None,
            walks: 0,
        }
    }
}

/// Verdicts of [`Pairs`], one after the other.
#[derive(Clone)]
pub struct Iter<'a> {
    pairs: &'a Pairs,
    next: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a PairVerdict;

    fn next(&mut self) -> Option<Self::Item> {
        let pair = self.pairs.get(self.next)?;
        self.next += 1;
        Some(pair)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.pairs.len() - self.next;
        (left, Some(left))
    }
}

impl<'a> IntoIterator for &'a Pairs {
    type Item = &'a PairVerdict;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter {
            pairs: self,
            next: 0,
        }
    }
}

impl Index<usize> for Pairs {
    type Output = PairVerdict;

    fn index(&self, index: usize) -> &PairVerdict {
        let pair = self.get(index);
        pair.unwrap_or_else(|| panic!("pair {index} of {}", self.len()))
    }
}

impl PartialEq for Pairs {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl Eq for Pairs {}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_seq(Some(self.len()))?;
        self.each(|pair| all.serialize_element(pair))?;
        all.end()
    }
}
