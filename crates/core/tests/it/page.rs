//! The page of a verification: what it says, in which order, and that nothing of others becomes markup.

use std::time::{Duration, SystemTime};

use landbridge_core::engine::Engine;
use landbridge_core::page::Page;
use landbridge_core::picture::Picture;
use landbridge_core::topology::Topology;
use landbridge_core::verify::{Verdict, VerifyDocument};
use landbridge_core::{LearningKind, Place};
use serde_json::{Value, json};

use crate::apply::apply;
use crate::common::{A, memory, network, topology, world};

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

async fn document(engine: &Engine, topology: &Topology) -> VerifyDocument {
    let observation = engine.observe(topology).await.expect("observe");
    let verified = engine.verify_observed(topology, &observation).await;
    let report = verified.expect("verify");
    let picture = Picture::judged(topology, &observation, &report);
    VerifyDocument::new(topology, &observation, &report, noon())
        .with_program("landbridge 9.9.9")
        .with_picture(picture)
}

/// The world of the common topology, in which nothing reaches `two` and a network without an instance was joined.
async fn broken() -> VerifyDocument {
    let (engine, provider, _) = world();
    let mut topology = topology();
    apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    let inventories = || observation.inventories.iter();
    let attachment = inventories().flat_map(|one| &one.peerings).find(|peering| {
        let owner = peering.owner.as_ref();
        owner.is_some_and(|owner| owner.key == "attachment/core/two")
    });
    let attachment = attachment.expect("the attachment of `two`");
    let learning = inventories().flat_map(|one| &one.learning).find(|record| {
        let learning = &record.learning;
        learning.kind == LearningKind::Propagation && learning.peering == attachment.id
    });
    let place = Place::new(memory(), A, "r1");
    let cloud = landbridge_core::CloudProvider::cloud(&provider, &place).await;
    let learning = &learning.expect("its propagation").learning;
    let disabled = cloud.expect("a handle").disable_learning(learning).await;
    disabled.expect("disabled");
    topology.networks.push(network("late", "a", "r1", 9));
    topology.interconnects[0].members.push("late".to_owned());
    document(&engine, &topology).await
}

/// The page without its style, script and picture.
fn main_of(html: &str) -> String {
    let (_, main) = html.split_once("<body>\n").expect("a body");
    let (main, _) = main.split_once("<script>").expect("the script is last");
    match (main.split_once("<svg"), main.split_once("</svg>")) {
        (Some((before, _)), Some((_, after))) => format!("{before}(the picture){after}"),
        _ => main.to_owned(),
    }
}

#[tokio::test]
async fn the_page_reads_like_this() {
    let document = broken().await;
    let html = Page::of_verification(&document).to_html();
    insta::assert_snapshot!(main_of(&html));
    assert_eq!(html, Page::of_verification(&document).to_html());
}

#[tokio::test]
async fn blocked_pairs_come_first_and_every_count_is_that_of_the_verdicts() {
    let document = broken().await;
    let verdicts: Vec<Verdict> = document
        .verdicts
        .iter()
        .map(|pair| pair.verdict())
        .collect();
    let of = |wanted: Verdict| verdicts.iter().filter(|one| **one == wanted).count();
    let counts = document.counts;
    assert_eq!(counts.blocked, of(Verdict::Blocked));
    assert_eq!(counts.undecided, of(Verdict::Undecided));
    assert_eq!(counts.reachable(), of(Verdict::Reachable));
    assert!(counts.blocked > 0 && counts.answered > 0, "{counts:?}");
    assert_eq!(counts.not_checked, 6, "`late` has no instance");
    assert_eq!(counts.pairs, document.verdicts.len());
    assert_eq!(document.untold(), 0);
    let first_reachable = verdicts.iter().position(|one| *one == Verdict::Reachable);
    let last_blocked = verdicts.iter().rposition(|one| *one == Verdict::Blocked);
    assert!(first_reachable > last_blocked, "{verdicts:?}");
    let in_matrix: usize = document.matrix.iter().map(|one| one.counts.pairs).sum();
    assert_eq!(in_matrix, counts.pairs);
}

#[tokio::test]
async fn the_page_fetches_nothing_and_runs_no_script_but_its_own() {
    let html = Page::of_verification(&broken().await).to_html();
    assert_eq!(html.matches("<script").count(), 1);
    for fetched in [
        "src=", "<link", "@import", "url(", "<iframe", "fetch(", "XMLHttp",
    ] {
        assert!(!html.contains(fetched), "{fetched}");
    }
    let addresses = html.matches("http://").count() + html.matches("https://").count();
    assert_eq!(addresses, 1, "the name space of the picture");
    assert!(html.contains("default-src &#39;none&#39;"), "the policy");
}

#[tokio::test]
async fn a_document_is_read_as_it_was_written() {
    let document = broken().await;
    let text = serde_json::to_string(&document).expect("JSON");
    let read: VerifyDocument = serde_json::from_str(&text).expect("a document");
    assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(value["accounts"][0]["regions"], json!(["r1", "r2"]));
    assert_eq!(value["verdicts"][0]["verdict"], "blocked");
    assert!(value["verdicts"][0]["path"]["there"][0]["name"].is_string());
}

/// Every text of a document, which may come from a cloud.
fn poison(value: &mut Value, with: &str) {
    match value {
        Value::String(text) => text.push_str(with),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, with)),
        Value::Object(members) => {
            let kept = [
                "format",
                "at",
                "verdict",
                "source_address",
                "destination_address",
                "protocol",
            ];
            let members = members.iter_mut();
            let members = members.filter(|(name, _)| !kept.contains(&name.as_str()));
            members.for_each(|(_, value)| poison(value, with));
        }
        _ => {}
    }
}

#[tokio::test]
async fn hostile_names_are_harmless() {
    let mut value = serde_json::to_value(broken().await).expect("JSON");
    let hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>`\u{202e}";
    poison(&mut value, hostile);
    let document: VerifyDocument = serde_json::from_value(value).expect("a document");
    let html = Page::of_verification(&document).to_html();
    assert_eq!(html.matches("<script").count(), 1, "only ours");
    assert!(!html.contains("<img"));
    assert!(!html.contains('\u{202e}'));
    assert!(html.matches("&lt;script&gt;alert(1)").count() > 50);
}
