//! Orders, and what is refused.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::{Error, ErrorKind, Network as _, Result, Select};
use landbridge_fleet::{LinkKey, Order, Orders, Planned, Spec, Status, Terms};
use serde_json::json;

use crate::served::{ACME, Served, served, served_of, tenants, topology};
use crate::world::{A, B, pair, place, spec, world};

#[tokio::test]
async fn a_topology_lives_and_is_forgotten() {
    let served = served();
    let submitted = served.put("site").await.is(202);
    let status = submitted.json();
    assert_eq!(
        (
            &status["name"],
            &status["key"],
            &status["phase"],
            &status["generation"]
        ),
        (
            &json!("site"),
            &json!("acme_site"),
            &json!("applying"),
            &json!(1)
        )
    );
    assert!(submitted.header("etag").starts_with("\"1-"));
    served.round().await;
    let ready = served.get("/v1/topologies/site").await.is(200).json();
    assert_eq!(ready["phase"], "ready", "{ready}");
    assert_eq!(ready["outcome"]["outcome"], "ready");
    // The cloud has it under the key of the tenant, whatever the file calls it.
    let objects = served.world.provider.objects();
    assert!(
        objects.iter().any(|object| object.contains("one")),
        "{objects:?}"
    );

    let again = served.put("site").await.is(202).json();
    assert_eq!(
        (&again["phase"], &again["generation"]),
        (&json!("ready"), &json!(1))
    );

    let path = "/v1/topologies/site";
    served
        .ask("DELETE", &format!("{path}?forget"))
        .send()
        .await
        .is(409);
    let deleting = served.ask("DELETE", path).send().await.is(202).json();
    assert_eq!(deleting["phase"], "deleting");
    // Not while it is deleted.
    let busy = served.put("site").await.is(409).json();
    assert_eq!(busy["kind"], "busy");
    served.round().await;
    assert!(served.world.provider.objects().is_empty());
    let deleted = served.ask("DELETE", path).send().await.is(202).json();
    assert_eq!(deleted["phase"], "deleted");
    assert_eq!(deleted["outcome"]["outcome"], "removed");
    for _ in 0..2 {
        let forgotten = served.ask("DELETE", &format!("{path}?forget")).send().await;
        assert_eq!(forgotten.is(204).text, "");
    }
    served.get(path).await.is(404);
}

#[tokio::test]
async fn a_stop_and_a_resume() {
    let served = served();
    served.put("site").await.is(202);
    let order = |order: &str| format!("/v1/topologies/site/{order}");
    let stopped = served
        .ask("POST", &order("stop"))
        .send()
        .await
        .is(202)
        .json();
    assert_eq!(stopped["phase"], "stopped");
    served.round().await;
    assert_eq!(served.world.provider.write_count(), 0);
    let resumed = served
        .ask("POST", &order("resume"))
        .send()
        .await
        .is(202)
        .json();
    assert_eq!(resumed["phase"], "applying");
    served.round().await;
    let same = served
        .ask("POST", &order("peer-ready"))
        .send()
        .await
        .is(202)
        .json();
    assert_eq!(same["phase"], "ready");
}

async fn network_of(served: &Served, account: &str) -> String {
    let cloud = served.world.provider.memory_cloud(&place(account));
    let networks = cloud.expect("a handle").list_networks(&Select::All).await;
    networks.expect("a list")[0].id.to_string()
}

#[tokio::test]
async fn a_waiting_topology_is_looked_at_once_the_peer_is_ready() {
    let served = served();
    let base = LinkKey::new("other", "base").expect("a key");
    let mut networks = pair(&base);
    networks.interconnects.clear();
    served.world.submit(&base, spec(&networks)).await;
    served.round().await;
    let (one, two) = (network_of(&served, A).await, network_of(&served, B).await);
    let text = format!(
        "name: site
accounts:
  - {{ name: a, cloud: memory, id: '{A}', credentials: {{ assume-role: {{ role: r }} }} }}
  - {{ name: b, cloud: memory, id: '{B}', held-by: other }}
networks:
  - {{ name: one, account: a, region: r1, id: {one} }}
  - {{ name: two, account: b, region: r1, id: {two}, ranges: [10.2.0.0/16] }}
interconnects:
  - {{ name: core, owner: a, members: [one, two] }}
"
    );
    let put = served.ask("PUT", "/v1/topologies/site");
    put.yaml(&text).send().await.is(202);
    served.round().await;
    let waiting = served.get("/v1/topologies/site").await.is(200).json();
    assert_eq!(waiting["phase"], "waiting-for-peer", "{waiting}");
    assert_eq!(waiting["outcome"]["peers"][0]["account"], B);
    let due = waiting["due"].as_u64().expect("a moment");
    let path = "/v1/topologies/site/peer-ready";
    let looked = served.ask("POST", path).send().await.is(202).json();
    assert!(looked["due"].as_u64().expect("a moment") < due);
}

