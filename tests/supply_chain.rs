//! What others wrote and comes with the program: under which licence, from where, and what runs while it is built.
//!
//! The rules are those of `deny.toml`, which `cargo deny check` reads as well. This needs no tool and no network.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn json_of(command: &mut Command) -> Value {
    let output = command.current_dir(root()).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// All packages that any feature brings, on any platform.
fn packages() -> Vec<Value> {
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--all-features",
    ];
    let metadata = json_of(Command::new(env!("CARGO")).args(arguments));
    metadata["packages"].as_array().expect("packages").clone()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// The strings of a list in `deny.toml`, comments apart.
fn rules(list: &str) -> BTreeSet<String> {
    let rules = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let (_, from) = rules
        .split_once(&format!("\n{list} = ["))
        .expect("the list is there");
    let (items, _) = from.split_once(']').expect("the list ends");
    let lines = items
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.map(str::to_owned).collect()
}

/// Whether an SPDX expression can be kept with allowed licences alone.
fn is_kept(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // Old manifests write a slash for `OR`.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let kept = any_of(&mut rest, allowed);
    kept && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut kept = all_of(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        kept |= all_of(words, allowed);
    }
    kept
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut kept = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        kept &= one(words, allowed);
    }
    kept
}

fn one(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let kept = any_of(words, allowed);
            let [")", rest @ ..] = *words else {
                return false;
            };
            *words = rest;
            kept
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed.contains(&format!("{licence} WITH {exception}"))
        }
        [licence, rest @ ..] => {
            *words = rest;
            allowed.contains(*licence)
        }
        [] => false,
    }
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = ["MIT", "ISC", "A WITH B"].map(str::to_owned).into();
    for kept in [
        "MIT",
        "GPL-3.0 OR MIT",
        "GPL-3.0/MIT",
        "ISC AND (GPL-3.0 OR MIT)",
        "A WITH B OR X",
    ] {
        assert!(is_kept(kept, &allowed), "{kept}");
    }
    for refused in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT",
        "MIT)",
        "A",
        "MIT WITH B",
        "ISC AND (X OR Y)",
    ] {
        assert!(!is_kept(refused, &allowed), "{refused}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed = rules("allow");
    assert!(allowed.contains("MIT") && allowed.len() > 5, "{allowed:?}");
    let packages = packages();
    assert!(packages.len() > 200, "all of them: {}", packages.len());
    let refused = packages
        .iter()
        .filter(|package| !is_kept(text(package, "license"), &allowed));
    let refused: Vec<_> = refused
        .map(|package| (text(package, "name"), text(package, "license")))
        .collect();
    assert!(refused.is_empty(), "not allowed in deny.toml: {refused:?}");
}

#[test]
fn everything_comes_from_the_registry_and_nothing_banned_comes() {
    for package in packages() {
        let (name, version) = (text(&package, "name"), text(&package, "version"));
        match package["source"].as_str() {
            None => assert!(name.starts_with("landbridge"), "{name} has no source"),
            Some(source) => assert_eq!(source, CRATES_IO, "{name}"),
        }
        let banned = ["openssl", "openssl-sys", "native-tls"];
        assert!(
            !banned.contains(&name),
            "rustls is the one TLS stack, and {name} came in"
        );
        assert!(
            name != "hyper" || !version.starts_with("0."),
            "the outdated HTTP stack came in"
        );
    }
}

#[test]
fn nothing_of_ours_runs_while_it_is_built() {
    for package in packages() {
        if package["source"].is_null() {
            let targets = package["targets"].as_array().expect("targets");
            for target in targets {
                let kinds = target["kind"].to_string();
                let runs = kinds.contains("custom-build") || kinds.contains("proc-macro");
                assert!(!runs, "{} has {kinds}", text(&package, "name"));
            }
        }
    }
}

/// A checksum in the lock file fixes each package that a build may use.
#[test]
fn every_package_is_locked_with_a_checksum() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let packages = lock.split("[[package]]").skip(1);
    let of_others = packages.filter(|package| package.contains("\nsource = "));
    let (mut count, mut without) = (0, Vec::new());
    for package in of_others {
        count += 1;
        if !package.contains("\nchecksum = \"") {
            without.push(package);
        }
    }
    assert!(count > 200 && without.is_empty(), "{count}: {without:?}");
}

#[test]
fn the_list_of_parts_is_a_valid_spdx_document() {
    let document = json_of(Command::new("python3").arg(".ci/sbom"));
    assert_eq!(document["spdxVersion"], "SPDX-2.3");
    assert_eq!(document["dataLicense"], "CC0-1.0");
    assert_eq!(document["SPDXID"], "SPDXRef-DOCUMENT");
    assert!(
        text(&document, "documentNamespace").starts_with("https://"),
        "{document:#}"
    );
    let created = text(&document["creationInfo"], "created");
    assert!(created.len() == 20 && created.ends_with('Z'), "{created}");
    assert!(
        document["creationInfo"]["creators"][0]
            .as_str()
            .is_some_and(|tool| tool.starts_with("Tool: "))
    );

    let packages = document["packages"].as_array().expect("packages");
    let ids: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(package, "SPDXID"))
        .collect();
    assert_eq!(ids.len(), packages.len(), "each ID is there once");
    let is_of_an_id = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
    for package in packages {
        let id = text(package, "SPDXID");
        let name = id.strip_prefix("SPDXRef-").unwrap_or_default();
        assert!(!name.is_empty() && name.chars().all(is_of_an_id), "{id}");
        for member in [
            "name",
            "versionInfo",
            "downloadLocation",
            "licenseDeclared",
            "licenseConcluded",
            "copyrightText",
        ] {
            assert!(!text(package, member).is_empty(), "{id} has no {member}");
        }
        assert_eq!(package["filesAnalyzed"], false);
        if text(package, "downloadLocation").starts_with("https://") {
            let checksum = &package["checksums"][0];
            assert_eq!(checksum["algorithm"], "SHA256", "{id}");
            assert_eq!(text(checksum, "checksumValue").len(), 64, "{id}");
        }
    }
    let relationships = document["relationships"].as_array().expect("relationships");
    let is_known = |id: &str| id == "SPDXRef-DOCUMENT" || ids.contains(id);
    for relationship in relationships {
        for end in ["spdxElementId", "relatedSpdxElement"] {
            assert!(is_known(text(relationship, end)), "{relationship:#}");
        }
    }
    let describes = relationships
        .iter()
        .filter(|one| one["relationshipType"] == "DESCRIBES");
    assert_eq!(describes.count(), 1);
    for part in ["landbridge-cli", "tokio", "rustls", "aws-sdk-ec2"] {
        assert!(
            packages.iter().any(|package| package["name"] == part),
            "{part} is missing"
        );
    }
    assert!(
        !packages.iter().any(|package| package["name"] == "proptest"),
        "a tool of tests is no part"
    );
}
