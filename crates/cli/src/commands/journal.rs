//! `--journal`: notes each write of a command in a file before it is sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use landbridge_core::journal::{JournalFile, Purpose};
use landbridge_core::plan::PlanOptions;
use landbridge_core::topology::Topology;
use serde_json::json;

use crate::args::JournalArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

/// The journal of a command, once it writes.
#[derive(Debug)]
pub(super) enum Notes<'a> {
    /// None was asked for.
    Off,
    /// It is made before the first write.
    New {
        path: &'a Path,
        purpose: Purpose,
        /// The file of the topology, if it is not a saved plan.
        source: Option<&'a Path>,
    },
    /// The engine of the session writes to it.
    On(Arc<JournalFile>),
}

impl<'a> Notes<'a> {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// If there is a file of this name.
    pub(super) fn wanted(
        args: &'a JournalArgs,
        purpose: Purpose,
        source: Option<&'a Path>,
    ) -> Outcome<Self> {
        let Some(path) = args.journal.as_deref() else {
            return Ok(Self::Off);
        };
        JournalFile::check_free(path)?;
        Ok(Self::New {
            path,
            purpose,
            source,
        })
    }

    /// Makes the journal if it is to be new. From then on the engine of the session notes its writes.
    pub(super) fn begin(
        &mut self,
        output: &mut Output,
        session: &mut Session,
        topology: &Topology,
        options: &PlanOptions,
    ) -> Outcome<()> {
        let Self::New {
            path,
            purpose,
            source,
        } = *self
        else {
            return Ok(());
        };
        let header = session.engine.journal_header(purpose, topology);
        let header = header.with_options(options.clone());
        let header = match source.and_then(absolute) {
            Some(source) => header.with_file(source),
            None => header,
        };
        let file = Arc::new(JournalFile::create(path, &header)?);
        session.engine = session.engine.clone().with_journal(file.clone());
        *self = Self::On(file);
        let path = path.display();
        output.section(
            "journal",
            format_args!("journal: each write is noted in {path}; after an interruption, run `landbridge resume {path}`"),
            json!({ "path": path.to_string() }),
        );
        Ok(())
    }

    /// Refuses to call a command done whose journal has gaps.
    pub(super) fn check(&self) -> Outcome<()> {
        let Self::On(file) = self else {
            return Ok(());
        };
        match file.failure() {
            None => Ok(()),
            Some(error) => Err(Failure::new(
                Exit::Unexpected,
                anyhow::Error::new(error).context("every step was taken, but the journal has gaps"),
            )),
        }
    }

    /// Notes that a continued command has no step left to take.
    pub(super) async fn nothing_left(&self, session: &Session) -> Outcome<()> {
        match self {
            Self::On(_) => Ok(session.engine.note_nothing_left().await?),
            Self::Off | Self::New { .. } => Ok(()),
        }
    }
}

// Standard input cannot be read a second time.
fn absolute(path: &Path) -> Option<PathBuf> {
    let path = Some(path).filter(|path| *path != Path::new("-"))?;
    std::path::absolute(path).ok()
}
