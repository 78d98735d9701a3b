//! The text that a topology was read from, and where in it its parts stand.

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::locate::Index;
use crate::preflight::Finding;

/// The text of a topology, for findings that say where in it the part is that they are about.
///
/// ```
/// use landbridge_core::preflight::Report;
/// use landbridge_core::topology::Source;
///
/// fn locate(text: &str, report: &mut Report) {
///     if let Some(source) = Source::of_text(text) {
///         source.in_file("net.yaml".as_ref()).locate(&mut report.findings);
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Source {
    file: Option<PathBuf>,
    index: Index,
}

impl Source {
    /// The places of a text's parts; none if it is neither YAML nor JSON.
    pub fn of_text(text: &str) -> Option<Self> {
        let index = Index::of(text)?;
        Some(Self { file: None, index })
    }

    /// Names the file of the text.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// Notes in each finding where the text has what it is about: the value or key that the finding repeats, or else the
    /// element. A finding about something that the text does not declare gets no place.
    pub fn locate(&self, findings: &mut [Finding]) {
        for finding in findings {
            let sentences = [finding.message.as_str(), finding.remedy.as_str()];
            let at = self.index.sentence(&finding.subject, sentences);
            finding.at = at.map(|at| {
                Box::new(Location {
                    file: self.file.clone(),
                    line: at.line,
                    column: at.column,
                })
            });
        }
    }
}

/// A place in the text of a topology. It prints as `net.yaml:12:5`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Location {
    /// The file; absent for a text of no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        match file {
            Some(file) => write!(f, "{}:{line}:{column}", file.display()),
            None => write!(f, "line {line}, column {column}"),
        }
    }
}
