//! Ways that many pairs share.
//!
//! A way depends on the table that packets meet where they start and on the address that they go to, never on what filters do
//! with them at their ends. So all spots of a network behind one table share their ways to an address, and the way of one
//! pair is the way back of another. Each is gone once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use super::fabric::{Fabric, Spot};
use super::report::Reason;
use super::walk::{Stop, Walk};
use crate::ids::{CloudName, NetworkId, RouteTableId, SubnetId};

/// What a way comes to.
#[derive(Clone, Copy)]
enum Way {
    /// It leads there; whether the groups of the source are known at its end.
    Leads(bool),
    Blocked,
    Undecided,
}

/// All of a source that a way depends on.
type Source<'a> = (&'a CloudName, &'a NetworkId, Option<&'a RouteTableId>);

/// All of a destination that a way depends on.
type Target<'a> = (IpAddr, &'a NetworkId, &'a SubnetId, bool);

/// The ways that were gone already, by the classes of their ends.
pub(super) struct Classes {
    /// The classes of each spot, as a source and as a destination.
    spots: Vec<(u32, u32)>,
    ways: RefCell<HashMap<(u32, u32), Way>>,
    walks: Cell<usize>,
}

impl Classes {
    pub(super) fn of(fabric: &Fabric<'_>, spots: &[Spot]) -> Self {
        let mut sources: HashMap<Source<'_>, u32> = HashMap::new();
        let mut targets: HashMap<Target<'_>, u32> = HashMap::new();
        let classes = spots.iter().map(|spot| {
            let table = fabric.table_of(spot).map(|table| &table.id);
            let source = (&spot.place.cloud, &spot.network, table);
            let target = (spot.address, &spot.network, &spot.subnet, spot.elsewhere);
            (class(&mut sources, source), class(&mut targets, target))
        });
        Self {
            spots: classes.collect(),
            ways: RefCell::default(),
            walks: Cell::default(),
        }
    }

    /// The outcome of a way, gone now or before. Why it ends where it does is left to a walk of its own.
    pub(super) fn route(
        &self,
        from: &Spot,
        to: &Spot,
        walk: impl FnOnce() -> Walk<bool>,
    ) -> Walk<bool> {
        let key = (self.spots[from.index].0, self.spots[to.index].1);
        let known = self.ways.borrow().get(&key).copied();
        let way = known.unwrap_or_else(|| {
            self.walks.set(self.walks.get() + 1);
            let way = Way::of(walk());
            self.ways.borrow_mut().insert(key, way);
            way
        });
        way.told()
    }

    /// How many ways were gone.
    pub(super) fn walks(&self) -> usize {
        self.walks.get()
    }
}

fn class<K: Eq + Hash>(classes: &mut HashMap<K, u32>, of: K) -> u32 {
    let next = u32::try_from(classes.len()).unwrap_or(u32::MAX);
    *classes.entry(of).or_insert(next)
}

impl Way {
    fn of(walk: Walk<bool>) -> Self {
        match walk {
            Ok(kept) => Self::Leads(kept),
            Err(Stop::Blocked(_)) => Self::Blocked,
            Err(Stop::Undecided(_)) => Self::Undecided,
        }
    }

    fn told(self) -> Walk<bool> {
        let unsaid = || Reason::new(String::new(), String::new(), String::new());
        match self {
            Self::Leads(kept) => Ok(kept),
            Self::Blocked => Err(Stop::Blocked(unsaid())),
            Self::Undecided => Err(Stop::Undecided(unsaid())),
        }
    }
}
