//! Pages that are written from the source. `LANDBRIDGE_BLESS=1 cargo test --all-features --test guide` writes them.

use std::fmt::Write;

use landbridge::aliyun::Aliyun;
use landbridge::aws::Aws;
use landbridge::core::topology::json_schema;
use landbridge::core::{Capabilities, CloudProvider};
use serde_json::Value;

use crate::{read, root};

fn hold(file: &str, made: &str) {
    let path = root().join("docs").join(file);
    if std::env::var_os("LANDBRIDGE_BLESS").is_some() {
        std::fs::write(&path, made).expect("it can be written");
    }
    assert!(
        path.is_file() && read(&path) == made,
        "docs/{file} is stale: run this test with LANDBRIDGE_BLESS=1"
    );
}

#[test]
fn the_published_schema_is_that_of_the_program() {
    let schema = serde_json::to_string_pretty(&json_schema()).expect("JSON");
    hold("topology.schema.json", &format!("{schema}\n"));
}

const HEAD: &str = "\
# Permissions

Every permission that Landbridge uses, by cloud and by what it is for. A topology needs few of them:

```sh
landbridge plan net.yaml                                  # ends with those of the plan, by account
landbridge plan net.yaml --format json                    # those of each step
landbridge trust ensure --in ACCOUNT --role NAME --trust ACCOUNT_ID --plan-of net.yaml   # a role with those of the topology
```

In Rust, `trust::actions_of` and `trust::life_actions`. Without a permission to read something that not every topology has,
Landbridge says what it did not read.

Written from the backends by `LANDBRIDGE_BLESS=1 cargo test --all-features --test guide`.
";

fn section(text: &mut String, cloud: &str, capabilities: &Capabilities) {
    let data = serde_json::to_value(capabilities).expect("JSON");
    let _ = write!(
        text,
        "\n## {cloud}\n\n| for | permissions |\n| --- | --- |\n"
    );
    for (what, member) in [
        ("reading", "read_permissions"),
        ("pings", "probe_permissions"),
    ] {
        row(text, what, &data[member]);
    }
    steps(text, "", &data["permissions"]);
    steps(text, " over a peering of others", &data["mark_permissions"]);
    row(
        text,
        "reading, with an edge",
        &data["edge_read_permissions"],
    );
    steps(text, ", with an edge", &data["edge_permissions"]);
}

fn steps(text: &mut String, condition: &str, by_step: &Value) {
    for (step, actions) in by_step.as_object().into_iter().flatten() {
        row(text, &format!("`{step}`{condition}"), actions);
    }
}

fn row(text: &mut String, what: &str, actions: &Value) {
    let actions = actions.as_array().into_iter().flatten();
    let actions: Vec<String> = actions
        .filter_map(|action| Some(format!("`{}`", action.as_str()?)))
        .collect();
    if !actions.is_empty() {
        let _ = writeln!(text, "| {what} | {} |", actions.join(", "));
    }
}

#[test]
fn the_page_of_all_permissions_is_that_of_the_backends() {
    let aliyun = Aliyun::builder().build().expect("builds");
    let aws = Aws::builder().build().expect("builds");
    let mut text = HEAD.to_owned();
    section(&mut text, "Alibaba Cloud", aliyun.capabilities());
    section(&mut text, "AWS", aws.capabilities());
    for known in ["`vpc:CreateVpc`", "`ec2:CreateVpc`", "`ecs:RunCommand`"] {
        assert!(text.contains(known), "{known} is missing");
    }
    hold("PERMISSIONS.md", &text);
}
