use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;

/// When an injected fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultPoint {
    /// The write has no effect.
    Before,
    /// The write takes effect and its answer is lost.
    After,
}

/// A call as [`MemoryProvider::set_weather`](super::MemoryProvider::set_weather) hears of it, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryCall<'a> {
    /// The verb, such as `create_network`; `read` for every call that reads.
    pub verb: &'a str,
    /// Whether it writes.
    pub is_write: bool,
    /// Where it is made.
    pub place: &'a Place,
}

pub(super) type Weather = Box<dyn FnMut(MemoryCall<'_>) -> Option<(FaultPoint, ErrorKind)> + Send>;

pub(super) type Listener = Arc<dyn Fn(usize, &str) + Send + Sync>;

/// The writes made so far, the faults to come, and who listens.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) writes: Vec<String>,
    /// How often a place, or an account, was read as a whole.
    pub(super) readings: usize,
    faults: BTreeMap<usize, (FaultPoint, ErrorKind)>,
    listeners: Vec<Listener>,
    weather: Option<Weather>,
    /// The last write that the caller is alive to send, if it is to be killed.
    last: Option<usize>,
}

impl Ledger {
    pub(super) fn set_weather(&mut self, weather: Option<Weather>) {
        self.weather = weather;
    }

    /// The caller is killed once the write `n` writes from now has taken effect.
    pub(super) fn kill_after(&mut self, n: usize) {
        self.last = Some(self.writes.len() + n);
    }

    pub(super) fn revive(&mut self) {
        self.last = None;
    }

    /// Whether the caller has been killed: nothing that it does reaches the world any more.
    pub(super) fn is_killed(&self) -> bool {
        self.last.is_some_and(|last| self.writes.len() > last)
    }

    /// Refuses a read if the weather says so.
    pub(super) fn check_read(&mut self, place: &Place) -> Result<()> {
        let call = MemoryCall {
            verb: "read",
            is_write: false,
            place,
        };
        let fault = self.weather.as_mut().and_then(|weather| weather(call));
        fault.map_or(Ok(()), |(_, kind)| {
            Err(Error::new(kind, "injected into a read").with_place(place.clone()))
        })
    }

    /// The write `n` writes from now fails.
    pub(super) fn plan_fault(&mut self, n: usize, when: FaultPoint, kind: ErrorKind) {
        self.faults.insert(self.writes.len() + n, (when, kind));
    }

    /// The fault of the write about to be made.
    pub(super) fn fault(&mut self, verb: &str, place: &Place) -> Option<(FaultPoint, Error)> {
        let index = self.writes.len();
        let call = MemoryCall {
            verb,
            is_write: true,
            place,
        };
        let planned = self.faults.remove(&index);
        let (when, kind) = planned.or_else(|| self.weather.as_mut()?(call))?;
        let error = Error::new(kind, format!("injected into write {index}"));
        Some((when, error))
    }

    pub(super) fn listen(&mut self, listener: Listener) {
        self.listeners.push(listener);
    }

    pub(super) fn record(&mut self, line: String) -> Notice {
        let index = self.writes.len();
        self.writes.push(line.clone());
        Notice {
            index,
            line,
            listeners: self.listeners.clone(),
        }
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("writes", &self.writes)
            .field("faults", &self.faults)
            .field("listeners", &self.listeners.len())
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

/// A write that listeners have yet to hear of, once the world is unlocked.
pub(super) struct Notice {
    index: usize,
    line: String,
    listeners: Vec<Listener>,
}

impl Notice {
    pub(super) fn send(&self) {
        for listener in &self.listeners {
            listener(self.index, &self.line);
        }
    }
}
