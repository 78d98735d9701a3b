//! What files and users say to the core never makes it panic, whatever it is. `tests/fuzz.py` runs many more cases.

use std::sync::Arc;

use landbridge_core::engine::{Baseline, Engine};
use landbridge_core::handover::{self, HandOver};
use landbridge_core::journal::{History, JournalFile, Purpose};
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::object::ObjectKey;
use landbridge_core::plan::{PlanOptions, SavedPlan, StepKey, plan};
use landbridge_core::topology::{Ports, RuleSource, SubnetPath, TableName, Topology};
use tempfile::TempDir;

#[path = "../../../tests/support/fuzz.rs"]
mod support;

use support::{fuzz, fuzz_text};

const SMALL: &str = r#"
name: demo
accounts: [{ name: a, cloud: memory, id: "1111" }, { name: b, cloud: memory, id: "2222" }]
networks:
  - { name: one, account: a, region: r1, range: 10.1.0.0/16, subnets: [{ name: s1, zone: r1-a, range: 10.1.1.0/24 }] }
  - { name: two, account: b, region: r1, range: 10.2.0.0/16, subnets: [{ name: s1, zone: r1-a, range: 10.2.1.0/24 }] }
interconnects: [{ name: core, owner: a, members: [one, two], model: mesh }]
firewalls: [{ name: f, networks: [one], rules: [{ allow: tcp, ports: "22", from: ["members:core"] }] }]
"#;

/// Documents that the engine writes about a small topology.
struct Written {
    plan: String,
    baseline: String,
    journal: Vec<u8>,
    hand_over: String,
}

fn written() -> Written {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let clock = Arc::new(ManualClock::new());
        let engine = Engine::new()
            .with_clock(clock.clone())
            .with_provider(Arc::new(MemoryProvider::new(clock)));
        let topology = Topology::from_text(SMALL).expect("a topology");
        let observation = engine.observe(&topology).await.expect("observed");
        let steps = plan(&topology, &observation);
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("journal");
        let header = engine.journal_header(Purpose::Apply, &topology);
        let journal = JournalFile::create(&path, &header).expect("created");
        let noting = engine.clone().with_journal(Arc::new(journal));
        noting.apply(&steps).await.expect("applied");
        let observation = engine.observe(&topology).await.expect("observed");
        let mut networks = observation.inventories.iter().flat_map(|one| &one.networks);
        let two = networks.find(|network| network.name == "two");
        let two = &two.expect("it was made").id;
        let id = format!("name: two, id: \"{two}\",");
        let others = SMALL
            .replace("id: \"2222\" }", "id: \"2222\", held-by: other }")
            .replace("name: two,", &id)
            .replace(
                ", subnets: [{ name: s1, zone: r1-a, range: 10.2.1.0/24 }]",
                "",
            );
        let others = Topology::from_text(&others).expect("a topology");
        let seen = engine.observe(&others).await.expect("observed");
        let hand_over = handover::hand_over(&others, &seen, |_| None);
        Written {
            plan: SavedPlan::new(topology.clone(), PlanOptions::default(), steps).to_text(),
            baseline: Baseline::new(&topology, &observation).to_text(),
            journal: std::fs::read(path).expect("readable"),
            hand_over: serde_json::to_string(&hand_over.first()).expect("JSON"),
        }
    })
}

#[test]
fn topology_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/topologies");
    let files = std::fs::read_dir(folder).expect("examples");
    let mut texts: Vec<String> = files
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text"))
        .collect();
    texts.sort();
    let json = Topology::from_text(SMALL)
        .map(|topology| serde_json::to_string(&topology).unwrap_or_default());
    texts.extend([SMALL.to_owned(), json.expect("a topology")]);
    let samples: Vec<&str> = texts.iter().map(String::as_str).collect();
    fuzz_text("topology files", &samples, |text| {
        if let Err(error) = Topology::from_text(text) {
            let _ = error.to_string();
        }
    });
}

#[test]
fn saved_plans() {
    let written = written();
    fuzz_text("saved plans", &[&written.plan], |text| {
        let _ = SavedPlan::is_one(text);
        if let Ok(saved) = SavedPlan::from_text(text) {
            let _ = (
                saved.to_text(),
                saved.plan.to_string(),
                saved.plan.to_json(),
            );
        }
    });
}

#[test]
fn baselines() {
    let written = written();
    fuzz_text("baselines", &[&written.baseline], |text| {
        if let Ok(baseline) = Baseline::from_text(text) {
            let _ = baseline.differences(&Default::default());
        }
    });
}

#[test]
fn journals() {
    let written = written();
    fuzz("journals", &[&written.journal], |bytes| {
        if let Ok(history) = History::from_bytes(bytes) {
            let _ = (history.open(), history.runs(), history.is_complete());
        }
    });
}

#[test]
fn hand_overs() {
    let written = written();
    fuzz_text("hand-over documents", &[&written.hand_over], |text| {
        if let Ok(document) = HandOver::from_json(text) {
            let _ = (
                document.to_string(),
                document.file_stem(),
                document.is_awaited(),
            );
        }
    });
}

#[test]
fn keys_and_short_forms() {
    let samples = [
        "network/one",
        "subnet/one/s1",
        "route/one/main/10.2.0.0/16",
        "route/one/main/ipv6:two",
        "delete:attachment/core/one",
        "rename:hub/core",
        "grant/core/one",
        "association/core/one",
        "instance/i1",
        "permit/x",
    ];
    fuzz_text("keys of objects", &samples, |text| {
        let key = StepKey::from(text.to_owned());
        assert_eq!(StepKey::from(key.to_string()), key);
        let _ = text.parse::<ObjectKey>();
    });
    let samples = [
        "22",
        "8000-8080",
        "all",
        "members:core",
        "10.0.0.0/8",
        "group:x",
        "one/s1",
        "default",
        "2001:db8::/32",
    ];
    fuzz_text("short forms in topologies", &samples, |text| {
        let _ = (
            text.parse::<Ports>().is_ok(),
            text.parse::<RuleSource>().is_ok(),
        );
        let _ = (
            text.parse::<SubnetPath>().is_ok(),
            text.parse::<TableName>().is_ok(),
        );
    });
}

#[test]
#[should_panic(expected = "a parser that panics: case ")]
fn a_parser_that_panics_is_found() {
    fuzz_text("a parser that panics", &["{a: b}"], |text| {
        assert!(!text.contains('['), "no list is expected");
    });
}
