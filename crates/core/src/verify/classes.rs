//! Ways that many pairs share.
//!
//! A way depends on the table that packets meet where they start and on the address that they go to, never on what filters do
//! with them at their ends. So all spots of a network behind one table share their ways to an address, and the way of one
//! pair is the way back of another. Each is gone once.
//!
//! Ways also share their ends: from the table of a hub on, all packets to an address go the same way, wherever they came from.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::rc::Rc;

use super::fabric::{Fabric, Spot};
use super::report::Reason;
use super::walk::{Stop, Walk};
use crate::ids::{CloudName, NetworkId, PeeringId, RouteTableId, SubnetId};
use crate::traits::PeeringRecord;

/// What a way comes to.
#[derive(Clone, Copy)]
enum Way {
    /// It leads there; whether the groups of the source are known at its end.
    Leads(bool),
    Blocked,
    Undecided,
}

/// How many ways stand side by side. Each pair asks for its way back out of turn; apart, a million of them fit in no cache of
/// a processor.
const BESIDE: usize = 32;

/// By the class of the source and, in groups, those of the destinations.
type Ways = HashMap<(u32, u32), [Option<Way>; BESIDE]>;

/// All of a source that a way depends on.
type Source<'a> = (&'a CloudName, &'a NetworkId, Option<&'a RouteTableId>);

/// All of a destination that a way depends on.
type Target<'a> = (IpAddr, &'a NetworkId, &'a SubnetId, bool);

/// The ways that were gone already, by the classes of their ends.
pub(super) struct Classes<'a> {
    /// The classes of each spot, as a source and as a destination.
    spots: Vec<(u32, u32)>,
    ways: RefCell<Ways>,
    walks: Cell<usize>,
    /// The tables of hubs that packets from attachments meet.
    entries: RefCell<HashMap<&'a PeeringId, &'a RouteTableId>>,
    /// The peerings that lead from the table of a hub to a class of destinations.
    onward: RefCell<HashMap<(&'a RouteTableId, u32), Onward<'a>>>,
}

/// The peerings of the last part of a way, in their order.
pub(super) type Onward<'a> = Rc<[&'a PeeringRecord]>;

impl<'a> Classes<'a> {
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
            entries: RefCell::default(),
            onward: RefCell::default(),
        }
    }

    /// The outcome of a way, gone now or before. Why it ends where it does is left to a walk of its own.
    pub(super) fn route(
        &self,
        from: &Spot,
        to: &Spot,
        walk: impl FnOnce() -> Walk<bool>,
    ) -> Walk<bool> {
        let target = self.spots[to.index].1;
        let key = (self.spots[from.index].0, target / BESIDE as u32);
        let place = target as usize % BESIDE;
        let known = self.ways.borrow().get(&key).and_then(|ways| ways[place]);
        let way = known.unwrap_or_else(|| {
            self.walks.set(self.walks.get() + 1);
            let way = Way::of(walk());
            self.ways.borrow_mut().entry(key).or_default()[place] = Some(way);
            way
        });
        way.told()
    }

    /// The table of a hub that packets from an attachment meet; `enter` looks for it.
    pub(super) fn table(
        &self,
        attachment: &'a PeeringId,
        enter: impl FnOnce() -> Walk<&'a RouteTableId>,
    ) -> Walk<&'a RouteTableId> {
        let known = self.entries.borrow().get(attachment).copied();
        known.map_or_else(
            || {
                let table = enter()?;
                self.entries.borrow_mut().insert(attachment, table);
                Ok(table)
            },
            Ok,
        )
    }

    /// What leads from the table of a hub to a destination, if packets got there before.
    pub(super) fn onward(&self, table: &'a RouteTableId, to: &Spot) -> Option<Onward<'a>> {
        let key = (table, self.spots[to.index].1);
        self.onward.borrow().get(&key).cloned()
    }

    pub(super) fn got_there(&self, table: &'a RouteTableId, to: &Spot, by: &[&'a PeeringRecord]) {
        let key = (table, self.spots[to.index].1);
        self.onward.borrow_mut().insert(key, by.into());
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
