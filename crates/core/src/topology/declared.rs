//! Lists of what a topology declares, found by name.

use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{Account, Edge, Firewall, Instance, Interconnect, Network};

/// A list of things that each have a name, used like the [`Vec`] that it holds. It finds them by name without looking at
/// each: a topology may have thousands of networks, and a plan asks for each of them many times.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Declared<T> {
    things: Vec<T>,
    /// Where the first thing of each name stands. Emptied when the list is borrowed mutably.
    #[serde(skip)]
    names: OnceLock<HashMap<String, usize>>,
}

/// What has a name in its list.
pub trait Named {
    /// The name.
    fn name(&self) -> &str;
}

macro_rules! named {
    ($($what:ty),*) => {
        $(impl Named for $what {
            fn name(&self) -> &str {
                &self.name
            }
        })*
    };
}

named!(Account, Edge, Firewall, Instance, Interconnect, Network);

impl<T: Named> Declared<T> {
    /// The first thing of this name.
    pub(super) fn called(&self, name: &str) -> Option<&T> {
        let names = self.names.get_or_init(|| {
            let mut names = HashMap::with_capacity(self.things.len());
            for (index, thing) in self.things.iter().enumerate() {
                names.entry(thing.name().to_owned()).or_insert(index);
            }
            names
        });
        self.things.get(*names.get(name)?)
    }
}

impl<T> Deref for Declared<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        #[cfg(test)]
        crate::scans::note(self.things.len());
        &self.things
    }
}

impl<T> DerefMut for Declared<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        self.names.take();
        &mut self.things
    }
}

impl<T> From<Vec<T>> for Declared<T> {
    fn from(things: Vec<T>) -> Self {
        Self {
            things,
            names: OnceLock::new(),
        }
    }
}

impl<T> FromIterator<T> for Declared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        Vec::from_iter(things).into()
    }
}

impl<T> IntoIterator for Declared<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.things.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Declared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Declared<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T> Default for Declared<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Clone> Clone for Declared<T> {
    fn clone(&self) -> Self {
        self.things.clone().into()
    }
}

impl<T: PartialEq> PartialEq for Declared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.things == other.things
    }
}

impl<T: Eq> Eq for Declared<T> {}

impl<T: fmt::Debug> fmt::Debug for Declared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.things.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(names: &[&str]) -> Declared<Network> {
        let networks = names.iter().enumerate();
        networks
            .map(|(index, name)| Network::existing(*name, "a", "r1", format!("vpc-{index}")))
            .collect()
    }

    #[test]
    fn the_first_of_a_name_is_found() {
        let networks = networks(&["one", "two", "one"]);
        assert_eq!(networks.called("one"), Some(&networks[0]));
        assert_eq!(networks.called("two"), Some(&networks[1]));
        assert_eq!(networks.called("three"), None);
    }

    #[test]
    fn a_changed_list_is_searched_anew() {
        let mut networks = networks(&["one", "two"]);
        assert!(networks.called("one").is_some());
        networks[0].name = "three".to_owned();
        assert_eq!(networks.called("one"), None);
        assert_eq!(networks.called("three"), Some(&networks[0]));
        let first = networks.remove(0);
        assert_eq!(networks.called("three"), None);
        assert_eq!(networks.called("two"), Some(&networks[0]));
        networks.push(first);
        assert_eq!(networks.called("three"), Some(&networks[1]));
        for network in &mut networks {
            network.name.push('s');
        }
        assert_eq!(networks.called("twos"), Some(&networks[0]));
    }
}
