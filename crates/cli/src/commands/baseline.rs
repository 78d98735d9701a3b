//! What was there before the first apply, in the file that `--baseline` names.

use std::path::Path;

use landbridge_core::Observation;
use landbridge_core::engine::Baseline;
use landbridge_core::topology::Topology;
use serde_json::json;

use crate::exit::{Failure, Outcome};
use crate::files;
use crate::output::Output;

/// Reads a baseline of this topology.
pub(super) fn load(file: &Path, topology: &Topology) -> Outcome<Baseline> {
    let text = files::read("baseline file", file)?;
    let name = file.display();
    let baseline = Baseline::from_text(&text)
        .map_err(|error| Failure::bad_input(format!("`{name}`: {error}")))?;
    match baseline.topology == topology.name {
        true => Ok(baseline),
        false => Err(Failure::bad_input(format!(
            "`{name}` is the baseline of topology `{}`, not of `{}`; name another file",
            baseline.topology, topology.name
        ))),
    }
}

/// Writes what is there to a file that is not there yet; one that is there stays as it is.
pub(super) fn keep(
    output: &mut Output,
    file: &Path,
    topology: &Topology,
    observation: &Observation,
) -> Outcome<()> {
    if file.exists() {
        return load(file, topology).map(|_| ());
    }
    let baseline = Baseline::new(topology, observation);
    files::write("baseline file", file, &baseline.to_text())?;
    let file = file.display();
    output.section(
        "baseline",
        format_args!(
            "baseline: what is there now is in {file}, for `landbridge destroy --baseline {file}`"
        ),
        json!(file.to_string()),
    );
    Ok(())
}
