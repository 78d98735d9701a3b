//! Files that the user names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use landbridge_core::topology::Topology;
use landbridge_fleet::forbidden;

use super::exit::{Failure, Outcome};

/// Reads a text as long as a topology at most.
pub(crate) fn read(what: &str, path: &Path) -> Outcome<String> {
    let failed =
        |why: String| Failure::bad_input(format!("cannot read {what} `{}`: {why}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut bounded = file.take(Topology::MOST_BYTES + 1);
    bounded
        .read_to_string(&mut text)
        .map_err(|error| failed(error.to_string()))?;
    match text.len() as u64 > Topology::MOST_BYTES {
        true => Err(failed(format!(
            "expected at most {} MiB",
            Topology::MOST_BYTES >> 20
        ))),
        false => Ok(text),
    }
}

/// Reads a topology, and its text, which is what is kept. What no worker would carry out is refused with line and column.
pub(crate) fn topology(path: &Path) -> Outcome<(Topology, String)> {
    let text = read("topology file", path)?;
    // Whether the tenant may use the worker's own keys is the worker's to say.
    let topology = Topology::from_text_with(&text, |topology| forbidden(topology, true))
        .map_err(|error| error.in_file(path))?;
    Ok((topology, text))
}