#[tokio::test]
async fn a_plan_writes_nothing() {
    let served = served();
    let path = "/v1/topologies/site/plan";
    served.ask("POST", path).send().await.is(404);
    let text = topology("acme", "site");
    let planned = served
        .ask("POST", path)
        .yaml(&text)
        .send()
        .await
        .is(200)
        .json();
    assert_eq!(planned["outcome"]["outcome"], "drifted");
    assert!(
        planned["plan"]["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() > 4),
        "{planned}"
    );
    served.get("/v1/topologies/site").await.is(404);
    served.put("site").await.is(202);
    let stored = served.ask("POST", path).send().await.is(200).json();
    assert_eq!(stored["plan"], planned["plan"]);
    served
        .ask("POST", &format!("{path}?prune"))
        .send()
        .await
        .is(400);
    assert_eq!(served.world.provider.write_count(), 0);
    // Nothing is planned that the tenant may not have.
    let foreign = text.replace(A, "0000000000000005");
    served.ask("POST", path).yaml(&foreign).send().await.is(403);
}

#[tokio::test]
async fn a_policy_is_kept_and_checked() {
    let served = served();
    let path = "/v1/topologies/site";
    let text = topology("acme", "site");
    let put = async |query: &str| {
        served
            .ask("PUT", &format!("{path}?{query}"))
            .yaml(&text)
            .send()
            .await
    };
    put("on-drift=repair&tick-seconds=3600&peer-seconds=60&attempts=3&pings=false&prune&replace=true").await.is(202);
    let policy = served.get(&format!("{path}/policy")).await.is(200).json();
    let expected = json!({
        "on_drift": "repair", "tick_seconds": 3600, "peer_seconds": 60, "attempts": 3, "pings": false,
        "allowed": { "prune": true, "replace": true },
    });
    assert_eq!(policy, expected);
    for (query, quoted) in [
        ("tick-seconds=1", "tick-seconds=1"),
        ("tick-seconds=99999999999", "tick-seconds"),
        ("peer-seconds=x", "peer-seconds=x"),
        ("attempts=101", "attempts=101"),
        ("on-drift=", "on-drift="),
        ("pings=maybe", "pings=maybe"),
        ("prune&prune", "prune"),
        ("ticks=4", "one of `on-drift`"),
    ] {
        let problem = put(query).await.is(400).json();
        let detail = problem["detail"].as_str().expect("a text");
        assert!(
            detail.contains(quoted) && detail.contains("expected"),
            "{detail}"
        );
    }
    // The policy is a part of what is asked for: without parameters it is the default one.
    put("").await.is(202);
    let policy = served.get(&format!("{path}/policy")).await.is(200).json();
    assert_eq!(policy["on_drift"], "tell");
}

#[tokio::test]
async fn bodies_that_are_no_topology_are_refused() {
    let served = served();
    let put = |text: &str, media: &str| {
        let ask = served.ask("PUT", "/v1/topologies/site");
        ask.header("content-type", media).body(text).send()
    };
    let good = topology("acme", "site");
    put("", "application/yaml").await.is(400);
    put(&good, "application/x-www-form-urlencoded")
        .await
        .is(415);
    put(&good, "text/html").await.is(415);
    let wrong = put("name: site\nacounts: []\n", "application/yaml")
        .await
        .is(422)
        .json();
    let detail = wrong["detail"].as_str().expect("a text");
    assert!(
        detail.contains("line 2") && detail.contains("did you mean `accounts`"),
        "{detail}"
    );
    let name = put(&topology("acme", "other"), "application/yaml")
        .await
        .is(422)
        .json();
    assert_eq!(name["remedy"], "set `name: site`");
    let large = put(&format!("# {}", "x".repeat(1 << 20)), "application/yaml")
        .await
        .is(413)
        .json();
    assert_eq!(large["detail"], "invalid body: expected at most 1 MiB");
    // The name of the key is right, too, and so is JSON, and a body without a type.
    put(&topology("acme", "acme_site"), "text/yaml; charset=utf-8")
        .await
        .is(202);
    let topology: serde_json::Value = landbridge_core::topology::Topology::from_text(&good)
        .map(|one| json!(one))
        .expect("a topology");
    put(&topology.to_string(), "application/json").await.is(202);
    served
        .ask("PUT", "/v1/topologies/site")
        .body(&good)
        .send()
        .await
        .is(202);
    let bytes = served
        .ask("PUT", "/v1/topologies/site")
        .yaml("\u{0}")
        .send()
        .await;
    bytes.is(422);
}

#[tokio::test]
async fn paths_methods_and_names_that_are_not_known() {
    let served = served();
    served.get("/v2").await.is(404);
    served
        .ask("PATCH", "/v1/topologies/site")
        .send()
        .await
        .is(405);
    served
        .ask("POST", "/v1/topologies/site/explode")
        .send()
        .await
        .is(404);
    for name in ["Site", "a_b", "a%2Fb", "%C3%A9", "%FF", &"x".repeat(36)] {
        let path = format!("/v1/topologies/{name}");
        served.get(&path).await.is(400);
        served
            .ask("PUT", &path)
            .yaml(&topology("acme", "site"))
            .send()
            .await
            .is(400);
    }
    for order in ["stop", "resume", "peer-ready"] {
        let path = format!("/v1/topologies/site/{order}");
        let problem = served.ask("POST", &path).send().await.is(404).json();
        assert_eq!(problem["remedy"], "submit it first");
        served
            .ask("POST", &format!("{path}?now"))
            .send()
            .await
            .is(400);
    }
    served
        .ask("DELETE", "/v1/topologies/site")
        .send()
        .await
        .is(404);
}

#[tokio::test]
async fn a_tenant_keeps_no_more_topologies_than_it_may() {
    let served = served();
    for name in ["a", "b", "c"] {
        served.put(name).await.is(202);
    }
    let problem = served.put("d").await.is(429).json();
    assert_eq!(
        (&problem["code"], &problem["kind"]),
        (&json!("tenant/topologies"), &json!("quota-exceeded"))
    );
    served.put("b").await.is(202);
    served
        .ask("DELETE", "/v1/topologies/b")
        .send()
        .await
        .is(202);
    served.round().await;
    served.put("d").await.is(429);
    served
        .ask("DELETE", "/v1/topologies/b?forget")
        .send()
        .await
        .is(204);
    // However many ask at once.
    let asked = ["d", "e", "f"].map(|name| served.put(name));
    let answers = futures_util::future::join_all(asked).await;
    let kept = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(kept, 1, "{answers:?}");
}

#[tokio::test]
async fn what_a_tenant_may_not_name_is_refused_with_its_path() {
    let served = served();
    let good = topology("acme", "site");
    let role = "credentials: { assume-role: { role: r, external-id: 'landbridge:acme' } }";
    let first = |to: &str| good.replacen(role, to, 1);
    let with = |more: &str| format!("{good}{more}");
    let more_networks: String = (3..6)
        .map(|n| format!("  - {{ name: n{n}, account: a, region: r1, range: 10.{n}.0.0/16 }}\n"))
        .collect();
    for (text, status, code, path) in [
        (
            good.replace(A, "0000000000000005"),
            403,
            "tenant/account",
            "/accounts/0/id",
        ),
        (
            first("credentials: { env: AWS }"),
            403,
            "tenant/credentials",
            "/accounts/0/credentials",
        ),
        (
            first("credentials: { profile: root }"),
            403,
            "tenant/credentials",
            "/accounts/0/credentials",
        ),
        (
            first("credentials: default"),
            403,
            "tenant/credentials",
            "/accounts/0/credentials",
        ),
        (
            first("credentials: { assume-role: { role: r, external-id: 'landbridge:other' } }"),
            403,
            "tenant/external-id",
            "/accounts/0/credentials/assume-role/external-id",
        ),
        (
            with("was: [other_site]\n"),
            403,
            "tenant/former-name",
            "/was/0",
        ),
        (with("was: [office]\n"), 403, "tenant/former-name", "/was/0"),
        (
            good.replace("interconnects:", &format!("{more_networks}interconnects:")),
            429,
            "tenant/networks",
            "/networks",
        ),
    ] {
        let ask = served.ask("PUT", "/v1/topologies/site");
        let problem = ask.yaml(&text).send().await.is(status).json();
        let found = &problem["objections"][0];
        assert_eq!(
            (&found["code"], &found["path"]),
            (&json!(code), &json!(path)),
            "{problem}"
        );
        assert_eq!(problem["code"], code);
        assert!(
            found["remedy"]
                .as_str()
                .is_some_and(|remedy| !remedy.is_empty())
        );
    }
    served.get("/v1/topologies/site").await.is(404);
    let was = with("was: [acme_before]\n");
    served
        .ask("PUT", "/v1/topologies/site")
        .yaml(&was)
        .send()
        .await
        .is(202);
}

#[tokio::test]
async fn what_a_tenant_may_no_more_is_not_resumed() {
    let served = served();
    served.put("site").await.is(202);
    served
        .ask("POST", "/v1/topologies/site/stop")
        .send()
        .await
        .is(202);
    let fewer = tenants("").replace(&format!("'{A}', "), "");
    let fewer = landbridge_fleet::tenants::Tenants::from_text(&fewer).expect("tenants");
    served.api.set_tenants(fewer);
    served
        .ask("POST", "/v1/topologies/site/resume")
        .send()
        .await
        .is(403);
    served
        .ask("POST", "/v1/topologies/site/plan")
        .send()
        .await
        .is(403);
    // What ends it is always taken.
    served
        .ask("DELETE", "/v1/topologies/site")
        .send()
        .await
        .is(202);
}

/// Orders that are not to be had.
#[derive(Debug)]
struct Broken(ErrorKind);

#[async_trait::async_trait]
impl Orders for Broken {
    async fn give(&self, _: &LinkKey, _: Order, _: &Terms) -> Result<Status> {
        Err(self.error())
    }

    async fn status(&self, key: &LinkKey) -> Result<Status> {
        match key.name() {
            "slow" => std::future::pending().await,
            _ => Err(self.error()),
        }
    }

    async fn spec(&self, _: &LinkKey) -> Result<Spec> {
        Err(self.error())
    }

    async fn list(&self, _: Option<&str>, _: Option<&LinkKey>, _: usize) -> Result<Vec<Status>> {
        Err(self.error())
    }

    async fn count(&self, _: &str) -> Result<usize> {
        Err(self.error())
    }

    async fn plan(&self, _: &LinkKey, _: &Spec) -> Result<Planned> {
        Err(self.error())
    }

    async fn forget(&self, _: &LinkKey) -> Result<()> {
        Err(self.error())
    }
}

impl Broken {
    fn error(&self) -> Error {
        Error::new(self.0, "SECRET-PATH of the store")
    }
}

#[tokio::test]
async fn what_fails_inside_is_told_without_its_inside() {
    for (kind, status) in [
        (ErrorKind::Unavailable, 503),
        (ErrorKind::Timeout, 503),
        (ErrorKind::Failed, 500),
        (ErrorKind::Malformed, 500),
    ] {
        let served = served_of(world(), Arc::new(Broken(kind)), &tenants(""));
        for path in [
            "/v1/topologies/site",
            "/v1/topologies",
            "/v1/summary",
            "/readyz",
        ] {
            let answer = served.get(path).await.is(status);
            assert!(!answer.text.contains("SECRET-PATH"), "{answer:?}");
            if status == 503 {
                assert_eq!(answer.header("retry-after"), "5");
            }
        }
        served.get("/healthz").await.is(200);
    }
    // The keys of a cloud are not those of the caller.
    for kind in [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied] {
        let served = served_of(world(), Arc::new(Broken(kind)), &tenants(""));
        let text = topology("acme", "site");
        served
            .ask("POST", "/v1/topologies/site/plan")
            .yaml(&text)
            .send()
            .await
            .is(502);
    }
    let served = served_of(
        world(),
        Arc::new(Broken(ErrorKind::Unsupported)),
        &tenants(""),
    );
    let text = topology("acme", "site");
    served
        .ask("POST", "/v1/topologies/site/plan")
        .yaml(&text)
        .send()
        .await
        .is(501);
}

#[tokio::test]
async fn a_request_that_takes_too_long_ends() {
    let served = served_of(world(), Arc::new(Broken(ErrorKind::Failed)), &tenants(""));
    let asked = tokio::spawn(
        served
            .ask_as("GET", "/v1/topologies/slow", Some(ACME.reveal()))
            .request()
            .send(),
    );
    let deadline = Duration::from_secs(30);
    served.clock.until_asleep(deadline).await;
    served.clock.advance(deadline);
    let answer = asked.await.expect("it ends").expect("an answer");
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
}
