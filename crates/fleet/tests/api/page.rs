//! The status page in a browser.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::{Error, ErrorKind, Result};
use landbridge_fleet::{LinkKey, Order, Orders, Planned, Spec, Status, Terms};
use serde_json::{Value, json};

use crate::browser::{Browser, Visit, shown};
use crate::served::{ACME, OTHER, Served, served, served_of, tenants, topology};
use crate::world::world;

fn tell(script: &str) -> Value {
    json!({ "do": "tell", "script": script })
}

fn click(on: &str) -> Value {
    json!({ "do": "click", "on": on })
}

fn write(into: &str, text: &str) -> Value {
    json!({ "do": "type", "into": into, "text": text })
}

/// Waits until an expression holds.
fn until(expression: &str) -> Value {
    tell(&format!(
        "new Promise((done, fail) => {{
            const end = Date.now() + 20000;
            const look = () => {{
                if ({expression}) done(true);
                else if (Date.now() > end) fail(document.body.innerText);
                else setTimeout(look, 20);
            }};
            look();
        }})"
    ))
}

fn shoot(name: &str) -> Value {
    let file = shown("fleet").join(format!("{name}.png"));
    json!({ "do": "shoot", "file": file, "whole": true })
}

/// Logs in with a key.
fn login(key: &str) -> [Value; 2] {
    [write("#token", key), click("#login button")]
}

const LISTED: &str = "!document.getElementById('fleet').hidden";
const NAMES: &str =
    "[...document.querySelectorAll('#rows button')].map((one) => one.textContent).join(' ')";

async fn visit(browser: &Browser, served: &Served, size: (u32, u32), steps: Vec<Value>) -> Visit {
    let (browser, url) = (browser.clone(), served.url("/"));
    let visit = tokio::task::spawn_blocking(move || browser.visit(&url, size, &steps));
    visit.await.expect("a visit")
}

/// What a page that does what it may complains of: answers that are no success, which a browser tells by itself.
fn quiet(visit: &Visit) {
    let is_answer = |one: &&Value| {
        !one["entry"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("the server responded with a status"))
    };
    let odd: Vec<&Value> = visit.complaints.iter().filter(is_answer).collect();
    assert!(odd.is_empty(), "{odd:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_logs_in_searches_and_sees_a_change_as_it_comes() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let served = served();
    for name in ["site-1", "site-2", "office"] {
        served.put(name).await.is(202);
    }
    served
        .ask("POST", "/v1/topologies/office/stop")
        .send()
        .await
        .is(202);
    served.round().await;
    let mut steps = Vec::new();
    steps.extend(login("lbk_wrong"));
    steps.push(until(
        "document.getElementById('trouble').textContent.includes('unknown API key')",
    ));
    steps.extend(login(ACME.reveal()));
    steps.extend([
        until(&format!("{LISTED} && {NAMES} === 'office site-1 site-2'")),
        tell("document.getElementById('who').textContent"),
        tell("[...document.querySelectorAll('#phases button')].map((one) => one.textContent).join(' ')"),
        write("#search", "site"),
        until(&format!("{NAMES} === 'site-1 site-2'")),
        click("#phases [data-phase=stopped]"),
        until("!document.getElementById('none').hidden"),
        write("#search", ""),
        until(&format!("{NAMES} === 'office'")),
        click("#phases [data-phase='']"),
        until(&format!("{NAMES} === 'office site-1 site-2'")),
        click("#rows [data-name=site-1]"),
        until("document.querySelector('#status .phase.ready') && !document.getElementById('picture').hidden && document.getElementById('picture').naturalWidth > 100"),
        tell("document.getElementById('asked').textContent"),
        tell("document.activeElement.id"),
        tell("document.getElementById('status').innerText"),
        // A server that is not there for a while is asked again.
        tell("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })), true"),
        tell(UNREACHABLE),
        click("#rows [data-name=site-1]"),
        until("document.getElementById('live').textContent.startsWith('Not live')"),
        tell("mend()"),
        until("document.getElementById('live').textContent.startsWith('Live')"),
        tell(&format!(
            "fetch('/v1/topologies/site-1/stop', {{ method: 'POST', headers: {{ authorization: 'Bearer {}' }} }}).then((one) => one.status)",
            ACME.reveal()
        )),
        until("document.querySelector('#status .phase.stopped')"),
        tell("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })), document.getElementById('one').hidden"),
        tell("document.activeElement.dataset.name"),
        // The key is nowhere but in the script's memory.
        tell("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.getElementById('token').value, document.documentElement.innerHTML.includes('lbk_')])"),
        click("#leave"),
        until("document.getElementById('fleet').hidden && document.querySelectorAll('#rows button').length === 0"),
    ]);
    steps.extend(login(OTHER.reveal()));
    steps.extend([until(&format!("{LISTED} && {NAMES} === ''"))]);
    let change = async {
        // The page has told the order, once it has shown what was before.
        while served.phase("site-1").await != "stopped" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let second = Duration::from_secs(1);
        served.clock.until_asleep(second).await;
        served.clock.advance(second);
    };
    let (visit, ()) = tokio::join!(visit(&browser, &served, (1280, 900), steps), change);
    quiet(&visit);
    let told: Vec<&Value> = visit.results.iter().filter(|one| one.is_string()).collect();
    assert_eq!(told[0], "tenant acme: 3 of 3");
    assert_eq!(told[1], "3all 2ready 1stopped");
    assert_eq!(told[2], &json!(topology("acme", "site-1")));
    assert_eq!(told[3], "one");
    assert!(
        told[4]
            .as_str()
            .is_some_and(|text| text.contains("2 of 2 pairs reachable")),
        "{told:?}"
    );
    assert_eq!(told[5], "site-1");
    let kept = format!(r#"[{{}},{{}},"","{}","",false]"#, served.url("/"));
    assert_eq!(told[6], &json!(kept));
}

/// Watches find no server until `mend()`, and pauses are short.
const UNREACHABLE: &str = "(() => {
    const [ask, wait] = [window.fetch, window.setTimeout];
    window.fetch = (path, ...more) =>
        String(path).includes('watch') ? Promise.reject(new TypeError('no server')) : ask(path, ...more);
    window.setTimeout = (go, length) => wait(go, Math.min(length, 20));
    window.mend = () => (window.fetch = ask, true);
    return true;
})()";

