use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_core::{Error, ErrorKind, Result};

use crate::file;
use regex::Regex;

use crate::mask::Masker;
use crate::secrets::Secrets;

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
        let _ = self.record(exchange);
    }

    fn signs_with(&self, secret: &str) {
        self.state().masker.remember(secret);
    }
}

/// An exchange that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Noted {
    /// Which one it is, from 1.
    pub number: usize,
    /// What was asked for.
    pub operation: String,
    /// The cloud's name for the request, if its answer tells one.
    pub request_id: Option<String>,
}

impl Recorder {
    /// Writes an exchange, and tells what was written; none if the recording broke off.
    pub fn record(&self, exchange: Exchange<'_>) -> Option<Noted> {
        let mut state = self.state();
        if state.failure.is_some() {
            return None;
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
            Ok(()) => {
                state.written += 1;
                let request_id = exchange.answer.and_then(|answer| request_id(&answer));
                let request_id = request_id.map(|id| state.masker.operation(&id));
                Some(Noted {
                    number: state.written,
                    operation,
                    request_id,
                })
            }
            Err(error) => {
                let _ = fs::remove_file(&request_file);
                let _ = fs::remove_file(&answer_file);
                let directory = self.directory.display();
                tracing::warn!(%directory, written = state.written, %error, "the recording broke off");
                state.failure = Some(error);
                None
            }
        }
    }

    /// Every secret that requests were signed with, or that went over the wire in a place which is known to hold one.
    pub fn secrets(&self) -> Arc<Secrets> {
        self.state().masker.secrets()
    }

    /// A text in which account IDs are those that stand for them in the recording.
    pub fn with_stand_ins(&self, text: &str) -> String {
        self.state().masker.stand_ins(text)
    }
}

// What the recording itself would write of it, or nothing.
fn request_id(answer: &ExchangeAnswer<'_>) -> Option<String> {
    static IN_BODY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let form = r#"(?i)(?:"RequestId"\s*:\s*"|<RequestI[dD]>)([0-9A-Za-z-]{8,64})["<]"#;
        Regex::new(form).ok()
    });
    const HEADERS: [&str; 3] = ["x-acs-request-id", "x-amzn-requestid", "x-amz-request-id"];
    let is_id = |text: &str| {
        let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (8..=64).contains(&text.len()) && text.bytes().all(is_of_one)
    };
    let mut headers = answer.headers.iter();
    let header = headers.find(|(name, value)| HEADERS.contains(&name.as_str()) && is_id(value));
    if let Some((_, id)) = header {
        return Some(id.clone());
    }
    let body = std::str::from_utf8(answer.body).ok()?;
    let found = IN_BODY.as_ref()?.captures(body)?;
    found.get(1).map(|id| id.as_str().to_owned())
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
