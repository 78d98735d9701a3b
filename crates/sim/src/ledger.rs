//! The ledger of everything that was ever created, for proofs that nothing is left.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::table::{Object, Table};

/// One object that exists or existed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// The owner.
    pub account: String,
    /// The region; empty for objects without one.
    pub region: String,
    /// The product, for example `cbn`.
    pub product: String,
    /// The kind, for example `vpc-attachment`, `grant`, `security-group-rule`.
    pub kind: String,
    /// The id, unique over kinds. Objects without an id of their own have a composed one.
    pub id: String,
    /// Virtual date of creation.
    pub created_at: SystemTime,
    /// Virtual date at which it was gone.
    pub deleted_at: Option<SystemTime>,
}

/// What is needed to open an entry.
pub(crate) struct Birth<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) product: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
}

#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    start: SystemTime,
    entries: Vec<LedgerEntry>,
    open: HashMap<String, usize>,
}

impl Ledger {
    pub(crate) fn new(start: SystemTime) -> Self {
        Self {
            start,
            entries: Vec::new(),
            open: HashMap::new(),
        }
    }

    pub(crate) fn born(&mut self, birth: &Birth<'_>, at: Duration) {
        self.open.insert(birth.id.to_owned(), self.entries.len());
        self.entries.push(LedgerEntry {
            account: birth.account.to_owned(),
            region: birth.region.to_owned(),
            product: birth.product.to_owned(),
            kind: birth.kind.to_owned(),
            id: birth.id.to_owned(),
            created_at: self.start + at,
            deleted_at: None,
        });
    }

    pub(crate) fn gone(&mut self, id: &str, at: Duration) {
        if let Some(entry) = self
            .open
            .remove(id)
            .and_then(|index| self.entries.get_mut(index))
        {
            entry.deleted_at = Some(self.start + at);
        }
    }

    /// Removes from a table what is gone by now, and enters it.
    pub(crate) fn close_gone<T: Object>(&mut self, table: &mut Table<T>, now: Duration) {
        for (id, at) in table.purge(now) {
            self.gone(&id, at);
        }
    }

    pub(crate) fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }
}
