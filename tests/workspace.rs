//! Rules about the workspace itself: which crate may depend on which, and that stated facts agree everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

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
                "landbridge",
            ],
        ),
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

/// What the program pulls in, as resolved for its default features.
fn tree_of_the_program() -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "-p",
            "landbridge-cli",
            "-e",
            "normal",
            "--prefix",
            "none",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_program_compiles_no_aws_crate_and_one_http_stack() {
    let tree = tree_of_the_program();
    assert!(!tree.contains("aws-sdk-"), "an AWS SDK crate came in");
    assert!(!tree.contains("hyper v0."), "the legacy HTTP stack came in");
    assert!(
        tree.contains("hyper v1."),
        "the tree is really that of the program"
    );
}
