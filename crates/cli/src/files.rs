//! Files that the program writes, readable by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure, Outcome};

/// Reads a file that the user named.
pub(crate) fn read(what: &str, path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| failed("read", what, path, &error))
}

/// Writes a file in one piece, in place of one that is there.
pub(crate) fn write(what: &str, path: &Path, text: &str) -> Outcome<()> {
    let beside = beside(path);
    let written = create(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // The half of a file helps nobody.
        let _ = fs::remove_file(&beside);
        failed("write", what, path, &error)
    })
}

/// Writes a file in one piece, unless one of that name is there.
///
/// # Errors
/// `AlreadyExists`, else what the operating system says; nothing is left of a file that could not be written whole.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    create(path, text).inspect_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(path);
        }
    })
}

/// Makes a directory and those above it, which their owner alone can enter. One that is there stays as it is.
pub(crate) fn make_directory(what: &str, path: &Path) -> Outcome<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(path);
    made.map_err(|error| failed("make", what, path, &error))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn failed(verb: &str, what: &str, path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    let message = format!("cannot {verb} {what} `{path}`: {error}");
    Failure::new(Exit::BadInput, anyhow::Error::msg(message))
}
