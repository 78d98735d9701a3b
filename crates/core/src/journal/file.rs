//! A journal in a file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde::Serialize;

use super::{Entry, Header, History, Journal};
use crate::error::{Error, ErrorKind, Result};

/// The longest file that is read, in bytes: that of some 50 000 steps.
const LONGEST_FILE: u64 = 32 << 20;

/// A journal in a file that its owner alone may read, one JSON object a line.
///
/// Each entry is written to the disk before [`keep`](Journal::keep) returns, which blocks the thread for that long. The
/// file is locked as long as the value lives, so that one run at a time writes to it. After an entry could not be written,
/// no further one is taken.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    /// How many bytes the whole lines have.
    whole: u64,
    /// Whether the file holds more than the whole lines.
    torn: bool,
    /// Why the file takes no more entries.
    broken: Option<String>,
}

impl JournalFile {
    /// Makes the file, with a header. There must be no file of this name.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if there is one, with what it is and what to do with it, or if the file
    /// cannot be written.
    pub fn create(path: impl Into<PathBuf>, header: &Header) -> Result<Self> {
        let path = path.into();
        let file = match open_new(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(&path)),
            Err(error) => return Err(failed("create", &path, &error)),
        };
        lock(&file, &path)?;
        let journal = Self::on(path, file, 0, false);
        let written = journal.append(header);
        if let Err(error) = written {
            // A file without its header is of no use.
            let _ = fs::remove_file(&journal.path);
            return Err(error);
        }
        sync_directory(&journal.path);
        Ok(journal)
    }

    /// Refuses the name of a new journal if there is a file of this name; see [`create`](Self::create), which does so too.
    ///
    /// # Errors
    /// As those of `create`.
    pub fn check_free(path: &Path) -> Result<()> {
        match fs::symlink_metadata(path) {
            Ok(_) => Err(taken(path)),
            Err(_) => Ok(()),
        }
    }

    /// Opens a journal whose last run ended, and reads it. Further entries follow its whole lines; the rest of a line that
    /// was cut off goes with the first of them.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a file that cannot be read or written, that another run writes to, and
    /// as [`History::from_bytes`].
    pub fn open(path: impl Into<PathBuf>) -> Result<(Self, History)> {
        let path = path.into();
        let unreadable = |error: io::Error| failed("read", &path, &error);
        // A pipe or a device may have no end.
        let about = fs::metadata(&path).map_err(unreadable)?;
        if !about.is_file() || about.len() > LONGEST_FILE {
            let message = format!(
                "invalid journal `{}`: expected a file of at most {LONGEST_FILE} bytes",
                path.display()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .open(&path)
            .map_err(unreadable)?;
        lock(&file, &path)?;
        let history = read(&mut file, &path)?;
        let (whole, torn) = (history.whole, history.torn > 0);
        Ok((Self::on(path, file, whole, torn), history))
    }

    fn on(path: PathBuf, file: File, whole: u64, torn: bool) -> Self {
        let state = State {
            file,
            whole,
            torn,
            broken: None,
        };
        Self {
            path,
            state: Mutex::new(state),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why it takes no more entries, if one could not be written.
    pub fn failure(&self) -> Option<Error> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let broken = state.broken.as_deref();
        broken.map(|problem| self.broken(problem))
    }

    fn append(&self, line: &impl Serialize) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(problem) = &state.broken {
            return Err(self.broken(problem));
        }
        let appended = line_of(line).and_then(|line| state.append(&line));
        appended.map_err(|error| {
            let problem = error.to_string();
            // What is left of the line would hide the lines of a later run.
            let _ = state.file.set_len(state.whole);
            let told = self.broken(&problem);
            state.broken = Some(problem);
            told
        })
    }

    fn broken(&self, problem: &str) -> Error {
        let path = self.path.display();
        let message = format!("cannot write journal `{path}`: {problem}");
        Error::new(ErrorKind::InvalidInput, message).with_remedy(format!(
            "make the file writable, then continue with `landbridge resume {path}`"
        ))
    }
}

#[async_trait]
impl Journal for JournalFile {
    async fn keep(&self, entry: &Entry) -> Result<()> {
        self.append(entry)
    }
}

impl State {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.whole)?;
            self.torn = false;
        }
        self.file.seek(SeekFrom::Start(self.whole))?;
        self.file.write_all(line)?;
        self.file.sync_data()?;
        self.whole += line.len() as u64;
        Ok(())
    }
}

fn line_of(entry: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(line)
}

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn read(file: &mut File, path: &Path) -> Result<History> {
    let mut bytes = Vec::new();
    let read = file.take(LONGEST_FILE).read_to_end(&mut bytes);
    read.map_err(|error| failed("read", path, &error))?;
    History::from_bytes(&bytes).map_err(|error| {
        let message = format!("`{}`: {}", path.display(), error.message());
        error.with_message(message)
    })
}

// Where a file system has no locks, the file is used without one.
fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let path = path.display();
            let message = format!("journal `{path}` is in use: another run writes to it");
            let error = Error::new(ErrorKind::InvalidInput, message);
            Err(error.with_remedy("wait until that run has ended, or name another file"))
        }
        _ => Ok(()),
    }
}

// The name of a new file is safe once its directory is written. Not every system can do that.
fn sync_directory(path: &Path) {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// What to do with a file that is where a new journal should be.
fn taken(path: &Path) -> Error {
    let name = path.display();
    let (what, remedy) = match existing(path) {
        Some(history) if history.is_complete() => (
            "the journal of a run that took all its steps",
            "name another file, or delete this one".to_owned(),
        ),
        Some(_) => (
            "the journal of a run that is not finished",
            format!("continue that run with `landbridge resume {name}`"),
        ),
        None => ("not a journal", "name another file".to_owned()),
    };
    let message = format!("cannot create journal `{name}`: the file is there, and it is {what}");
    Error::new(ErrorKind::InvalidInput, message).with_remedy(remedy)
}

fn existing(path: &Path) -> Option<History> {
    let about = fs::metadata(path).ok()?;
    if !about.is_file() || about.len() > LONGEST_FILE {
        return None;
    }
    let mut file = File::open(path).ok()?;
    read(&mut file, path).ok()
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot {verb} journal `{}`: {error}", path.display());
    Error::new(ErrorKind::InvalidInput, message)
}