/// Topologies in all phases, with texts that would be markup.
#[derive(Debug)]
struct Canned(Vec<Status>);

const HOSTILE: &str =
    "<img src=x onerror=document.title='struck'><script>document.title='struck'</script>";

fn canned() -> Canned {
    let failure = json!({
        "v": 1, "kind": "permission-denied", "message": format!("user may not do it {HOSTILE}"), "code": "Forbidden.RAM",
        "operation": "CreateVpc", "request_id": "4B2C-77", "remedy": format!("attach the policy of `landbridge policy` {HOSTILE}"),
    });
    let status = |name: &str, phase: &str, more: Value| {
        let mut status = json!({ "v": 1, "key": format!("acme_{name}"), "generation": 3, "phase": phase, "drifts": 2, "ticks": 41,
            "due": 1_767_225_600_000_u64 });
        for (member, value) in more.as_object().expect("members") {
            status[member] = value.clone();
        }
        serde_json::from_value(status).expect("a status")
    };
    let ready = json!({ "outcome": { "outcome": "ready", "verdicts": { "pairs": 12, "reachable": 12, "undecided": 0 } } });
    let mut all: Vec<Status> = vec![
        status(
            "bridge",
            "applying",
            json!({ "progress": {
            "v": 1, "run": "r", "goal": "converge", "stage": "applying", "done": 17, "total": 45, "remaining": 61.5, "waiting_steps": 6,
            "waiting": [{ "step": "attachment/core/one", "state": "Attaching" }, { "step": "route/two", "state": HOSTILE }],
        } }),
        ),
        status(
            "depot",
            "failed",
            json!({ "outcome": { "outcome": "failed", "failure": failure, "step": "network/one", "steps": 1, "under_way": 0 } }),
        ),
        status(
            "harbour",
            "waiting-for-peer",
            json!({ "outcome": { "outcome": "waiting-for-peer", "count": 1,
            "peers": [{ "cloud": "aliyun", "account": "1234567890123456", "acts": 2 }] } }),
        ),
        status(
            "mill",
            "drifted",
            json!({ "outcome": { "outcome": "drifted", "objects": 2, "steps": 2,
            "first": ["missing route/one/10.2.0.0", HOSTILE] } }),
        ),
        status(
            "old",
            "deleted",
            json!({ "outcome": { "outcome": "removed", "stays": 0 } }),
        ),
    ];
    all.extend((1..=60).map(|number| status(&format!("site-{number:02}"), "ready", ready.clone())));
    all.sort_by(|one, other| one.key.cmp(&other.key));
    Canned(all)
}

