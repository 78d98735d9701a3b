//! The journal of a run: what is about to be written, noted before it is sent, and what became of it.
//!
//! The cloud is the state, with a journal or without: nothing that Landbridge decides rests on it alone. It tells what
//! was under way when a run was killed, with tokens and request IDs, and which objects to look for.
//!
//! A [`Journal`] takes [`Entry`] after [`Entry`] from [`Engine::apply`](crate::engine::Engine::apply). [`JournalFile`] is
//! one in a file, one JSON object a line behind a [`Header`]; [`History`] reads it.

mod entry;
mod file;
mod header;
mod history;
mod scribe;
mod settle;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;

pub use entry::{Answer, Entry, Happening, Refusal};
pub use file::JournalFile;
pub(crate) use header::rfc3339;
pub use header::{Header, Purpose};
pub use history::{History, Open, Reached, RunSummary};
pub(crate) use scribe::{Note, Scribe};
pub use settle::{Finding, Settled, settle};

/// Takes the entries of a run and keeps them.
#[async_trait]
pub trait Journal: Debug + Send + Sync + 'static {
    /// Keeps an entry. When it returns, the entry outlives a crash of the program and of the machine.
    ///
    /// # Errors
    /// What kept it from being kept. The engine then does not send the write that the entry announces, and fails its step.
    /// An entry that tells what happened before is lost, and the run goes on until it announces the next write.
    async fn keep(&self, entry: &Entry) -> Result<()>;

    /// Whether entries are kept at all; where none is, none is made. Default yes.
    fn keeps_entries(&self) -> bool {
        true
    }
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

#[async_trait]
impl Journal for NoJournal {
    async fn keep(&self, _entry: &Entry) -> Result<()> {
        Ok(())
    }

    fn keeps_entries(&self) -> bool {
        false
    }
}
