//! Rules about the workspace itself: which crate may depend on which, and that stated facts agree everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "support/metadata.rs"]
mod metadata;

use metadata::metadata;

/// For each package its normal dependencies inside the workspace.
fn internal_dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let internal = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        dependencies
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| names.contains(name))
            .map(str::to_owned)
            .collect()
    };
    packages
        .iter()
        .map(|package| {
            (
                package["name"].as_str().unwrap_or_default().to_owned(),
                internal(package),
            )
        })
        .collect()
}

#[test]
fn crates_depend_only_on_the_layers_below_them() {
    let dependencies = internal_dependencies(&metadata());
    let allowed: &[(&str, &[&str])] = &[
        ("landbridge-core", &[]),
        ("landbridge-sim", &[]),
        ("landbridge-aliyun", &["landbridge-core"]),
        ("landbridge-aws", &["landbridge-core"]),
        ("landbridge-record", &["landbridge-core"]),
        (
            "landbridge-fleet",
            &["landbridge-core", "landbridge-aliyun", "landbridge-aws"],
        ),
        (
            "landbridge",
            &["landbridge-core", "landbridge-aliyun", "landbridge-aws"],
        ),
        (
            "landbridge-cli",
            &[
                "landbridge-core",
                "landbridge-aliyun",
                "landbridge-aws",
                "landbridge-sim",
                "landbridge-record",
                "landbridge",
            ],
        ),
        // An example: it uses what its readers would use.
        ("landbridge-onboarding", &["landbridge", "landbridge-sim"]),
    ];
    let allowed: BTreeMap<&str, &[&str]> = allowed.iter().copied().collect();
    for (package, uses) in &dependencies {
        let may_use = allowed
            .get(package.as_str())
            .unwrap_or_else(|| panic!("{package} has no rule here"));
        for used in uses {
            assert!(
                may_use.contains(&used.as_str()),
                "{package} must not depend on {used}"
            );
        }
    }
}

#[test]
fn the_facade_has_no_default_features() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let facade = packages
        .iter()
        .find(|package| package["name"] == "landbridge")
        .expect("the facade");
    assert_eq!(facade["features"]["default"], serde_json::json!([]));
}

#[test]
fn the_supported_rust_version_is_the_same_everywhere() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let versions: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["rust_version"].as_str())
        .collect();
    assert_eq!(
        versions.len(),
        1,
        "every package inherits the workspace's rust-version: {versions:?}"
    );
    let version = versions.first().expect("one");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))
        .expect("README.md");
    assert!(
        readme.contains(&format!("Rust {version}")),
        "README.md names Rust {version}"
    );
}

/// Every package that `arguments` of `cargo tree` name, as `name vVERSION`.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .map(|line| line.split(" (").next().unwrap_or_default().to_owned())
        .collect()
}

fn versions_of<'t>(tree: &'t BTreeSet<String>, package: &str) -> Vec<&'t String> {
    let prefix = format!("{package} v");
    tree.iter()
        .filter(|line| line.starts_with(&prefix))
        .collect()
}

#[test]
fn the_program_compiles_no_aws_crate() {
    let tree = tree(&["-p", "landbridge-cli"]);
    assert!(
        !tree.iter().any(|line| line.starts_with("aws-sdk-")),
        "an AWS SDK crate came in"
    );
    assert_eq!(
        versions_of(&tree, "hyper").len(),
        1,
        "the tree is really that of the program"
    );
}

