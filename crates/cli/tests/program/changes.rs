//! What is up and changes: drift, new names, replacement, protection, and what refuses a deletion.

use std::sync::Arc;

use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::topology::Topology;
use landbridge_core::{
    Cloud, CreateGroup, CreateRoute, Direction, GroupId, Inventory, Label, Observation, Owner,
    Protocol, Rule, RulePeer, Scope, Token,
};
use landbridge_sim::{FaultEffect, FaultRule};
use serde_json::{Value, json};

use crate::common::{A, B, Run, World, engine, place, run, runtime};

/// Two peered networks of two accounts, with a security group in each.
fn topology() -> String {
    let network = |name: &str, account: &str, number: u8| {
        format!(
            "{{ name: {name}, account: {account}, region: cn-hangzhou, range: 10.{number}.0.0/16, subnets: [
      {{ name: h, zone: cn-hangzhou-h, range: 10.{number}.1.0/24 }}] }}"
        )
    };
    format!(
        "name: shop
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
  - {{ name: b, cloud: aliyun, id: \"{B}\", credentials: {{ env: B }} }}
networks:
  - {}
  - {}
interconnects:
  - {{ name: pair, owner: a, model: mesh, members: [left, right] }}
firewalls:
  - {{ name: probe, networks: [left, right], rules: [{{ allow: icmp, from: [\"members:pair\"] }}] }}
",
        network("left", "a", 1),
        network("right", "b", 2)
    )
}

/// The topology with other text in it.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(topology(), |text, (from, to)| {
        assert!(text.contains(from), "no `{from}` in {text}");
        text.replace(from, to)
    })
}

struct Shop {
    world: World,
    file: tempfile::NamedTempFile,
}

impl Shop {
    fn empty() -> Self {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let shop = Self {
            world: World::start(),
            file,
        };
        shop.write(&topology());
        shop
    }

    /// The topology, applied.
    fn up() -> Self {
        let shop = Self::empty();
        shop.applies(plan);
        shop
    }

    fn write(&self, text: &str) {
        std::fs::write(self.file.path(), text).expect("it can be written");
    }

    fn run(&self, command: &str, options: &[&str]) -> Run {
        let mut program = self.world.client();
        run(program.arg(command).arg(self.file.path()).args(options))
    }

    /// Runs a command that must end with `code` and write nothing.
    fn reads(&self, command: &str, options: &[&str], code: i32) -> Run {
        let writes = self.world.writes().len();
        let run = self.run(command, options);
        assert_eq!(run.code, Some(code), "{run:#?}");
        assert_eq!(self.world.writes().len(), writes, "{run:#?}");
        run
    }

    /// Nothing is left to do, and nothing differs.
    fn is_settled(&self) {
        let plan = self.reads("plan", &["--format", "json"], 0).document();
        assert_eq!(plan["plan"]["steps"], json!([]), "{plan:#}");
        self.reads("drift", &[], 0);
    }

    /// Applies a plan for the file with an engine that waits for less time than the program.
    fn applies(&self, plan: impl Fn(&Topology, &Observation) -> Plan) {
        let topology = Topology::from_file(self.file.path()).expect("it is one");
        let engine = engine(&self.world);
        runtime().block_on(async {
            let observation = engine.observe(&topology).await.expect("observed");
            let plan = plan(&topology, &observation);
            engine.apply(&plan).await.expect("it can be applied");
        });
    }

    fn destroys(&self) {
        self.applies(plan_destroy);
        assert_eq!(self.alive(), [""; 0]);
    }

    /// Everything that has tags and is not gone, by kind and ID.
    fn alive(&self) -> Vec<String> {
        let alive = self.world.simulator.alive().into_iter();
        let alive = alive.map(|entry| format!("{} {}", entry.kind, entry.id));
        let mut alive: Vec<String> = alive.collect();
        alive.sort();
        alive
    }

    /// Account A as others use it, and what is there.
    fn as_a<T>(&self, act: impl AsyncFnOnce(Arc<dyn Cloud>, Inventory) -> T) -> T {
        let engine = engine(&self.world);
        runtime().block_on(async {
            let cloud = engine.cloud(&place(A)).await.expect("A is known");
            let everything = cloud.inventory(&Scope::new("shop")).await;
            act(cloud, everything.expect("an inventory")).await
        })
    }

    /// A rule of others in the group of account A.
    fn add_rule(&self) {
        let range = "192.168.0.0/16".parse().expect("a range");
        let peer = RulePeer::Range(range);
        let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, None, peer);
        self.as_a(async move |cloud, here| {
            let group = here.groups[0].id.clone();
            let added = cloud.authorize_rules(&group, "others", &[rule]).await;
            added.expect("a rule");
        });
    }

    /// A route of others over the peering.
    fn add_route(&self) {
        self.as_a(async |cloud, here| {
            let networks = [here.networks[0].id.clone()];
            let tables = cloud.list_route_tables(&networks).await.expect("tables");
            let to = "10.77.0.0/16".parse().expect("a range");
            let route = CreateRoute::new(tables[0].id.clone(), to, here.peerings[0].id.clone());
            cloud.create_route(&route).await.expect("a route");
        });
    }

    /// A security group of others in the network of account A.
    fn add_group(&self) -> GroupId {
        self.as_a(async |cloud, here| {
            let owner = Owner::new("others", "group/web");
            let label = Label::new("web", owner, Token::derive(&["web"]));
            let request = CreateGroup::new(label, here.networks[0].id.clone());
            cloud.create_group(&request).await.expect("a group").id
        })
    }

    fn delete_group(&self, group: &GroupId) {
        self.as_a(async |cloud, _| cloud.delete_group(group).await.expect("deleted"));
    }
}

/// Kind and key of all that a drift report tells.
fn told(document: &Value) -> Vec<(String, String)> {
    let entries = document["drift"]["entries"].as_array().expect("a list");
    let text = |entry: &Value, name: &str| entry[name].as_str().expect("text").to_owned();
    assert!(entries.iter().all(|entry| !text(entry, "mend").is_empty()));
    let entries = entries.iter();
    entries
        .map(|entry| (text(entry, "kind"), text(entry, "key")))
        .collect()
}

#[test]
fn drift_tells_what_differs_and_writes_nothing() {
    let shop = Shop::empty();
    let before = shop.reads("drift", &[], 5);
    assert!(before.stdout.contains("drift: not applied"), "{before:#?}");
    let applied = shop.run("apply", &["--yes", "--no-verify"]);
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let after = shop.reads("drift", &[], 0);
    assert_eq!(after.stdout, "drift: none\n\n", "{after:#?}");

    shop.as_a(async |cloud, here| {
        let id = here.subnets[0].id.clone();
        cloud.delete_subnet(&id).await.expect("deleted");
    });
    shop.add_rule();
    let text = shop.reads("drift", &[], 5).stdout;
    for words in [
        "missing  subnet/left/h in aliyun:1234567890123456:cn-hangzhou",
        "added    group/probe/left (sgr-",
        "192.168.0.0/16",
        "-> `landbridge apply`: ",
    ] {
        assert!(text.contains(words), "`{words}` is missing in {text}");
    }
    let document = shop.reads("drift", &["--format", "json"], 5).document();
    assert_eq!(document["command"], "drift");
    assert_eq!(document["exit"], 5);
    assert_eq!(document["drift"]["applied"], true);
    let expected = [("missing", "subnet/left/h"), ("added", "group/probe/left")];
    let expected = expected.map(|(kind, key)| (kind.to_owned(), key.to_owned()));
    assert_eq!(told(&document), expected, "{document:#}");

    // What is missing is mended; what others added is theirs.
    let mended = shop.run("apply", &["--yes", "--no-verify"]);
    assert_eq!(mended.code, Some(0), "{mended:#?}");
    let document = shop.reads("drift", &["--format", "json"], 5).document();
    assert_eq!(told(&document), expected[1..], "{document:#}");
}

#[test]
fn what_no_cloud_can_change_is_replaced_with_consent_only() {
    let shop = Shop::up();
    shop.write(&changed(&[("10.1.1.0/24", "10.1.9.0/24")]));
    let drift = shop.reads("drift", &[], 5).stdout;
    assert!(drift.contains("altered  subnet/left/h"), "{drift}");
    assert!(drift.contains("landbridge apply --replace"), "{drift}");
    for (command, options) in [("plan", &[][..]), ("apply", &["--yes"])] {
        let refused = shop.reads(command, options, 3).stdout;
        for words in ["drift/immutable", "--replace", "anew: subnet/left/h"] {
            assert!(refused.contains(words), "`{words}` is missing in {refused}");
        }
    }
    let before = shop.alive();
    let planned = shop.reads("plan", &["--replace"], 0).stdout;
    assert!(planned.contains("1 to replace"), "{planned}");
    assert!(planned.contains("; replaces vsw-"), "{planned}");
    // A saved plan keeps the consent that it was made with.
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("replace.plan");
    let out = saved.to_str().expect("UTF-8");
    shop.reads("plan", &["--replace", "--out", out], 0);
    let mut apply = shop.world.client();
    let apply = apply.arg("apply").arg(&saved);
    let replaced = run(apply.args(["--yes", "--no-verify"]));
    assert_eq!(replaced.code, Some(0), "{replaced:#?}");
    shop.is_settled();
    let after = shop.alive();
    let gone: Vec<&String> = before.iter().filter(|one| !after.contains(one)).collect();
    assert!(gone.len() == 1 && gone[0].contains("vsw-"), "{gone:?}");
    shop.destroys();
}

#[test]
fn what_is_protected_is_neither_replaced_nor_destroyed() {
    let shop = Shop::up();
    let subnet = ("range: 10.1.1.0/24", "range: 10.1.1.0/24, protect: true");
    shop.write(&changed(&[subnet]));
    shop.is_settled();
    let refused = shop.reads("destroy", &["--yes"], 3).stdout;
    assert!(refused.contains("protect/refused"), "{refused}");
    assert!(refused.contains("subnet/left/h"), "{refused}");
    shop.write(&changed(&[subnet, ("10.1.1.0/24", "10.1.9.0/24")]));
    let refused = shop.reads("apply", &["--replace", "--yes"], 3).stdout;
    assert!(refused.contains("delete and make anew"), "{refused}");
    // The whole topology.
    shop.write(&changed(&[("name: shop", "name: shop\nprotect: true")]));
    let refused = shop.reads("destroy", &["--yes"], 3).stdout;
    assert!(refused.contains("network/right"), "{refused}");
    shop.write(&topology());
    shop.destroys();
}

#[test]
fn new_names_keep_what_was_made() {
    let shop = Shop::up();
    let before = shop.alive();
    let network = [
        ("name: left", "name: west, was: left"),
        ("[left, right]", "[west, right]"),
    ];
    let interconnect = [
        ("name: pair", "name: core, was: pair"),
        ("members:pair", "members:core"),
    ];
    let mut changes = network.to_vec();
    for (more, count) in [
        // The network, its subnet, its group and the peering.
        (vec![], 4),
        (interconnect.to_vec(), 1),
        // Two networks, two subnets, two groups, a peering.
        (vec![("name: shop", "name: store\nwas: shop")], 7),
    ] {
        changes.extend(more);
        shop.write(&changed(&changes));
        let planned = shop.reads("plan", &[], 0).stdout;
        let counts = format!("0 to create, 0 to delete, {count} to rename");
        assert!(planned.contains(&counts), "{planned}");
        let writes = shop.world.writes().len();
        let applied = shop.run("apply", &["--yes", "--no-verify"]);
        assert_eq!(applied.code, Some(0), "{applied:#?}");
        let writes = shop.world.writes().split_off(writes);
        let tags = |action: &String| action == "TagResources";
        assert!(writes.iter().all(tags), "{writes:?}");
        assert_eq!(shop.alive(), before);
        shop.is_settled();
    }
    // Rules hold the name that the topology had; the names of its parts are nowhere any more.
    let parts = [(", was: left", ""), (", was: pair", "")];
    let text = std::fs::read_to_string(shop.file.path()).expect("it is there");
    let replaced = |text: String, (was, none): &(&str, &str)| text.replace(was, none);
    let text = parts.iter().fold(text, replaced);
    shop.write(&text);
    shop.is_settled();
    shop.write(&text.replace("was: shop\n", ""));
    let forgotten = shop.reads("drift", &[], 5).stdout;
    for words in ["topology `shop` added a rule", "was called `shop`"] {
        assert!(
            forgotten.contains(words),
            "`{words}` is missing in {forgotten}"
        );
    }
    shop.write(&text);
    shop.destroys();
}

#[test]
fn what_others_use_is_not_destroyed() {
    let shop = Shop::up();
    let group = shop.add_group();
    let refused = shop.reads("destroy", &["--yes"], 3).stdout;
    for words in ["destroy/in-use", "network/left", group.as_str()] {
        assert!(refused.contains(words), "`{words}` is missing in {refused}");
    }
    // Nor is it made anew.
    let network = [
        ("10.1.0.0/16", "10.9.0.0/16"),
        ("10.1.1.0/24", "10.9.1.0/24"),
    ];
    shop.write(&changed(&network));
    let refused = shop.reads("apply", &["--replace", "--yes"], 3).stdout;
    for words in ["drift/replaced", "destroy/in-use", group.as_str()] {
        assert!(refused.contains(words), "`{words}` is missing in {refused}");
    }
    shop.write(&topology());
    shop.delete_group(&group);

    shop.add_route();
    let refused = shop.reads("destroy", &["--yes"], 3).stdout;
    for words in ["route/foreign", "10.77.0.0/16", "--prune"] {
        assert!(refused.contains(words), "`{words}` is missing in {refused}");
    }
    let kept = shop.reads("plan", &["--format", "json"], 0).document();
    assert_eq!(kept["plan"]["steps"], json!([]), "{kept:#}");
    let pruned = shop.reads("plan", &["--prune"], 0).stdout;
    assert!(pruned.contains("0 to create, 1 to delete"), "{pruned}");
    let destroyed = shop.run("destroy", &["--prune", "--yes"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
    assert_eq!(shop.alive(), [""; 0]);
}

#[test]
fn a_caller_that_may_not_list_interfaces_can_do_the_rest() {
    let shop = Shop::up();
    let refusal = FaultEffect::ErrorBefore {
        status: 403,
        code: "Forbidden.RAM".to_owned(),
    };
    let rule = FaultRule::new(refusal).action("DescribeNetworkInterfaces");
    shop.world.simulator.add_fault(rule);
    shop.reads("drift", &[], 0);
    shop.write(&changed(&[("10.1.1.0/24", "10.1.9.0/24")]));
    shop.reads("plan", &["--replace"], 0);
    let calls = shop.world.simulator.calls().into_iter();
    let refused = calls.filter(|call| call.action == "DescribeNetworkInterfaces");
    assert!(refused.count() > 1);
    shop.destroys();
}
