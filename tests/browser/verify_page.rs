//! The page of a verification of thirty networks, with pairs that are blocked, undecided and not checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ipnet::IpNet;
use landbridge::core::engine::Engine;
use landbridge::core::memory::{ManualClock, MemoryAccount, MemoryProvider};
use landbridge::core::page::Page;
use landbridge::core::picture::Picture;
use landbridge::core::plan::plan;
use landbridge::core::topology::Topology;
use landbridge::core::verify::VerifyDocument;
use landbridge::core::{
    NetworkRecord, NextHop, Observation, Phase, RouteOrigin, RouteRecord, Status,
};
use serde_json::{Value, json};

use crate::browser::{Browser, Visit, address, shown};

const NETWORKS: usize = 30;

/// Networks of two accounts in two regions, joined by one hub; `more` of the file.
fn topology(more: &str, members: &[&str]) -> Topology {
    let network = |number: usize| {
        let (account, region) = (["a", "b"][number % 2], ["r1", "r2"][number / 2 % 2]);
        format!(
            "  - {{ name: team-{number:02}, account: {account}, region: {region}, range: 10.{number}.0.0/16, subnets: [\
             {{ name: app, zone: {region}-a, range: 10.{number}.1.0/24 }}] }}\n"
        )
    };
    let networks: String = (1..=NETWORKS).map(network).collect();
    let names = (1..=NETWORKS).map(|number| format!("team-{number:02}"));
    let names: Vec<String> = names
        .chain(members.iter().map(|name| (*name).to_owned()))
        .collect();
    let text = format!(
        "name: thirty\naccounts:\n  - {{ name: a, cloud: memory, id: '1111' }}\n  - {{ name: b, cloud: memory, id: '2222' }}\n  \
         - {{ name: partner, cloud: memory, id: '3333', held-by: other }}\nnetworks:\n{networks}{more}interconnects:\n  \
         - {{ name: core, owner: a, members: [{}] }}\n",
        names.join(", ")
    );
    Topology::from_text(&text).expect("a topology")
}

/// Thirty networks that reach each other; one that was declared later, and one of another company.
fn page() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        let provider = MemoryProvider::builder(Arc::new(ManualClock::new()))
            .with_account(MemoryAccount::new("1111"))
            .with_account(MemoryAccount::new("2222"))
            .build();
        let clock = Arc::new(ManualClock::new());
        let engine = Engine::new().with_clock(clock).with_provider(Arc::new(provider));
        let built = topology("", &[]);
        let observation = engine.observe(&built).await.expect("observe");
        engine.apply(&plan(&built, &observation)).await.expect("apply");
        let asked = topology(
            "  - { name: late, account: a, region: r1, range: 10.90.0.0/16, subnets: [{ name: app, zone: r1-a, range: 10.90.1.0/24 }] }\n  \
             - { name: theirs, account: partner, region: r1, id: net-theirs, ranges: [10.91.0.0/16] }\n",
            &["late", "theirs"],
        );
        let mut observation = engine.observe(&asked).await.expect("observe");
        divert(&mut observation);
        let verified = engine.verify_observed(&asked, &observation).await;
        let report = verified.expect("verify");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        let document = VerifyDocument::new(&asked, &observation, &report, at)
            .with_program("landbridge 9.9.9")
            .with_picture(Picture::judged(&asked, &observation, &report));
        Page::of_verification(&document).to_html()
    })
}

/// A route of others that takes the packets of team-03 to team-05 to a gateway that no model knows.
fn divert(observation: &mut Observation) {
    let range = |text: &str| text.parse::<IpNet>().expect("a CIDR block");
    let is_it = |network: &&NetworkRecord| network.ranges.contains(&range("10.3.0.0/16"));
    let here = observation.inventories.iter_mut();
    let mut here = here.filter_map(|one| Some((one.networks.iter().find(is_it)?.id.clone(), one)));
    let (network, here) = here.next().expect("the network of team-03");
    let table = here
        .route_tables
        .iter()
        .find(|table| table.network == network);
    let table = table.expect("its route table").id.clone();
    let gateway = NextHop::Other {
        kind: "gateway".to_owned(),
        id: "gw-1".to_owned(),
    };
    let ready = Status::new(Phase::Ready, "active");
    here.routes.push(RouteRecord::new(
        table,
        range("10.5.1.0/24"),
        gateway,
        RouteOrigin::Custom,
        ready,
    ));
}

fn written(folder: &Path) -> String {
    let file: PathBuf = folder.join("thirty.html");
    std::fs::write(&file, page()).expect("the page can be written");
    address(&file)
}

fn tell(script: &str) -> Value {
    json!({ "do": "tell", "script": script })
}

fn click(on: &str) -> Value {
    json!({ "do": "click", "on": on })
}

fn type_into_search(text: &str) -> Value {
    json!({ "do": "type", "into": "#search", "text": text })
}