#[test]
fn the_program_with_aws_signs_in_and_runs_credential_programs() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-e", "features", "--prefix", "none"])
        .args([
            "-p",
            "landbridge-cli",
            "--features",
            "aws",
            "-i",
            "aws-config",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    for feature in ["sso", "credentials-process"] {
        let line = format!("aws-config feature \"{feature}\"");
        assert!(text.contains(&line), "{feature} is missing:\n{text}");
    }
}

#[test]
fn all_features_together_bring_one_http_and_one_tls_stack() {
    let tree = tree(&["-p", "landbridge-cli", "--all-features"]);
    assert!(
        tree.iter().any(|line| line.starts_with("aws-sdk-ec2 ")),
        "the tree is really that of all features"
    );
    for package in ["hyper", "rustls", "h2", "http"] {
        let versions = versions_of(&tree, package);
        assert_eq!(versions.len(), 1, "{package} comes in {versions:?}");
    }
}

/// The verbs of the trait layer that read, open a session or run a command in an instance. Every other one writes.
const READS: &[&str] = &[
    "account_alias",
    "agents_ready",
    "analysis",
    "assume_role",
    "caller_identity",
    "cloud",
    "command_output",
    "footprint",
    "has_host_names",
    "inventory",
    "known_identity",
    "run_command",
    "service_status",
    "session_token",
    "trust_documents",
    "trust_drift",
];

fn source(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files under a folder of the workspace, without those under `but`.
fn sources(folder: &str, but: &[&str]) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if but.iter().any(|but| path.ends_with(but)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

// Functions in examples of the docs stand behind slashes and are no verbs.
fn writing_verbs() -> BTreeSet<String> {
    let texts = sources("crates/core/src/traits", &[]);
    let texts: Vec<String> = texts.iter().map(|path| source(path)).collect();
    let verbs = texts
        .iter()
        .flat_map(|text| text.split("\n    async fn ").skip(1));
    let names = verbs.filter_map(|verb| verb.split(['(', '<']).next());
    let reads = |name: &str| {
        READS.contains(&name) || name.starts_with("list_") || name.starts_with("describe_")
    };
    let writes = names.filter(|name| !reads(name));
    writes.map(str::to_owned).collect()
}

/// Backends and the memory cloud implement the verbs, the conformance suite tries them, and `object` is what the engine
/// lets through its gate.
#[test]
fn nothing_but_the_steps_of_the_engine_calls_a_verb_that_writes() {
    let verbs = writing_verbs();
    for known in [
        "create_network",
        "revoke_grant",
        "ensure_user",
        "run_instance",
    ] {
        assert!(verbs.contains(known), "{known} was not found: {verbs:?}");
    }
    let calls = |path: &PathBuf| {
        let text = source(path);
        let call = |verb: &&String| {
            text.contains(&format!(".{verb}(")) || text.contains(&format!("::{verb}("))
        };
        verbs.iter().filter(call).cloned().collect::<Vec<_>>()
    };
    // A trait's default for several routes calls the verb for one.
    let core = &[
        "core/src/object",
        "core/src/memory",
        "core/src/conformance",
        "core/src/traits/routing.rs",
    ];
    let mut callers = Vec::new();
    for (folder, but) in [
        ("crates/core/src", &core[..]),
        ("crates/cli/src", &[]),
        ("src", &[]),
    ] {
        for path in sources(folder, but) {
            let calls = calls(&path);
            if !calls.is_empty() {
                callers.push(format!("{}: {}", path.display(), calls.join(", ")));
            }
        }
    }
    assert!(callers.is_empty(), "{}", callers.join("\n"));
    // The scan sees calls where there are some.
    let steps = sources("crates/core/src/object", &[]);
    assert!(steps.iter().flat_map(calls).count() >= verbs.len());
}

/// The files that `cargo package` would put into the package of a crate.
fn packaged(package: &str) -> BTreeSet<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args([
            "package",
            "--list",
            "--offline",
            "--allow-dirty",
            "-p",
            package,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{package}: {errors}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(PathBuf::from).collect()
}

/// The files that a source file takes in when it is compiled, with the number of the line that says so. Modules of tests
/// may be anywhere: a package is built without them.
fn taken_in(text: &str) -> Vec<(usize, String)> {
    let mut taken = Vec::new();
    let mut before = "";
    for (index, line) in text.lines().enumerate() {
        let is_of_tests = before.trim_start().starts_with("#[cfg(test)]");
        for start in [
            "include_str!(\"",
            "include_bytes!(\"",
            "include!(\"",
            "#[path = \"",
        ] {
            let is_module = start.starts_with('#');
            let rest = line
                .split(start)
                .nth(1)
                .filter(|_| !(is_module && is_of_tests));
            taken.extend(
                rest.and_then(|rest| rest.split('"').next())
                    .map(|path| (index + 1, path.to_owned())),
            );
        }
        before = line;
    }
    taken
}

/// A path without `..`, relative to where it began; `None` if it leads out of there.
fn within(path: &Path) -> Option<PathBuf> {
    let mut parts: Vec<&std::ffi::OsStr> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(parts.pop()?),
            std::path::Component::Normal(part) => parts.push(part),
            _ => {}
        }
    }
    Some(parts.iter().collect())
}

#[test]
fn packages_hold_every_file_that_they_are_built_from() {
    let metadata = metadata();
    let mut seen = 0;
    let packages = metadata["packages"].as_array().expect("packages").iter();
    // An example is never published.
    for package in packages.filter(|package| package["publish"] != serde_json::json!([])) {
        let name = package["name"].as_str().expect("a name");
        let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
        let root = manifest.parent().expect("a folder");
        let files = packaged(name);
        for wanted in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            assert!(
                files.contains(Path::new(wanted)),
                "{name}: {wanted} is not in the package"
            );
        }
        for field in ["description", "license", "readme"] {
            assert!(package[field].is_string(), "{name}: no {field}");
        }
        let sources = files
            .iter()
            .filter(|file| file.starts_with("src") && file.extension() == Some("rs".as_ref()));
        for file in sources {
            for (line, path) in taken_in(&source(&root.join(file))) {
                let target = within(&file.parent().expect("a folder").join(&path));
                let is_there = target.is_some_and(|target| files.contains(&target));
                assert!(
                    is_there,
                    "{name}: {}:{line} takes in {path}, which is not in the package",
                    file.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "the scan sees what is taken in: {seen}");
}

/// Crates that are published name the version of each crate that they are published with.
#[test]
fn dependencies_inside_the_workspace_have_a_version() {
    let metadata = metadata();
    for package in metadata["packages"].as_array().expect("packages") {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let of_workspace = dependency["path"].is_string();
            assert!(
                !of_workspace || dependency["req"] != "*",
                "{} depends on {} without a version",
                package["name"],
                dependency["name"]
            );
        }
    }
}
