//! The first line of a journal file: what the run was for.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::event::RunId;
use crate::format::FormatVersion;
use crate::plan::PlanOptions;
use crate::topology::Topology;

/// What a run was for, and all that is needed to continue it.
///
/// It holds no secret: a topology names the variables of passwords and the sources of keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Header {
    kind: Kind,
    /// The version of its JSON object, and of the lines behind it.
    pub format: FormatVersion<1>,
    /// When the run began.
    #[serde(with = "rfc3339")]
    pub at: SystemTime,
    /// The run that made the journal.
    pub run: RunId,
    /// What the run does.
    pub purpose: Purpose,
    /// The file of the topology, if it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// What its plans may do beyond what is always right.
    #[serde(default)]
    pub options: PlanOptions,
    /// The topology, and with it the accounts whose keys write.
    pub topology: Topology,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "landbridge-journal")]
    Journal,
}

/// What a run does with its topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// It makes what the topology declares.
    Apply,
    /// It deletes what belongs to the topology.
    Destroy,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
        })
    }
}

impl Header {
    /// The header of a run that begins now.
    pub fn new(purpose: Purpose, topology: Topology, at: SystemTime, run: RunId) -> Self {
        Self {
            kind: Kind::Journal,
            format: FormatVersion,
            at,
            run,
            purpose,
            file: None,
            options: PlanOptions::default(),
            topology,
        }
    }

    /// Sets the file that the topology came from.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Sets what the plans of the run may do.
    #[must_use]
    pub fn with_options(mut self, options: PlanOptions) -> Self {
        self.options = options;
        self
    }
}

/// Times as text, with milliseconds.
/// Times as JSON has them: RFC 3339 in UTC, with milliseconds.
pub(crate) mod rfc3339 {
    use std::time::SystemTime;

    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        at: &SystemTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let at = Timestamp::try_from(*at).map_err(S::Error::custom)?;
        serializer.collect_str(&format_args!("{at:.3}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: Timestamp = text
            .parse()
            .map_err(|_| D::Error::custom("invalid time: expected RFC 3339"))?;
        Ok(SystemTime::from(at))
    }
}
