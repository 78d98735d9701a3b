//! What is wrong with a topology, as a reader of its file sees it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Everything that is wrong with a topology by itself, before any cloud is asked.
///
/// It prints one problem a line. A topology that was read [from a file](super::Topology::from_file) says where, as
/// `file.yaml:12:5`: line and column are known for what the parser refuses, and not for what only the whole topology
/// shows to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyError {
    file: Option<PathBuf>,
    position: Option<Position>,
    problems: Vec<String>,
}

/// Line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl TopologyError {
    pub(super) fn new(problems: Vec<String>) -> Self {
        Self {
            file: None,
            position: None,
            problems,
        }
    }

    pub(super) fn at(mut self, position: Option<Position>) -> Self {
        self.position = position;
        self
    }

    /// Names the file that the problems are in; messages then begin with it.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// The problems, each with the element it is about, without file, line and column.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            match (&self.file, self.position) {
                (Some(file), Some(at)) => {
                    write!(f, "{}:{}:{}: ", file.display(), at.line, at.column)?;
                }
                (Some(file), None) => write!(f, "{}: ", file.display())?,
                (None, Some(at)) => write!(f, "line {}, column {}: ", at.line, at.column)?,
                (None, None) => {}
            }
            f.write_str(problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for TopologyError {}
