//! `prices --refresh`: what vendors are asked, what becomes of the answers, and what is told of the rest.

use std::process::Command;

use landbridge_sim::AccountSpec;

use crate::common::{A, B, Run, World, example, landbridge, path, run};

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

const NO_PRICES: &str = r#"{"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": "ecs:DescribePrice", "Resource": "*"}]}"#;
const NO_PRICE_LIST: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": "pricing:*", "Resource": "*"}]}"#;

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

/// A place for a table that is not there yet.
fn table() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("prices.yaml");
    let table = table.to_str().expect("UTF-8").to_owned();
    (folder, table)
}

/// A topology of two accounts with an instance and a disk in each of two regions.
fn topology(cloud: &str, [one, two]: [&str; 2], [here, there]: [&str; 2], kinds: &str) -> String {
    let network = |name: &str, account: &str, region: &str, number: u8| {
        let zone = match cloud {
            "aws" => format!("{region}a"),
            _ => format!("{region}-h"),
        };
        format!(
            "{{ name: {name}, account: {account}, region: {region}, range: 10.{number}.0.0/16,
       subnets: [{{ name: s, zone: {zone}, range: 10.{number}.1.0/24 }}] }}"
        )
    };
    let instance = |name: &str, network: &str| {
        format!("{{ name: {name}, subnet: {network}/s, image: m-1, firewalls: [f], {kinds} }}")
    };
    format!(
        "name: shop
accounts:
  - {{ name: a, cloud: {cloud}, id: \"{one}\", credentials: {{ env: {a} }} }}
  - {{ name: b, cloud: {cloud}, id: \"{two}\", credentials: {{ env: {b} }} }}
networks:
  - {}
  - {}
interconnects: [{{ name: pair, owner: a, model: mesh, members: [left, right] }}]
firewalls: [{{ name: f, networks: [left, right], rules: [{{ allow: icmp, from: [10.0.0.0/8] }}] }}]
instances:
  - {}
  - {}
",
        network("left", "a", here, 1),
        network("right", "b", there, 2),
        instance("i", "left"),
        instance("j", "right"),
        a = if cloud == "aws" { "ONE" } else { "A" },
        b = if cloud == "aws" { "TWO" } else { "B" },
    )
}

fn on_aliyun() -> tempfile::NamedTempFile {
    let kinds = "type: ecs.g7.large, disk: { category: cloud_essd, size_gib: 40 }";
    file(&topology(
        "aliyun",
        [A, B],
        ["cn-hangzhou", "cn-qingdao"],
        kinds,
    ))
}

#[track_caller]
fn assert_told(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stdout.contains(part), "`{part}` is missing: {run:#?}");
    }
}

#[test]
fn prices_of_alibaba_cloud_are_refreshed_and_used() {
    let world = World::start();
    let (topology, (_folder, table)) = (on_aliyun(), table());
    let asked = run(world
        .client()
        .args(["prices", "--refresh", path(&topology), "--out", &table]));
    assert_eq!(asked.code, Some(0), "{asked:#?}");
    assert_told(
        &asked,
        &[
            "4 refreshed, ",
            "aliyun instance ecs.g7.large in cn-hangzhou\n    0.540 CNY each hour\n    ECS DescribePrice, ecs.g7.large, list price, 20",
            "aliyun disk cloud_essd in cn-qingdao\n    0.438 CNY each GB and month; 0.024 each hour for all of it",
            "not refreshed, because the product code in the price interface (BssOpenApi) is not verified:",
            "aliyun region-transfer cn-hangzhou -> cn-qingdao, each GB: keeps 0.480 CNY (billing page of VPC, CDT, 2026)",
        ],
    );
    // Nothing but prices and identities was asked.
    let mut actions: Vec<String> = world
        .simulator
        .calls()
        .into_iter()
        .map(|call| call.action)
        .collect();
    actions.sort();
    actions.dedup();
    assert_eq!(actions, ["DescribePrice", "GetCallerIdentity"]);
    let cost = landbridge(&["cost", path(&topology), "--simulate", "--prices", &table]);
    assert_told(
        &cost,
        &[
            "each hour: 1.128 CNY",
            "0.540 CNY  instances ecs.g7.large: i",
            "0.024 CNY (0.438 CNY for a GB and month)  disks cloud_essd of 40 GB: i",
            // The built-in price is kept.
            "0.480 CNY  from cn-hangzhou to cn-qingdao",
        ],
    );
}

#[test]
fn an_account_without_the_permission_is_told_and_the_others_go_on() {
    let mut world = World::start();
    world.provision("B", AccountSpec::new("aliyun", B).policy(NO_PRICES));
    let (topology, (_folder, table)) = (on_aliyun(), table());
    let mut client = world.client();
    client.args(["--format", "json", "prices", "--refresh", path(&topology)]);
    let asked = run(client.args(["--out", &table]));
    assert_eq!(asked.code, Some(6), "{asked:#?}");
    let document = asked.document();
    assert_eq!(document["refresh"]["refreshed"], 2, "{document:#}");
    let failed = document["refresh"]["not_refreshed"]
        .as_array()
        .expect("a list");
    let failed: Vec<_> = failed.iter().filter(|one| one["failed"] == true).collect();
    assert_eq!(failed.len(), 2, "{document:#}");
    for one in failed {
        assert_eq!(one["region"], "cn-qingdao", "{one:#}");
        let reason = one["reason"].as_str().expect("a text");
        assert!(
            reason.starts_with("permission denied (DescribePrice in aliyun:"),
            "{reason}"
        );
    }
    // The section is the table that was written.
    let read = landbridge(&["--format", "json", "prices", "--prices", &table]);
    let first = &read.document()["prices"]["prices"][0];
    assert_eq!(*first, document["prices"]["prices"][0]);
    assert_eq!(document["prices"]["base"], "built-in");
}

#[test]
fn a_file_is_replaced_with_consent_only_and_never_by_nothing() {
    let world = World::start();
    let (topology, old) = (on_aliyun(), file("mine"));
    let refresh = |world: &World, more: &[&str]| {
        let mut client = world.client();
        client.args(["prices", "--refresh", path(&topology), "--out", path(&old)]);
        run(client.args(more))
    };
    let refused = refresh(&world, &[]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(refused.stderr.contains("--yes"), "{refused:#?}");
    let text = || std::fs::read_to_string(old.path()).expect("a text");
    assert_eq!(text(), "mine");
    let mut barred = World::start();
    for (prefix, id) in [("A", A), ("B", B)] {
        let spec = AccountSpec::new("aliyun", id).policy(NO_PRICES);
        barred.provision(prefix, spec);
    }
    let nothing = refresh(&barred, &["--yes"]);
    assert_eq!(nothing.code, Some(6), "{nothing:#?}");
    assert_told(&nothing, &["not written, because no price was refreshed"]);
    assert_eq!(text(), "mine");
    let replaced = refresh(&world, &["--yes"]);
    assert_eq!(replaced.code, Some(0), "{replaced:#?}");
    assert!(text().contains("DescribePrice"), "{}", text());
}

#[test]
fn a_refresh_takes_no_other_table_and_a_table_needs_a_refresh() {
    let own = file("format: 1\ndate: 2026-11-28\nprices: []\n");
    let both = landbridge(&["prices", "--refresh", &example(), "--prices", path(&own)]);
    assert_eq!(both.code, Some(2), "{both:#?}");
    assert!(both.stderr.contains("leave out `--prices`"), "{both:#?}");
    let alone = landbridge(&["prices", "--out", "x.yaml"]);
    assert_eq!(alone.code, Some(2), "{alone:#?}");
}

/// The program with keys of two accounts of AWS, the second of which may be restricted.
#[cfg(feature = "aws")]
fn on_aws(world: &mut World, restriction: Option<&str>) -> Command {
    world.provision("ONE", AccountSpec::new("aws", ONE));
    let two = AccountSpec::new("aws", TWO);
    world.provision(
        "TWO",
        match restriction {
            Some(policy) => two.policy(policy),
            None => two,
        },
    );
    let mut client = world.client();
    let endpoint = format!("aws={}", world.simulator.url());
    client.args(["--endpoint", &endpoint]);
    client
}

#[cfg(feature = "aws")]
fn mesh() -> tempfile::NamedTempFile {
    let kinds = "type: t3.nano, disk: { category: gp3, size_gib: 8 }";
    let regions = ["us-east-1", "ap-northeast-1"];
    file(&topology("aws", [ONE, TWO], regions, kinds))
}

#[cfg(feature = "aws")]
#[test]
fn prices_of_aws_are_refreshed_and_used() {
    let (mut world, topology, (_folder, table)) = (World::start(), mesh(), table());
    let mut client = on_aws(&mut world, None);
    let asked = run(client.args(["prices", "--refresh", path(&topology), "--out", &table]));
    assert_eq!(asked.code, Some(0), "{asked:#?}");
    assert_told(
        &asked,
        &[
            "6 refreshed, ",
            "aws instance t3.nano in us-east-1\n    0.006 USD each hour\n    Price List GetProducts, AmazonEC2 ",
            "aws disk gp3 in ap-northeast-1\n    0.0968 USD each GB and month\n",
            "aws region-transfer ap-northeast-1 -> us-east-1\n    0.091 USD each GB; the first of 2 tiers, up to 10240 GB; ",
            "not refreshed, because its product in the price list is not known:\n    aws network in us-east-1, each hour: keeps 0 USD (general knowledge; undated; UNVERIFIED)",
        ],
    );
    let calls = world.simulator.calls();
    let calls: Vec<_> = calls
        .iter()
        .filter(|call| call.action == "GetProducts")
        .collect();
    assert_eq!(calls.len(), 6);
    assert!(calls.iter().all(|call| call.region == "us-east-1"));
    let cost = landbridge(&["cost", path(&topology), "--simulate", "--prices", &table]);
    assert_told(
        &cost,
        &[
            "0.006 USD  instances t3.nano: i",
            "0.0066 USD  instances t3.nano: j",
            "0.091 USD  from ap-northeast-1 to us-east-1",
        ],
    );
}

#[cfg(feature = "aws")]
#[test]
fn an_account_of_aws_without_the_permission_is_told() {
    let (mut world, topology) = (World::start(), mesh());
    let mut client = on_aws(&mut world, Some(NO_PRICE_LIST));
    let asked = run(client.args(["prices", "--refresh", path(&topology)]));
    assert_eq!(asked.code, Some(6), "{asked:#?}");
    assert_told(
        &asked,
        &[
            "3 refreshed, ",
            "not refreshed, because permission denied (GetProducts in aws:222222222222:ap-northeast-1)",
            "[AccessDeniedException]",
            "aws instance t3.nano in ap-northeast-1, each hour: no price",
            "aws region-transfer ap-northeast-1 -> us-east-1, each GB: keeps 0.090 USD (Infracost test data, 2024-09-25; UNVERIFIED)",
        ],
    );
}
