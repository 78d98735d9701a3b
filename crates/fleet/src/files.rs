use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{Document, Kind, Store};

/// Documents as files of a directory, one each, for the workers of one machine.
///
/// A file is written beside its place and then moved there, so a reader sees the old one or the new one, whatever happens to the
/// writer. Writers of all processes take turns by a lock on the file `lock`.
#[derive(Debug)]
pub struct FileStore {
    directory: PathBuf,
}

/// A document as it is in its file.
#[derive(Serialize, Deserialize)]
struct Kept {
    revision: u64,
    document: Value,
}

impl FileStore {
    /// The documents of a directory, which is made if it is not there.
    ///
    /// # Errors
    /// [`Failed`](ErrorKind::Failed) where it can neither be made nor written.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self> {
        let directory = directory.into();
        fs::create_dir_all(&directory).map_err(|error| failed("make", &directory, error))?;
        let store = Self { directory };
        drop(store.lock()?);
        Ok(store)
    }

    fn path(&self, kind: Kind, key: &str) -> Result<PathBuf> {
        // Keys of accounts come from topologies.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if key.is_empty() || key.len() > 200 || key.starts_with('.') || !key.bytes().all(plain) {
            let message = format!("invalid key `{key}`: expected letters, digits and `-_.:`");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(self.directory.join(format!("{}-{key}.json", kind.as_str())))
    }

    // Until it is dropped, no other writer changes anything.
    fn lock(&self) -> Result<File> {
        let path = self.directory.join("lock");
        let open = || {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|error| failed("lock", &path, error))
    }

    fn read(path: &Path) -> Result<Option<Document>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", path, error)),
        };
        let kept: Kept = serde_json::from_str(&text).map_err(|error| {
            let message = format!("cannot read `{}`: {error}", path.display());
            Error::new(ErrorKind::Malformed, message)
                .with_remedy("restore it from a backup, or remove it and submit the topology again")
        })?;
        Ok(Some(Document::new(
            kept.document.to_string(),
            kept.revision,
        )))
    }

    fn write(&self, path: &Path, text: &str, revision: u64) -> Result<()> {
        let invalid = |error: serde_json::Error| {
            Error::new(ErrorKind::InvalidInput, format!("not JSON: {error}"))
        };
        let document: Value = serde_json::from_str(text).map_err(invalid)?;
        let kept = serde_json::to_vec(&Kept { revision, document }).map_err(invalid)?;
        let beside = path.with_extension("new");
        let write = || {
            let mut file = File::create(&beside)?;
            file.write_all(&kept)?;
            file.sync_all()?;
            fs::rename(&beside, path)?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(|error| failed("write", path, error))
    }
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("cannot {what} `{}`: {error}", path.display());
    Error::new(ErrorKind::Failed, message).with_source(error)
}

// Files are small, and on this machine: they are read and written on the thread that asks.
#[async_trait]
impl Store for FileStore {
    async fn load(&self, kind: Kind, key: &str) -> Result<Option<Document>> {
        Self::read(&self.path(kind, key)?)
    }

    async fn save(&self, kind: Kind, key: &str, text: &str, expected: Option<u64>) -> Result<bool> {
        let path = self.path(kind, key)?;
        let _lock = self.lock()?;
        let found = Self::read(&path)?.map(|document| document.revision);
        if found != expected {
            return Ok(false);
        }
        // One that is removed and made anew would begin with the same number, and a writer from before might take it for its own.
        let first = || fresh_revision(&path);
        let revision = found.map_or_else(first, |revision| revision.wrapping_add(1));
        self.write(&path, text, revision)?;
        Ok(true)
    }

    async fn remove(&self, kind: Kind, key: &str, expected: u64) -> Result<bool> {
        let path = self.path(kind, key)?;
        let _lock = self.lock()?;
        if Self::read(&path)?.map(|document| document.revision) != Some(expected) {
            return Ok(false);
        }
        fs::remove_file(&path).map_err(|error| failed("remove", &path, error))?;
        Ok(true)
    }

    async fn keys(&self, kind: Kind) -> Result<Vec<String>> {
        let list = || {
            let mut keys = Vec::new();
            for entry in fs::read_dir(&self.directory)? {
                let name = entry?.file_name();
                let name = name.to_string_lossy();
                let key = name
                    .strip_prefix(kind.as_str())
                    .and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".json"));
                keys.extend(key.map(str::to_owned));
            }
            keys.sort();
            Ok(keys)
        };
        list().map_err(|error| failed("list", &self.directory, error))
    }
}

fn fresh_revision(path: &Path) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Every `RandomState` has fresh keys. Half of the numbers, so that counting on never comes round.
    RandomState::new().hash_one(path) >> 1
}
