//! The status page in a browser.

#[path = "../../../tests/support/browser.rs"]
#[allow(dead_code)]
mod browser;
#[allow(dead_code)]
mod common;

use browser::{Browser, Visit};
use common::{TOKEN, World};
use serde_json::{Value, json};

const WINDOW: (u32, u32) = (1000, 900);

/// Opens the page and takes these steps, while the service runs.
async fn visit(browser: &Browser, world: &World, steps: Vec<Value>) -> Visit {
    let (browser, url) = (browser.clone(), world.url().to_owned());
    let visit = tokio::task::spawn_blocking(move || browser.visit(&url, WINDOW, &steps));
    visit.await.expect("no panic")
}

fn sign_in(token: &str) -> [Value; 2] {
    [
        json!({ "do": "type", "into": "#token", "text": token }),
        json!({ "do": "click", "on": "#sign-in button" }),
    ]
}

/// Waits until the page changes to what an expression says.
fn until(expression: &str) -> Value {
    let script = format!(
        "new Promise((told) => {{
            const look = () => {{ if ({expression}) told(true); }};
            const all = {{ childList: true, subtree: true, characterData: true, attributes: true }};
            new MutationObserver(look).observe(document.body, all);
            look();
        }})"
    );
    json!({ "do": "tell", "script": script })
}

fn text(element: &str) -> Value {
    json!({ "do": "tell", "script": format!("document.getElementById({element:?}).innerText") })
}

fn state_is(state: &str) -> Value {
    until(&format!(
        "document.getElementById('state').innerText === {state:?}"
    ))
}

fn shoot(name: &str) -> Value {
    let file = format!("{}/onboarding-{name}.png", env!("CARGO_TARGET_TMPDIR"));
    json!({ "do": "shoot", "file": file })
}

#[tokio::test]
async fn a_person_joins_a_customer_and_reads_the_verdicts() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let world = World::start().await;
    let mut steps = sign_in(TOKEN).to_vec();
    steps.extend([
        until("!document.getElementById('onboard').hidden"),
        json!({ "do": "click", "on": "#onboard button" }),
        state_is("joined"),
        shoot("joined"),
        text("detail"),
        text("done"),
        text("steps"),
        text("log"),
        json!({ "do": "tell", "script": "document.cookie + document.getElementById('token').value" }),
    ]);
    let seen = visit(&browser, &world, steps).await;
    assert_eq!(seen.complaints, Vec::<Value>::new());
    let [detail, done, steps, log, secrets] = &seen.results[6..] else {
        panic!("{:?}", seen.results);
    };
    let has = |text: &Value, part: &str| text.as_str().is_some_and(|text| text.contains(part));
    assert!(has(detail, "4 of 4 ordered pairs reachable"), "{detail}");
    assert_eq!(done, steps);
    assert!(has(log, "step-done") && has(log, "apply-ended"), "{log}");
    // The page keeps no token, and its scripts see no cookie.
    assert_eq!(secrets, "");

    // Who comes later sees how it ended.
    let mut steps = sign_in(TOKEN).to_vec();
    steps.extend([state_is("joined"), text("detail")]);
    let later = visit(&browser, &world, steps).await;
    assert_eq!(later.results.last(), Some(detail));
}

#[tokio::test]
async fn a_person_cancels_a_run() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let world = World::start().await;
    let _hold = world.hold();
    let mut steps = sign_in(TOKEN).to_vec();
    steps.extend([
        until("!document.getElementById('onboard').hidden"),
        json!({ "do": "click", "on": "#onboard button" }),
        until("document.getElementById('log').innerText.includes('step-waiting')"),
        shoot("running"),
        json!({ "do": "click", "on": "#cancel" }),
        state_is("cancelled"),
        shoot("cancelled"),
        text("detail"),
    ]);
    let seen = visit(&browser, &world, steps).await;
    assert_eq!(seen.complaints, Vec::<Value>::new());
    let detail = seen.results.last().and_then(Value::as_str).expect("a text");
    assert!(detail.starts_with("cancelled after"), "{detail}");
    let runs = world.get("/runs").await;
    assert_eq!(runs.body[0]["state"], "cancelled");
}

#[tokio::test]
async fn a_person_is_told_what_is_wrong() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let world = World::start().await;
    let is_told = until("!document.getElementById('problem').hidden");
    let mut steps = sign_in("a-wrong-token-for-it").to_vec();
    steps.extend([is_told.clone(), text("problem")]);
    steps.extend(sign_in(TOKEN));
    let wrong = common::customer("Not a name!").to_string();
    steps.extend([
        until("!document.getElementById('onboard').hidden"),
        json!({ "do": "type", "into": "#request", "text": wrong }),
        json!({ "do": "click", "on": "#onboard button" }),
        is_told,
        shoot("problem"),
        text("problem"),
    ]);
    let seen = visit(&browser, &world, steps).await;
    let told = seen.results[3].as_str().expect("a text");
    assert!(told.contains("API token"), "{told}");
    let told = seen.results.last().and_then(Value::as_str).expect("a text");
    assert!(told.contains("customer: expected small letters"), "{told}");
}
