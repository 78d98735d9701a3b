//! `cost`, `prices`, the cost behind a plan, and models that are left open.

use serde_json::Value;

use crate::common::{A, B, World, changed, example, landbridge, path, run};

/// A file with some text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

/// Traffic between regions of mainland China had another price once.
const EARLIER: &str = "format: 1
date: 2026-11-28
base: built-in
prices:
  - { cloud: aliyun, item: region-transfer, from: [\"cn-*\"], to: [\"cn-*\"], unit: gb, amount: 0.600, currency: CNY,
      source: an earlier calculation, verified: false }
";

#[test]
fn the_example_costs_what_was_reckoned_for_it() {
    let prices = file(EARLIER);
    let run = landbridge(&["cost", &example(), "--simulate", "--prices", path(&prices)]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    for told in [
        "each hour: 1.299 CNY (948.270 CNY in 730 hours)",
        "a (aliyun 1234567890123456): 1.216 CNY",
        "1.050 CNY (3 x 0.350 CNY)  attachments to backbone: vpc1, vpc2, vpc3",
        "b (aliyun 1234567890123457): 0.083 CNY",
        "0.130 CNY  sent into attachments to backbone: vpc1, vpc2, vpc3",
        "0.600 CNY  from cn-hangzhou to cn-qingdao",
        "a: disks cloud_efficiency of 40 GB: ecs1, ecs3, each GB and month",
        "UNVERIFIED",
    ] {
        assert!(run.stdout.contains(told), "`{told}` is missing: {run:#?}");
    }
}

#[test]
fn the_document_of_a_cost_has_amounts_as_text() {
    let run = landbridge(&["--format", "json", "cost", &example(), "--simulate"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let document = run.document();
    assert_eq!(document["command"], "cost");
    assert_eq!(document["cost"]["hourly"]["CNY"], "1.299");
    assert_eq!(document["cost"]["accounts"][1]["hourly"]["CNY"], "0.083");
    assert!(document["cost_change"].is_null(), "{document:#}");
}

#[test]
fn a_plan_ends_with_its_cost() {
    let run = landbridge(&["plan", &example(), "--simulate"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let (plan, cost) = (
        run.stdout.find("plan for "),
        run.stdout.find("cost of cen-two"),
    );
    assert!(plan.is_some() && plan < cost, "{run:#?}");
    assert!(
        run.stdout.contains("the plan adds 1.299 CNY each hour"),
        "{run:#?}"
    );
}

#[test]
fn a_member_owner_pays_where_the_file_says_so() {
    let file = changed("payer: hub-owner", "payer: member-owner");
    let run = landbridge(&["cost", path(&file), "--simulate"]);
    assert!(
        run.stdout
            .contains("b (aliyun 1234567890123457): 0.433 CNY"),
        "{run:#?}"
    );
}

#[test]
fn the_table_is_shown_and_read_again() {
    let shown = landbridge(&["prices"]);
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    assert!(
        shown
            .stdout
            .contains("aliyun attachment in area:mainland\n    0.350 CNY each hour\n"),
        "{shown:#?}"
    );
    assert!(shown.stdout.contains("undated; UNVERIFIED"), "{shown:#?}");
    let document = landbridge(&["prices", "--format", "json"]).document();
    let own = file(&document["prices"].to_string());
    let again = landbridge(&["prices", "--format", "json", "--prices", path(&own)]);
    assert_eq!(again.document()["prices"], document["prices"]);
}

#[test]
fn a_bad_table_is_refused_before_a_cloud_is_asked() {
    let world = World::start();
    let bad = file(&EARLIER.replace("unit: gb", "untt: gb"));
    let topology = topology("auto");
    let told = format!("{}:5:", path(&bad));
    let refused =
        run(world
            .client()
            .args(["apply", path(&topology), "--yes", "--prices", path(&bad)]));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(refused.stderr.contains(&told), "{refused:#?}");
    assert!(
        refused.stderr.contains("invalid key `untt`"),
        "{refused:#?}"
    );
    assert_eq!(refused.stdout, "");
    assert_eq!(world.simulator.calls().len(), 0);
    let missing = landbridge(&["prices", "--prices", "no-such-table.yaml"]);
    assert_eq!(missing.code, Some(2), "{missing:#?}");
    assert!(
        missing
            .stderr
            .contains("cannot read price table `no-such-table.yaml`"),
        "{missing:#?}"
    );
}

/// Two networks of two accounts in one region.
fn topology(model: &str) -> tempfile::NamedTempFile {
    let network = |name: &str, account: &str, number: u8| {
        format!(
            "{{ name: {name}, account: {account}, region: cn-hangzhou, range: 10.{number}.0.0/16, subnets: [
      {{ name: h, zone: cn-hangzhou-h, range: 10.{number}.1.0/24 }}, {{ name: i, zone: cn-hangzhou-i, range: 10.{number}.2.0/24 }}] }}"
        )
    };
    file(&format!(
        "name: shop
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }}, open-services: true }}
  - {{ name: b, cloud: aliyun, id: \"{B}\", credentials: {{ env: B }}, open-services: true }}
networks:
  - {}
  - {}
interconnects: [{{ name: pair, owner: a, model: {model}, members: [left, right] }}]
",
        network("left", "a", 1),
        network("right", "b", 2)
    ))
}

/// With these prices peerings cost more than attachments.
const DEAR_PEERINGS: &str = "format: 1
date: 2026-11-28
base: built-in
prices:
  - { cloud: aliyun, item: peering, unit: hour, amount: 5, currency: CNY, source: nowhere, verified: false }
  - { cloud: aliyun, item: local-transfer, unit: gb, amount: 5, currency: CNY, source: nowhere, verified: false }
";

fn chosen(document: &Value) -> (&str, &str) {
    let chosen = &document["models"][0];
    let word = |key: &str| chosen[key].as_str().expect("a word");
    (word("model"), word("reason"))
}

#[test]
fn prices_choose_the_model_and_what_is_built_stays() {
    let dear = file(DEAR_PEERINGS);
    for (prices, model) in [(None, "mesh"), (Some(path(&dear)), "hub")] {
        let world = World::start();
        let topology = topology("auto");
        let json = |command: &str, prices: Option<&str>| {
            let mut client = world.client();
            client.args(["--format", "json", "--yes", command, path(&topology)]);
            run(client.args(prices.map(|file| format!("--prices={file}"))))
        };
        let applied = json("apply", prices);
        assert_eq!(applied.code, Some(0), "{applied:#?}");
        assert_eq!(chosen(&applied.document()), (model, "cost"));
        // Whatever the prices become.
        for prices in [None, Some(path(&dear))] {
            let again = json("plan", prices).document();
            assert_eq!(chosen(&again), (model, "in-use"));
            assert_eq!(again["plan"]["steps"], serde_json::json!([]), "{again:#}");
        }
        for command in ["verify", "drift", "destroy"] {
            let run = json(command, None);
            assert_eq!(run.code, Some(0), "{command}: {run:#?}");
        }
        let left: Vec<String> = world
            .simulator
            .alive()
            .iter()
            .map(|one| one.kind.to_string())
            .collect();
        assert_eq!(left, [""; 0]);
    }
}

#[test]
fn the_choice_is_told_with_its_comparison() {
    let topology = topology("auto");
    let plan = landbridge(&["plan", path(&topology), "--simulate"]);
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    for told in [
        "model of interconnect pair: mesh, because it costs less",
        "0.700 CNY each hour",
        "0.130 CNY each GB inside cn-hangzhou",
    ] {
        assert!(plan.stdout.contains(told), "`{told}` is missing: {plan:#?}");
    }
    let named = self::topology("hub");
    let plan = landbridge(&["plan", path(&named), "--simulate"]);
    assert!(!plan.stdout.contains("model of interconnect"), "{plan:#?}");
}

#[test]
fn a_saved_plan_keeps_the_model_that_was_chosen() {
    let world = World::start();
    let topology = topology("auto");
    let dear = file(DEAR_PEERINGS);
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("net.plan");
    let saved = saved.to_str().expect("UTF-8");
    let plan = run(world
        .client()
        .args(["plan", path(&topology), "--out", saved]));
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    let apply = run(world
        .client()
        .args(["apply", saved, "--yes", "--prices", path(&dear)]));
    assert_eq!(apply.code, Some(0), "{apply:#?}");
    assert!(
        world
            .writes()
            .contains(&"CreateVpcPeerConnection".to_owned())
    );
}
