use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use landbridge_core::backend::{Exchange, Tap};
use landbridge_core::{Error, ErrorKind, Result};

use crate::file;
use crate::mask::Accounts;

/// Writes every exchange into a directory, secrets removed.
#[derive(Debug)]
pub struct Recorder {
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    written: usize,
    accounts: Accounts,
    failure: Option<std::io::Error>,
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
        fs::create_dir_all(&directory).map_err(wrong)?;
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
    ///
    /// # Errors
    /// The first failure to write one; nothing was written after it.
    pub fn finish(&self) -> Result<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.failure.take() {
            None => Ok(state.written),
            Some(error) => {
                let message = format!("the recording in {} broke off", self.directory.display());
                Err(Error::new(ErrorKind::InvalidInput, message).with_source(error))
            }
        }
    }
}

impl Tap for Recorder {
    fn take(&self, exchange: Exchange<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failure.is_some() {
            return;
        }
        let request = file::request_of(&exchange, &mut state.accounts);
        let answer = exchange.answer.as_ref();
        let answer = answer.map(|answer| file::answer(answer, &mut state.accounts));
        let name = format!("{:04}-{}", state.written + 1, file::operation(&exchange));
        let path = |end: &str| self.directory.join(format!("{name}.{end}"));
        let written = fs::write(path("request"), request)
            .and_then(|()| fs::write(path("response"), answer.unwrap_or_default()));
        match written {
            Ok(()) => state.written += 1,
            Err(error) => state.failure = Some(error),
        }
    }
}
