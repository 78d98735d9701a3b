use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use landbridge_core::backend::{Exchange, Tap};
use landbridge_core::{Error, ErrorKind, Result};

use crate::file;
use crate::mask::Masker;

/// Writes every exchange into a directory, secrets removed. On Unix only the owner can read the directory and its files.
///
/// The first exchange that cannot be written ends the recording, with a warning in the log: what is in the directory then
/// can still be replayed. [`failure`](Self::failure) and [`finish`](Self::finish) tell of it.
#[derive(Debug)]
pub struct Recorder {
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    written: usize,
    masker: Masker,
    failure: Option<io::Error>,
}

impl Recorder {
    /// A recorder into `directory`, which is made if need be.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when it cannot be made, or holds anything already.
    pub fn create(directory: impl AsRef<Path>) -> Result<Self> {
        let directory = directory.as_ref().to_owned();
        let at = directory.display();
        let wrong = |error| {
            let message = format!("{at} cannot take a recording");
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        };
        make_directory(&directory).map_err(wrong)?;
        if fs::read_dir(&directory).map_err(wrong)?.next().is_some() {
            let message = format!("{at} is not empty");
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("name a directory that is empty or does not exist"));
        }
        Ok(Self {
            directory,
            state: Mutex::default(),
        })
    }

    /// How many exchanges are written.
    pub fn written(&self) -> usize {
        self.state().written
    }

    /// Why the recording broke off, if it did; nothing was written after that.
    pub fn failure(&self) -> Option<String> {
        self.state().failure.as_ref().map(io::Error::to_string)
    }

    /// How many exchanges are written.
    ///
    /// # Errors
    /// [`Failed`](ErrorKind::Failed) with the first failure to write one; nothing was written after it.
    pub fn finish(&self) -> Result<usize> {
        let state = self.state();
        match &state.failure {
            None => Ok(state.written),
            Some(error) => {
                let (at, written) = (self.directory.display(), state.written);
                let message =
                    format!("the recording in {at} broke off after {written} exchanges: {error}");
                Err(Error::new(ErrorKind::Failed, message).with_remedy(
                    "make room on the disk or name another directory, then record again",
                ))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tap for Recorder {
    fn take(&self, exchange: Exchange<'_>) {
        let mut state = self.state();
        if state.failure.is_some() {
            return;
        }
        let request = file::request_of(&exchange, &mut state.masker);
        let answer = exchange.answer.as_ref();
        let answer = answer.map(|answer| file::answer(answer, &mut state.masker));
        let operation = file::operation(&exchange, &mut state.masker);
        let name = format!("{:04}-{operation}", state.written + 1);
        let path = |end: &str| self.directory.join(format!("{name}.{end}"));
        let (request_file, answer_file) = (path("request"), path("response"));
        // The request last: a replay looks for requests, and takes an empty answer for a lost one.
        let written = write(&answer_file, &answer.unwrap_or_default())
            .and_then(|()| write(&request_file, request.as_bytes()));
        match written {
            Ok(()) => state.written += 1,
            Err(error) => {
                let _ = fs::remove_file(&request_file);
                let _ = fs::remove_file(&answer_file);
                let directory = self.directory.display();
                tracing::warn!(%directory, written = state.written, %error, "the recording broke off");
                state.failure = Some(error);
            }
        }
    }
}

fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // A name that is taken, by a link for example, is not followed.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
