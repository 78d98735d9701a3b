//! The text of the plan of every example, as a person reads it. `LANDBRIDGE_BLESS=1` writes it anew.

use std::path::{Path, PathBuf};

use crate::common::landbridge;

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/topologies");
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let mut files: Vec<PathBuf> = entries.map(|one| one.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    files
}

#[test]
fn the_plan_of_every_example_reads_as_before() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/plans");
    let is_blessed = std::env::var_os("LANDBRIDGE_BLESS").is_some();
    let files = examples();
    assert!(files.len() >= 9, "{files:?}");
    let mut other = Vec::new();
    for file in files {
        let path = file.to_str().expect("UTF-8");
        let stem = file.file_stem().expect("a name").to_string_lossy();
        let name = stem.into_owned();
        let is_aws = name.starts_with("aws");
        if is_aws && !cfg!(feature = "aws") {
            continue;
        }
        let run = landbridge(&["plan", path, "--simulate"]);
        // Some examples take part in what others made, which a new simulator does not have.
        assert!(matches!(run.code, Some(0 | 3)), "{run:#?}");
        // What is told of prices depends on the day.
        let plan = run.stdout.split("\ncost of ").next().unwrap_or_default();
        let text = plan.replace(path, "FILE");
        let golden = kept.join(format!("{name}.txt"));
        if is_blessed {
            std::fs::write(&golden, &text).expect("written");
        }
        let before = std::fs::read_to_string(&golden).unwrap_or_default();
        if before != text {
            other.push(format!("== {name}\n{text}"));
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
}
