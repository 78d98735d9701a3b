//! JSON values, one a line, in a file that grows.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use landbridge_core::{Error, ErrorKind, Result};
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
    failure: Option<io::Error>,
}

impl Lines {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(options.open(path)?),
            failure: None,
        })
    }

    /// Adds a value. The first one that cannot be written is told at the end.
    pub(super) fn add(&mut self, value: &Value) {
        if self.failure.is_none() {
            self.failure = writeln!(self.file, "{value}").err();
        }
    }

    /// The file, with all lines in it.
    pub(super) fn finish(&mut self) -> Result<PathBuf> {
        let failure = self.failure.take().or_else(|| self.file.flush().err());
        match failure {
            None => Ok(self.path.clone()),
            Some(error) => {
                let message = format!("`{}` cannot be written: {error}", self.path.display());
                Err(Error::new(ErrorKind::Failed, message))
            }
        }
    }
}
