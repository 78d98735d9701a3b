use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use landbridge_core::{Error, ErrorKind, Result};
use ruzstd::encoding::{CompressionLevel, FrameCompressor};
use sha2::{Digest, Sha256};

use super::{LARGEST, LARGEST_MEMBER, MANIFEST, MOST_MEMBERS, Manifest, Member, is_name};
use crate::secrets::Secrets;

/// The members of a bundle that is to be written.
#[derive(Debug, Default)]
pub struct Pack {
    members: BTreeMap<String, Source>,
}

#[derive(Debug)]
enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Source {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let path = match self {
            Self::Bytes(bytes) => return Ok(bytes.clone()),
            Self::File(path) => path,
        };
        let mut bytes = Vec::new();
        File::open(path)?
            .take(LARGEST_MEMBER + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Pack {
    /// Adds a member, in place of one of its name.
    pub fn add(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.members
            .insert(name.into(), Source::Bytes(bytes.into()));
    }

    /// Adds a file as a member. It is read when the bundle is written.
    pub fn add_file(&mut self, name: impl Into<String>, path: impl Into<PathBuf>) {
        self.members.insert(name.into(), Source::File(path.into()));
    }

    /// Adds the files of a recording.
    ///
    /// # Errors
    /// [`Failed`](ErrorKind::Failed) when its directory cannot be read.
    pub fn add_recording(&mut self, directory: &Path) -> Result<()> {
        let entries = fs::read_dir(directory).map_err(|error| failed(directory, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| failed(directory, &error))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(name) = name {
                self.add_file(format!("{}{name}", super::CALLS), path.clone());
            }
        }
        Ok(())
    }

    /// Writes the bundle, whole or not at all, readable by its owner alone. `manifest` gets the members.
    ///
    /// Every member is searched first: for each of the secrets in any form, and for what looks like a key.
    ///
    /// # Errors
    /// [`Failed`](ErrorKind::Failed) if a member holds a secret: the message names the member and not the secret. Likewise if a
    /// member is too large, or a file cannot be read or written. Nothing is left then.
    pub fn write(
        &self,
        path: &Path,
        mut manifest: Manifest,
        secrets: &Secrets,
    ) -> Result<Manifest> {
        manifest.members = self.checked(path, secrets)?;
        let text = serde_json::to_string_pretty(&manifest);
        let text = text.map_err(|error| failed(path, &io::Error::other(error)))?;
        if let Some(what) = secrets.find(text.as_bytes()) {
            return Err(held(MANIFEST, what));
        }
        let (plain, packed) = (beside(path, "tar"), beside(path, "new"));
        let written = self
            .write_plain(&plain, &text)
            .and_then(|()| compress(&plain, &packed))
            .and_then(|()| fs::rename(&packed, path));
        let _ = fs::remove_file(&plain);
        written.map_err(|error| {
            let _ = fs::remove_file(&packed);
            failed(path, &error)
        })?;
        Ok(manifest)
    }

    fn checked(&self, path: &Path, secrets: &Secrets) -> Result<Vec<Member>> {
        let too_much = |why: String| failed(path, &io::Error::other(why));
        if self.members.len() > MOST_MEMBERS {
            return Err(too_much(format!("more than {MOST_MEMBERS} members")));
        }
        let mut members = Vec::with_capacity(self.members.len());
        let mut all = 0;
        for (name, source) in &self.members {
            if !is_name(name) || name == MANIFEST {
                return Err(too_much(format!("invalid name of a member `{name}`")));
            }
            let bytes = source.bytes().map_err(|error| failed(path, &error))?;
            let size = bytes.len() as u64;
            all += size;
            if size > LARGEST_MEMBER || all > LARGEST {
                return Err(too_much(format!("`{name}` is too large")));
            }
            if let Some(what) = secrets.find(&bytes) {
                return Err(held(name, what));
            }
            members.push(Member {
                name: name.clone(),
                size,
                sha256: hex::encode(Sha256::digest(&bytes)),
            });
        }
        Ok(members)
    }

    fn write_plain(&self, path: &Path, manifest: &str) -> io::Result<()> {
        let mut archive = tar::Builder::new(BufWriter::new(create(path)?));
        append(&mut archive, MANIFEST, manifest.as_bytes())?;
        for (name, source) in &self.members {
            append(&mut archive, name, &source.bytes()?)?;
        }
        archive.into_inner()?.flush()
    }
}

// The same members give the same bytes: no owner, no time.
fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, name, bytes)
}

fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let file = create(to)?;
    let mut compressor = FrameCompressor::new(CompressionLevel::Fastest);
    compressor.set_source(BufReader::new(File::open(from)?));
    let mut drain = Checked {
        inner: BufWriter::new(file),
        failure: None,
    };
    compressor.set_drain(&mut drain);
    compressor.compress();
    drop(compressor);
    if let Some(error) = drain.failure {
        return Err(error);
    }
    drain.inner.flush()?;
    drain.inner.get_ref().sync_all()
}

/// Keeps the first error: the compressor would panic at it.
struct Checked<W> {
    inner: W,
    failure: Option<io::Error>,
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failure.is_none()
            && let Err(error) = self.inner.write_all(bytes)
        {
            self.failure = Some(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A name that is taken, by a link for example, is not followed.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{end}", std::process::id()));
    path.with_file_name(name)
}

fn held(name: &str, what: &str) -> Error {
    let message = format!("the evidence was not written: its member `{name}` would hold {what}");
    Error::new(ErrorKind::Failed, message)
        .with_remedy("take it out of the topology file, or of the names in the cloud; then change the secret, because it is known to everyone who has read them")
}

fn failed(path: &Path, error: &io::Error) -> Error {
    let message = format!(
        "the evidence bundle `{}` cannot be written: {error}",
        path.display()
    );
    Error::new(ErrorKind::Failed, message)
}
