use super::{Topology, TopologyError};

impl Topology {
    /// Reads a topology from YAML or JSON text. Unknown keys and wrong values are refused with line and column; the
    /// result is [checked](Topology::check).
    ///
    /// # Errors
    /// A [`TopologyError`] that names what is wrong, where, and what would be right.
    pub fn from_text(text: &str) -> Result<Self, TopologyError> {
        let topology: Self = serde_saphyr::from_str(text)
            .map_err(|error| TopologyError::syntax(error.to_string()))?;
        topology.check()?;
        Ok(topology)
    }

    /// Reads a topology from a file, see [`from_text`](Self::from_text).
    ///
    /// # Errors
    /// As `from_text`, or that the file cannot be read.
    pub fn from_file(path: &std::path::Path) -> Result<Self, TopologyError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            TopologyError::syntax(format!("cannot read {}: {error}", path.display()))
        })?;
        Self::from_text(&text)
    }
}

/// The JSON Schema of topology files, for completion in editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Topology).to_value()
}
