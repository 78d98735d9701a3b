//! Topologies as YAML or JSON text.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::Position;
use super::locate::Index;
use super::syntax::refused;
use super::{Topology, TopologyError};

/// How deep lists and mappings may be nested. No topology needs half of it. Each level takes up to 32 KiB of a
/// stack, and a thread may have no more than 2 MiB.
const MOST_DEPTH: usize = 24;

/// Reads YAML or JSON, within bounds.
pub(crate) fn parse<'text, T: Deserialize<'text>>(
    text: &'text str,
) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MOST_DEPTH },
    };
    serde_saphyr::from_str_with_options(text, options)
}

impl Topology {
    /// Reads a topology from YAML or JSON text, nested at most 24 deep. Unknown keys and wrong values are refused with
    /// line and column; the result is [checked](Topology::check).
    ///
    /// # Errors
    /// A [`TopologyError`] that names what is wrong, where, and what would be right.
    pub fn from_text(text: &str) -> Result<Self, TopologyError> {
        Self::from_text_with(text, |_| Vec::new())
    }

    /// Reads a topology as [`from_text`](Self::from_text) does, and refuses what the caller refuses: `problems` gives a
    /// sentence for each, which begins with what it is about, such as ``account `a`: unknown cloud `x` ``. It is asked
    /// first; if it finds something, nothing else is told, because the rest may follow from it.
    ///
    /// # Errors
    /// As `from_text`, and the problems of the caller, each with its line and column.
    pub fn from_text_with(
        text: &str,
        problems: impl FnOnce(&Self) -> Vec<String>,
    ) -> Result<Self, TopologyError> {
        if text.trim().is_empty() {
            let problem =
                "the file is empty: expected a topology, such as one of `examples/topologies`";
            return Err(TopologyError::new(vec![problem.to_owned()]));
        }
        let topology: Self = parse(text).map_err(|error| refused(&error, text))?;
        let of_caller = problems(&topology);
        let mut problems = match of_caller.is_empty() {
            true => topology.check().err(),
            false => Some(TopologyError::new(of_caller)),
        };
        if let Some(index) = Index::of(text) {
            let octets = octets(&index);
            problems = problems.map(|problems| problems.located(&index));
            problems = match (problems, octets) {
                (Some(problems), Some(octets)) => Some(problems.and(octets)),
                (problems, octets) => problems.or(octets),
            };
        }
        problems.map_or(Ok(topology), Err)
    }

    /// The longest topology file that is read, in bytes: 4 MiB.
    pub const MOST_BYTES: u64 = 4 << 20;

    /// Reads a topology from a regular file of at most [`MOST_BYTES`](Self::MOST_BYTES), see [`from_text`](Self::from_text).
    /// Every problem is told with the file's path.
    ///
    /// # Errors
    /// As `from_text`, or that the file cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, TopologyError> {
        let text = read(path)?;
        Self::from_text(&text).map_err(|error| error.in_file(path))
    }

    /// Reads a topology as [`from_text`](Self::from_text) does, and refuses also what a plan would refuse in any cloud:
    /// impossible regions and zones, CIDR blocks that no network can have, and overlaps within an interconnect.
    ///
    /// # Errors
    /// As `from_text`, and for what it refuses itself.
    pub fn validate_text(text: &str) -> Result<Self, TopologyError> {
        let topology = Self::from_text(text)?;
        topology.possible().map_err(|error| match Index::of(text) {
            Some(index) => error.located(&index),
            None => error,
        })?;
        Ok(topology)
    }
}

/// The position after the last letter.
fn end_of(text: &[u8]) -> Position {
    let text = String::from_utf8_lossy(text);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Position {
        line: text.matches('\n').count() as u64 + 1,
        column: last.chars().count() as u64 + 1,
    }
}

/// Octets with leading zeros: some programs read them as octal numbers, others as decimal ones.
fn octets(index: &Index) -> Option<TopologyError> {
    let scalars = index.scalars().into_iter();
    let ambiguous = scalars.filter(|(text, _)| has_leading_zeros(text));
    let problems = ambiguous.map(|(text, at)| {
        let problem = format!("invalid address `{text}`: expected numbers without leading zeros");
        TopologyError::new(vec![problem]).at(Some(at))
    });
    problems.reduce(TopologyError::and)
}

fn has_leading_zeros(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or_default();
    let octets: Vec<&str> = address.split('.').collect();
    let is_number =
        |octet: &&str| !octet.is_empty() && octet.bytes().all(|byte| byte.is_ascii_digit());
    octets.len() == 4
        && octets.iter().all(is_number)
        && octets
            .iter()
            .any(|octet| octet.len() > 1 && octet.starts_with('0'))
}

fn read(path: &Path) -> Result<String, TopologyError> {
    let bytes = bytes(path).map_err(|error| {
        let file = path.display();
        TopologyError::new(vec![format!("cannot read topology file `{file}`: {error}")])
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let position = end_of(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let problem = "invalid character: expected UTF-8 text; save the file as UTF-8".to_owned();
        TopologyError::new(vec![problem])
            .at(Some(position))
            .in_file(path)
    })
}

// Not a pipe or a device: opening one may wait for ever, and reading one may never end.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("expected a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(Topology::MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > Topology::MOST_BYTES {
        let message = format!("expected at most {} MiB", Topology::MOST_BYTES >> 20);
        return Err(io::Error::other(message));
    }
    Ok(bytes)
}

/// Reads another document than a topology, in YAML or JSON, by the rules of [`Topology::from_text`]: unknown keys and wrong
/// values are refused with line and column. `check` says what else is wrong, one sentence a problem; each is told where
/// the document has what the sentence quotes in backticks.
///
/// # Errors
/// A [`TopologyError`] that names what is wrong, where, and what would be right.
pub fn read_document<T: DeserializeOwned>(
    text: &str,
    check: impl FnOnce(&T) -> Vec<String>,
) -> Result<T, TopologyError> {
    let document: T = parse(text).map_err(|error| refused(&error, text))?;
    let problems = check(&document);
    if problems.is_empty() {
        return Ok(document);
    }
    let problems = TopologyError::new(problems);
    Err(match Index::of(text) {
        Some(index) => problems.located(&index),
        None => problems,
    })
}

/// The JSON Schema of topology files, for completion in editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Topology).to_value()
}
