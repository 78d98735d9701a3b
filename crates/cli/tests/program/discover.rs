//! What exists in accounts and regions, and what Landbridge made of it.

use landbridge_sim::AccountSpec;

use crate::common::{A, B, Server, World, example, run};

/// A simulator in which the example is up.
fn applied() -> Server {
    let server = Server::start();
    let run = run(server
        .client([0, 1])
        .args(["apply", "--yes", "--no-verify", &example()])
        .env("LANDBRIDGE_PASSWORD", "Canary-7-secret"));
    assert_eq!(run.code, Some(0), "{run:#?}");
    server
}

const PLACES: [&str; 2] = [
    "aliyun:env-LANDBRIDGE_A@cn-hangzhou,cn-qingdao",
    "aliyun:env-LANDBRIDGE_B@cn-hangzhou",
];

#[test]
fn everything_is_shown_as_a_table_and_as_json() {
    let server = applied();
    let text = run(server.client([0, 1]).arg("discover").args(PLACES));
    assert_eq!(text.code, Some(0), "{text:#?}");
    for expected in [
        "KIND",
        "172.16.0.0/16",
        "topology cen-two-accounts (network/vpc1)",
        "attachment/backbone/vpc2",
    ] {
        assert!(text.stdout.contains(expected), "{expected}: {text:#?}");
    }
    let json = run(server
        .client([0, 1])
        .args(["--format", "json", "discover"])
        .args(PLACES));
    assert_eq!(json.code, Some(0), "{json:#?}");
    let inventories = &json.document()["discovery"]["inventories"];
    assert_eq!(inventories.as_array().map(Vec::len), Some(3));
    assert_eq!(inventories[0]["networks"][0]["ranges"][0], "172.16.0.0/16");
}

#[test]
fn the_status_needs_no_topology_file() {
    let server = applied();
    let all = run(server.client([0, 1]).arg("status").args(PLACES));
    assert_eq!(all.code, Some(0), "{all:#?}");
    assert!(
        all.stdout.contains("topology cen-two-accounts: "),
        "{all:#?}"
    );
    let one = run(server
        .client([0, 1])
        .args(["status", "--topology", "cen-two-accounts"])
        .args(PLACES));
    assert!(one.stdout.contains("instance/ecs2"), "{one:#?}");
    let none = run(server
        .client([0, 1])
        .args(["status", "--topology", "other"])
        .args(PLACES));
    assert!(
        none.stdout.contains("nothing of topology `other`"),
        "{none:#?}"
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_reason_and_the_rest_is_shown() {
    let mut world = World::start();
    let denied = r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ecs:DescribeInstances", "Resource": "*"}]}"#;
    world.provision("LIMITED", AccountSpec::new("aliyun", A).policy(denied));
    let wrong = format!("aliyun:env-B={A}@cn-hangzhou");
    let run = run(world.client().args([
        "--format",
        "json",
        "discover",
        "aliyun:env-LIMITED@cn-hangzhou",
        &wrong,
    ]));
    assert_eq!(run.code, Some(6), "{run:#?}");
    let document = run.document();
    let missing = document["not_read"].as_array().expect("a list");
    assert_eq!(missing.len(), 2, "{document:#}");
    let text = document["not_read"].to_string();
    for expected in [
        "instances of aliyun:",
        "DescribeInstances",
        "account aliyun:env-B=",
        B,
    ] {
        assert!(text.contains(expected), "{expected}: {document:#}");
    }
}

#[test]
fn nothing_readable_at_all_is_an_error() {
    let world = World::start();
    let wrong = format!("aliyun:env-B={A}@cn-hangzhou");
    let run = run(world.client().args(["discover", &wrong]));
    assert_eq!(run.code, Some(2), "{run:#?}");
}

#[test]
fn what_exists_is_written_as_a_topology_with_an_empty_plan() {
    let server = applied();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("found.yaml");
    let file = file.to_str().expect("UTF-8");
    let written = run(server
        .client([0, 1])
        .args(["discover", "--out", file])
        .args(PLACES));
    assert_eq!(written.code, Some(0), "{written:#?}");
    assert!(written.stdout.contains(": 3 networks"), "{written:#?}");
    let text = std::fs::read_to_string(file).expect("it was written");
    assert!(text.contains("# 172.16.0.0/16, 2 subnets"), "{text}");
    let plan = run(server.client([0, 1]).args(["plan", file]));
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    assert!(plan.stdout.contains("nothing to do"), "{plan:#?}");

    let again = run(server
        .client([0, 1])
        .args(["discover", "--out", file])
        .args(PLACES));
    assert_eq!(again.code, Some(3), "{again:#?}");
    assert!(
        again.stderr.contains("exists: name another one"),
        "{again:#?}"
    );
    assert_eq!(std::fs::read_to_string(file).expect("it is there"), text);
}

#[test]
fn a_lost_topology_file_is_written_anew() {
    let server = applied();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("found.yaml");
    let file = file.to_str().expect("UTF-8");
    let name = ["--topology", "cen-two-accounts"];
    let written = run(server
        .client([0, 1])
        .args(["status", "--out", file])
        .args(name)
        .args(PLACES));
    assert_eq!(written.code, Some(0), "{written:#?}");
    let text = std::fs::read_to_string(file).expect("it was written");
    let plan = run(server.client([0, 1]).args(["plan", file]));
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    let empty = "plan for cen-two-accounts: nothing to do";
    assert!(plan.stdout.contains(empty), "{plan:#?}\n{text}");

    let without = run(server
        .client([0, 1])
        .args(["status", "--out", "x.yaml"])
        .args(PLACES));
    assert_eq!(without.code, Some(2), "{without:#?}");
}