/// What a reader sees of the pairs: how many of each kind, and what the page says of that.
const SEEN: &str = "(() => {
    const seen = [...document.querySelectorAll('details.pair')].filter((pair) => pair.checkVisibility());
    const of = (kind) => seen.filter((pair) => pair.classList.contains(kind)).length;
    return [seen.length, of('blocked'), of('undecided'), of('open'), document.getElementById('shown').textContent];
})()";

/// The pairs whose ways are seen, as their ends.
const OPENED: &str = "[...document.querySelectorAll('details.pair[open]')].filter((pair) => pair.checkVisibility())
    .map((pair) => pair.dataset.from + ' ' + pair.dataset.to + ' ' + pair.querySelectorAll('.hops li').length)";

fn quiet(visit: &Visit) {
    assert!(visit.complaints.is_empty(), "{:#?}", visit.complaints);
}

#[test]
fn thirty_networks_are_searched_filtered_and_opened_in_a_browser() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let folder = shown("verify");
    let shot = |name: &str| json!({ "do": "shoot", "file": folder.join(name) });
    // 30 networks, each with a way to `late` and back, and 31 with one to `theirs`; one pair is diverted there, one back.
    let (all, blocked, undecided) = (30 * 29 + 2 * 30 + 31, 2 * 30 + 31, 2);
    let visit = browser.visit(
        &written(&folder),
        (1300, 1000),
        &[
            tell(SEEN),
            type_into_search("team-07 10.9.1.5"),
            tell(SEEN),
            type_into_search(""),
            click("[data-filter=blocked]"),
            tell(SEEN),
            tell("document.querySelector('[data-filter=blocked]').getAttribute('aria-pressed')"),
            click("[data-filter=undecided]"),
            tell(SEEN),
            click("a.cell[data-from='team-02'][data-to='team-17']"),
            tell(SEEN),
            tell(OPENED),
            tell("document.getElementById('between').textContent"),
            json!({ "do": "shoot", "whole": false, "file": folder.join("cell-opened.png") }),
            click("#between"),
            type_into_search("no such thing"),
            tell(SEEN),
            tell("[...document.querySelectorAll('h3[data-group]')].filter((one) => one.checkVisibility()).length"),
            type_into_search(""),
            click("#picture summary"),
            tell("document.querySelector('#picture svg').getBoundingClientRect().width > 300"),
            click("#picture summary"),
            tell("document.documentElement.scrollWidth <= innerWidth"),
            tell("[...document.querySelectorAll('.matrix tbody tr')].length"),
            tell("document.querySelector('.matrix').getBoundingClientRect().width <= innerWidth"),
            tell("[...document.querySelectorAll('h1,h2,h3')].map((one) => one.tagName).join('').includes('H1H3')"),
            shot("light.png"),
            json!({ "do": "like", "scheme": "dark" }),
            tell("getComputedStyle(document.documentElement).backgroundColor"),
            shot("dark.png"),
            json!({ "do": "like", "media": "print" }),
            tell("document.getElementById('controls').checkVisibility()"),
        ],
    );
    quiet(&visit);
    let seen = |pairs: usize, blocked: usize, undecided: usize| {
        let open = pairs - blocked - undecided;
        json!([
            pairs,
            blocked,
            undecided,
            open,
            format!("{pairs} of {all} pairs shown")
        ])
    };
    let told: Vec<&Value> = visit.results.iter().filter(|one| !one.is_null()).collect();
    let expected = [
        seen(all, blocked, undecided),
        seen(2, 0, 0),
        seen(blocked, blocked, 0),
        json!("true"),
        seen(undecided, 0, undecided),
        seen(1, 0, 0),
        json!(["team-02 team-17 12"]),
        json!("team-02 → team-17  ✕"),
        seen(0, 0, 0),
        json!(0),
        json!(true),
        json!(true),
        json!(32),
        json!(true),
        json!(false),
        json!("rgb(13, 17, 23)"),
        json!(false),
    ];
    let expected: Vec<&Value> = expected.iter().collect();
    assert_eq!(told, expected);
}

#[test]
fn without_javascript_every_pair_can_be_read() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let folder = shown("verify");
    let page = written(&folder);
    let visit = browser.visit(
        "about:blank",
        (800, 1000),
        &[
            json!({ "do": "open", "url": page, "script": false }),
            tell("document.getElementById('controls').checkVisibility()"),
            tell("[...document.querySelectorAll('details.pair')].every((pair) => pair.checkVisibility())"),
            click("details.pair:not([open]) > summary"),
            tell("document.querySelectorAll('details.pair[open] .hops').length > 0"),
            json!({ "do": "shoot", "file": folder.join("without-javascript.png") }),
        ],
    );
    quiet(&visit);
    let told: Vec<&Value> = visit.results.iter().filter(|one| !one.is_null()).collect();
    assert_eq!(told, [&json!(false), &json!(true), &json!(true)]);
}
