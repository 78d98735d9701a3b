use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// When an injected fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultPoint {
    /// The write has no effect.
    Before,
    /// The write takes effect and its answer is lost.
    After,
}

pub(super) type Listener = Arc<dyn Fn(usize, &str) + Send + Sync>;

/// The writes made so far, the faults to come, and who listens.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) writes: Vec<String>,
    faults: BTreeMap<usize, (FaultPoint, ErrorKind)>,
    listeners: Vec<Listener>,
}

impl Ledger {
    /// The write `n` writes from now fails.
    pub(super) fn plan_fault(&mut self, n: usize, when: FaultPoint, kind: ErrorKind) {
        self.faults.insert(self.writes.len() + n, (when, kind));
    }

    /// The fault of the write about to be made.
    pub(super) fn fault(&mut self) -> Option<(FaultPoint, Error)> {
        let index = self.writes.len();
        let (when, kind) = self.faults.remove(&index)?;
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
            .finish()
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
