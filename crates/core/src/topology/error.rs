//! What is wrong with a topology, as a reader of its file sees it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::locate::Index;
use super::shown::shown;

/// Everything that is wrong with a topology by itself, before any cloud is asked.
///
/// It prints one problem a line. A topology that was read [from a file](super::Topology::from_file) says where, as
/// `file.yaml:12:5`. No problem repeats a value that looks like a key of a cloud, a control character, or a word of more
/// than 64 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyError {
    file: Option<PathBuf>,
    /// Where each problem is, as far as known.
    positions: Vec<Option<Position>>,
    problems: Vec<String>,
}

/// Line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl TopologyError {
    pub(crate) fn new(problems: Vec<String>) -> Self {
        Self {
            file: None,
            positions: vec![None; problems.len()],
            problems: problems.iter().map(|problem| shown(problem)).collect(),
        }
    }

    /// At this position, all of it.
    pub(super) fn at(mut self, position: Option<Position>) -> Self {
        self.positions.fill(position);
        self
    }

    /// Each problem where the text has what it is about.
    pub(super) fn located(mut self, index: &Index) -> Self {
        for (problem, at) in self.problems.iter().zip(&mut self.positions) {
            *at = at.or_else(|| index.problem(problem));
        }
        self
    }

    /// The problems of both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.problems.extend(other.problems);
        self.positions.extend(other.positions);
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
            let position = self.positions.get(index).copied().flatten();
            match (&self.file, position) {
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
