//! Nothing of the backend is without a recording: neither an operation nor a kind of refusal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use landbridge::aws::error::CODES;
use landbridge_core::ErrorKind;

use super::stage::{directory, recording};

fn below(directory: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(below(&path, end));
        } else if path.extension().is_some_and(|there| there == end) {
            found.push(path);
        }
    }
    found
}

/// The operations that the backend names, as its source has them: `read("..")`, `list("..")`, `repeatable("..")`, `once("..")`.
fn operations() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/aws/src");
    let mut operations = BTreeSet::new();
    for path in below(&source, "rs") {
        let text = fs::read_to_string(path).expect("text");
        for call in ["= read(\"", "= list(\"", "= repeatable(\"", "= once(\""] {
            let names = text
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            operations.extend(names.map(str::to_owned));
        }
    }
    operations
}

#[test]
fn every_operation_of_the_backend_is_recorded() {
    // Half of a recording in the making is nothing to judge.
    if recording() {
        return;
    }
    let operations = operations();
    assert!(operations.len() > 50, "the source is read: {operations:?}");
    let action = |path: PathBuf| {
        let text = fs::read_to_string(path).expect("text");
        let mut pairs = text.split(['&', '\n']);
        pairs.find_map(|pair| {
            let target = || pair.strip_prefix("x-amz-target: ")?.rsplit('.').next();
            let name = pair.strip_prefix("Action=").or_else(target)?;
            Some(name.to_owned())
        })
    };
    let recorded: BTreeSet<String> = below(&directory(""), "request")
        .into_iter()
        .filter_map(action)
        .collect();
    let missing: Vec<_> = operations.difference(&recorded).collect();
    assert!(missing.is_empty(), "no recording of {missing:?}");
}

#[test]
fn every_kind_of_refusal_is_recorded() {
    // Half of a recording in the making is nothing to judge.
    if recording() {
        return;
    }
    let answers: Vec<String> = below(&directory(""), "response")
        .into_iter()
        .map(|path| String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned())
        .collect();
    let is_recorded = |code: &str| {
        let element = format!("<Code>{code}</Code>");
        answers.iter().any(|answer| answer.contains(&element))
    };
    let mut missing: Vec<ErrorKind> = Vec::new();
    for row in CODES.rows() {
        let recorded = CODES
            .rows()
            .iter()
            .any(|other| other.kind == row.kind && is_recorded(other.code));
        if !recorded && !missing.contains(&row.kind) {
            missing.push(row.kind);
        }
    }
    assert_eq!(missing, []);
}

#[test]
fn every_recording_says_where_it_comes_from() {
    // Half of a recording in the making is nothing to judge.
    if recording() {
        return;
    }
    for entry in fs::read_dir(directory("")).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let readme = fs::read_to_string(path.join("README.md"));
            let readme = readme.unwrap_or_else(|_| panic!("{} has a README", path.display()));
            assert!(readme.contains("Provenance:"), "{}", path.display());
        }
    }
}
