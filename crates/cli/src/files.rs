//! Files that the program reads, bounded, and writes, readable by their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use landbridge_core::topology::Topology;

use crate::exit::{Exit, Failure, Outcome};

/// The longest file that is read that Landbridge has written, such as a plan, in bytes.
const MOST: u64 = 64 << 20;

/// Reads a file that the user named: a regular file of at most 64 MiB, or `-` for standard input.
pub(crate) fn read(what: &str, path: &Path) -> Outcome<String> {
    read_at_most(MOST, path).map_err(|error| failed("read", what, path, &error))
}

/// Reads a topology file: a regular file of at most 4 MiB, or `-` for standard input.
pub(crate) fn read_topology(path: &Path) -> Outcome<String> {
    let text = read_at_most(Topology::MOST_BYTES, path);
    text.map_err(|error| failed("read", "topology file", path, &error))
}

/// The path as messages name it.
pub(crate) fn shown(path: &Path) -> &Path {
    match is_standard_input(path) {
        true => Path::new("<stdin>"),
        false => path,
    }
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn read_at_most(most: u64, path: &Path) -> io::Result<String> {
    if is_standard_input(path) {
        return text_of(most, io::stdin().lock());
    }
    // Before it is opened: opening a pipe waits for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other(
            "expected a regular file; to read what another program writes, pass `-` and pipe it to standard input",
        ));
    }
    text_of(most, File::open(path)?)
}

fn text_of(most: u64, source: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("expected at most {} MiB", most >> 20);
        return Err(io::Error::other(message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::other(format!("expected UTF-8 text: invalid after {at} bytes"))
    })
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
    let why = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    let message = format!("cannot {verb} {what} `{path}`: {why}");
    Failure::new(Exit::BadInput, anyhow::Error::msg(message))
}
