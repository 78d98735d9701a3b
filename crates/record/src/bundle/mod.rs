//! Bundles of evidence: what a run did, in one file.
//!
//! A bundle is a tar archive, compressed with zstd. Its first member is `manifest.json`: what ran, how it ended, and the size
//! and SHA-256 of every other member. The recorded calls are in `calls/`, two files each, as in a recording.

mod pack;
mod read;

use std::fmt::Display;
use std::path::Path;
use std::time::SystemTime;

use landbridge_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

pub use pack::Pack;
pub use read::Bundle;

/// Where the recorded calls are.
pub(crate) const CALLS: &str = "calls/";
const MANIFEST: &str = "manifest.json";

/// The largest file that is read.
const LARGEST_FILE: u64 = 256 << 20;
/// The most bytes that all members of a bundle have.
const LARGEST: u64 = 512 << 20;
/// The most bytes that one member has.
const LARGEST_MEMBER: u64 = 64 << 20;
/// The most members of a bundle.
const MOST_MEMBERS: usize = 200_000;

/// What a bundle says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    kind: Kind,
    /// The version of the form.
    pub format: u32,
    /// The program that wrote it, and its version.
    pub program: String,
    /// The command that ran.
    pub command: String,
    /// The name of the topology, if it got so far.
    pub topology: Option<String>,
    /// The name of the run, as its events have it.
    pub run: Option<String>,
    /// When the command began, by the clock of the machine.
    pub begun: String,
    /// When it ended.
    pub ended: String,
    /// How it ended.
    pub outcome: Ended,
    /// The members, in their order.
    #[serde(default)]
    pub members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "landbridge-evidence")]
    Evidence,
}

/// How a command ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ended {
    /// Its exit code.
    pub exit: u8,
    /// The error that ended it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A member of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// Its name, with slashes.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

impl Ended {
    /// With an exit code, and the error of a command that failed.
    pub fn new(exit: u8, error: Option<String>) -> Self {
        Self { exit, error }
    }
}

impl Manifest {
    /// Of a command that a program ran from `begun` to `ended`.
    pub fn new(
        program: impl Into<String>,
        command: impl Into<String>,
        (begun, ended): (SystemTime, SystemTime),
        outcome: Ended,
    ) -> Self {
        Self {
            kind: Kind::Evidence,
            format: 1,
            program: program.into(),
            command: command.into(),
            topology: None,
            run: None,
            begun: landbridge_core::event::rfc3339_text(begun),
            ended: landbridge_core::event::rfc3339_text(ended),
            outcome,
            members: Vec::new(),
        }
    }

    /// Sets the name of the topology.
    #[must_use]
    pub fn with_topology(mut self, name: impl Into<String>) -> Self {
        self.topology = Some(name.into());
        self
    }

    /// Sets the name of the run.
    #[must_use]
    pub fn with_run(mut self, run: impl Into<String>) -> Self {
        self.run = Some(run.into());
        self
    }
}

fn invalid(path: &Path, why: impl Display) -> Error {
    let message = format!("evidence bundle `{}`: {why}", path.display());
    Error::new(ErrorKind::InvalidInput, message)
        .with_remedy("name a file that `--evidence` has written; if it was copied, copy it again")
}

/// Whether a member may have this name: folders and a file, each of harmless letters, none that leads out.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_letter);
    name.len() <= 100 && name.split('/').all(is_part)
}
