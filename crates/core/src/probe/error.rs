use std::fmt;

use crate::engine::ApplyError;
use crate::error::{Error, ErrorKind};
use crate::observation::Observation;
use crate::verify::VerifyReport;

/// Why a run with probes ended early, and what is left of them.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProbeError {
    /// Why it ended.
    pub failure: ProbeFailure,
    /// The objects of the probes that are still there, or whose removal was not seen, by their keys. They carry the topology's
    /// tags: the next apply or destroy of the topology deletes them.
    pub left: Vec<String>,
    /// The verdicts, and what was there while the probes were, if the run came so far.
    pub verdicts: Option<Box<(VerifyReport, Observation)>>,
}

/// The reason of a [`ProbeError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ProbeFailure {
    /// The probes could not all be made.
    Making(ApplyError),
    /// The places could not be read with the probes in them, or the caller cancelled the verification.
    Verifying(Error),
    /// The verification ended, and the places could not be read after it.
    Looking(Error),
    /// The verification ended, and the probes could not be removed.
    Removing(ApplyError),
}

impl ProbeError {
    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        match &self.failure {
            ProbeFailure::Making(error) | ProbeFailure::Removing(error) => error.kind(),
            ProbeFailure::Verifying(error) | ProbeFailure::Looking(error) => error.kind(),
        }
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            ProbeFailure::Making(error) => write!(f, "the probes could not be made: {error}")?,
            ProbeFailure::Verifying(error) => {
                write!(f, "the probes could not be used: {error}")?;
            }
            ProbeFailure::Looking(error) => {
                write!(f, "the probes could not be looked for: {error}")?;
            }
            ProbeFailure::Removing(error) => {
                write!(f, "the probes could not be removed: {error}")?;
            }
        }
        match self.left.as_slice() {
            [] => f.write_str("\n  nothing of the probes is left"),
            left => write!(
                f,
                "\n  left of the probes: {}\n  -> `landbridge apply FILE` or `landbridge destroy FILE` removes them",
                left.join(", ")
            ),
        }
    }
}

impl std::error::Error for ProbeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match &self.failure {
            ProbeFailure::Making(error) | ProbeFailure::Removing(error) => error,
            ProbeFailure::Verifying(error) | ProbeFailure::Looking(error) => error,
        })
    }
}
