//! Topologies as YAML or JSON text.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::syntax::refused;
use super::{Topology, TopologyError};

/// The longest topology file that is read.
const MOST_BYTES: u64 = 4 << 20;

impl Topology {
    /// Reads a topology from YAML or JSON text. Unknown keys and wrong values are refused with line and column; the
    /// result is [checked](Topology::check).
    ///
    /// # Errors
    /// A [`TopologyError`] that names what is wrong, where, and what would be right.
    pub fn from_text(text: &str) -> Result<Self, TopologyError> {
        let topology: Self = serde_saphyr::from_str(text).map_err(|error| refused(&error, text))?;
        topology.check()?;
        Ok(topology)
    }

    /// Reads a topology from a regular file of at most 4 MiB, see [`from_text`](Self::from_text). Every problem is told with the file's path.
    ///
    /// # Errors
    /// As `from_text`, or that the file cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, TopologyError> {
        let text = read(path).map_err(|error| {
            let file = path.display();
            TopologyError::new(vec![format!("cannot read topology file `{file}`: {error}")])
        })?;
        Self::from_text(&text).map_err(|error| error.in_file(path))
    }
}

// Not a pipe or a device: opening one may wait for ever, and reading one may never end.
fn read(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("expected a regular file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        let message = format!("expected at most {} MiB", MOST_BYTES >> 20);
        return Err(io::Error::other(message));
    }
    Ok(text)
}

/// The JSON Schema of topology files, for completion in editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Topology).to_value()
}