#[async_trait]
impl Orders for Canned {
    async fn give(&self, key: &LinkKey, _: Order, _: &Terms) -> Result<Status> {
        self.status(key).await
    }

    async fn status(&self, key: &LinkKey) -> Result<Status> {
        let found = self.0.iter().find(|status| status.key == *key);
        found
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "unknown"))
    }

    async fn spec(&self, key: &LinkKey) -> Result<Spec> {
        Ok(Spec::new(format!(
            "{}# {HOSTILE}\n",
            topology("acme", key.name())
        )))
    }

    async fn list(
        &self,
        tenant: Option<&str>,
        after: Option<&LinkKey>,
        most: usize,
    ) -> Result<Vec<Status>> {
        let chosen = self.0.iter().filter(|status| {
            tenant.is_none_or(|tenant| tenant == status.key.tenant())
                && after.is_none_or(|after| status.key > *after)
        });
        Ok(chosen.take(most).cloned().collect())
    }

    async fn count(&self, tenant: &str) -> Result<usize> {
        let theirs = self.0.iter().filter(|status| status.key.tenant() == tenant);
        Ok(theirs.count())
    }

    async fn plan(&self, _: &LinkKey, _: &Spec) -> Result<Planned> {
        Err(Error::new(ErrorKind::Unsupported, "no plan"))
    }

    async fn forget(&self, _: &LinkKey) -> Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_shown_is_markup_and_each_phase_is_told() {
    let Some(browser) = Browser::ready() else {
        return;
    };
    let served = served_of(world(), Arc::new(canned()), &tenants(""));
    for (width, height, size) in [(1280, 900, "wide"), (400, 800, "narrow")] {
        let mut steps = vec![shoot(&format!("login-{size}"))];
        steps.extend(login(ACME.reveal()));
        steps.push(until(LISTED));
        let opened = [
            ("bridge", "17 of 45 steps"),
            ("depot", "To do: attach the policy"),
            ("harbour", "1234567890123456 on aliyun: 2 acts"),
            ("mill", "missing route/one/10.2.0.0"),
        ];
        for (name, text) in opened {
            steps.extend([
                click(&format!("#rows [data-name={name}]")),
                until(&format!(
                    "document.getElementById('one-title').textContent === '{name}' && \
                     document.getElementById('status').innerText.includes('{text}') && \
                     !document.getElementById('picture').hidden && document.getElementById('picture').naturalWidth > 100"
                )),
                tell("document.title + ' ' + document.querySelectorAll('#status img, #status script, pre img').length"),
            ]);
            for scheme in ["light", "dark"] {
                steps.push(json!({ "do": "like", "scheme": scheme }));
                steps.push(shoot(&format!("{name}-{size}-{scheme}")));
            }
            steps.push(json!({ "do": "like", "scheme": "light" }));
            // Nothing leads out of the window to the side.
            steps.push(tell(
                "document.documentElement.scrollWidth <= innerWidth ? 'fits' : 'too wide'",
            ));
            steps.push(click("#close"));
        }
        steps.extend([
            click("#next"),
            until(&format!(
                "{NAMES}.startsWith('site-46') && {NAMES}.endsWith('site-60')"
            )),
            click("#first"),
            until(&format!("{NAMES}.startsWith('bridge')")),
        ]);
        let visit = visit(&browser, &served, (width, height), steps).await;
        quiet(&visit);
        let told: Vec<&str> = visit.results.iter().filter_map(Value::as_str).collect();
        assert_eq!(told.len(), 8, "{told:?}");
        for pair in told.chunks(2) {
            assert_eq!(pair, ["Landbridge: topologies 0", "fits"]);
        }
    }
}
