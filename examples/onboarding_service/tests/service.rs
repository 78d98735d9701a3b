//! The service over HTTP, against the simulator.

mod common;

use common::{World, customer, entries};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_customer_is_joined_and_its_reader_sees_every_step_and_the_verdicts() {
    let world = World::start().await;
    let started = world.onboard(&customer("acme")).await;
    assert_eq!(started.status, StatusCode::ACCEPTED);
    assert_eq!(started.body["state"], "running");
    let told = world.events(&started.id(), None).await;
    let numbers: Vec<u64> = told.iter().map(|entry| entry.id).collect();
    assert_eq!(numbers, (1..=told.len() as u64).collect::<Vec<_>>());
    let done = told
        .iter()
        .filter(|entry| entry.data["event"] == "step-done");
    let end = told.last().expect("an end");
    assert_eq!(end.kind, "end");
    assert_eq!(end.data["state"], "joined", "{}", end.data);
    assert_eq!(end.data["steps"], done.count());
    let verdicts = end.data["detail"].as_str().expect("verdicts");
    assert!(verdicts.contains("reachable"), "{verdicts}");

    let status = world.get(&format!("/runs/{}", started.id())).await;
    assert_eq!(status.body, end.data);
    let attachments = world.alive("vpc-attachment");
    assert_eq!(attachments, 3, "the platform's two and the customer's");
}

#[tokio::test]
async fn a_reader_that_comes_back_goes_on_where_it_was() {
    let world = World::start().await;
    let id = world.onboard(&customer("acme")).await.id();
    let all = world.events(&id, None).await;
    let (seen, rest) = all.split_at(all.len() / 2);
    let last = seen.last().expect("an entry").id;
    assert_eq!(world.events(&id, Some(last)).await, rest);
    // After the end there is nothing to come back for.
    let path = format!("/runs/{id}/events");
    let last = all.last().expect("an end").id.to_string();
    let request = world
        .request(reqwest::Method::GET, &path)
        .header("last-event-id", last);
    assert_eq!(world.send(request).await.status, StatusCode::NO_CONTENT);
    let request = world
        .request(reqwest::Method::GET, &path)
        .header("last-event-id", "x");
    assert_eq!(
        world.send(request).await.problem(),
        (400, "urn:onboarding:invalid-event-id".into())
    );
}

#[tokio::test]
async fn a_cancelled_run_writes_nothing_more_and_a_new_one_continues() {
    let world = World::start().await;
    let hold = world.hold();
    let id = world.onboard(&customer("acme")).await.id();
    let writes = world.held(&id).await;
    let cancelled = world
        .send(world.request(reqwest::Method::DELETE, &format!("/runs/{id}")))
        .await;
    assert_eq!(cancelled.status, StatusCode::ACCEPTED);
    let told = world.events(&id, None).await;
    let end = told.last().expect("an end");
    assert_eq!(end.data["state"], "cancelled", "{}", end.data);
    assert_eq!(world.writes(), writes);
    drop(hold);

    let again = world.onboard(&customer("acme")).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_ne!(again.id(), id);
    let told = world.events(&again.id(), None).await;
    assert_eq!(told.last().expect("an end").data["state"], "joined");
    assert_eq!(world.alive("vpc"), 3, "no second VPC of the customer");
}

#[tokio::test]
async fn a_customer_has_one_run_at_a_time_and_other_customers_do_not_wait() {
    let world = World::start().await;
    let hold = world.hold();
    let first = world.onboard(&customer("acme")).await;
    let second = world.onboard(&customer("acme")).await;
    assert_eq!(second.problem(), (409, "urn:onboarding:busy".into()));
    assert_eq!(second.body["run"], first.body["id"]);
    let mut other = customer("initech");
    let same_account = world.onboard(&other).await;
    assert_eq!(same_account.problem(), (409, "urn:onboarding:busy".into()));
    other["account"] = json!("1234567890123458");
    other["range"] = json!("10.30.0.0/16");
    other["subnets"][0]["range"] = json!("10.30.0.0/24");
    other["subnets"][1]["range"] = json!("10.30.1.0/24");
    let other = world.onboard(&other).await;
    assert_eq!(other.status, StatusCode::ACCEPTED);
    drop(hold);
    for run in [first, other] {
        let told = world.events(&run.id(), None).await;
        let end = told.last().expect("an end");
        assert_eq!(end.data["state"], "joined", "{}", end.data);
    }
}

#[tokio::test]
async fn more_runs_than_allowed_are_refused_for_now() {
    let world = World::with_most_runs(1).await;
    let _hold = world.hold();
    world.onboard(&customer("acme")).await;
    let mut other = customer("initech");
    other["account"] = json!("1234567890123458");
    let refused = world.onboard(&other).await;
    assert_eq!(refused.problem(), (503, "urn:onboarding:full".into()));
    assert_eq!(refused.header("retry-after"), Some("30"));
}

#[tokio::test]
async fn the_same_key_and_request_are_the_same_run() {
    let world = World::start().await;
    let post = |body: &serde_json::Value, key: &str| {
        let request = world.request(reqwest::Method::POST, "/onboard");
        let request = request.header("content-type", "application/json");
        world.send(
            request
                .header("idempotency-key", key.to_owned())
                .body(body.to_string()),
        )
    };
    let first = post(&customer("acme"), "k1").await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    world.events(&first.id(), None).await;
    let repeated = post(&customer("acme"), "k1").await;
    assert_eq!(repeated.status, StatusCode::OK);
    assert_eq!(repeated.id(), first.id());
    let reused = post(&customer("initech"), "k1").await;
    assert_eq!(reused.problem(), (422, "urn:onboarding:key-reused".into()));
    let invalid = post(&customer("acme"), "").await;
    assert_eq!(
        invalid.problem(),
        (400, "urn:onboarding:invalid-key".into())
    );
}

#[tokio::test]
async fn everything_wrong_with_a_request_is_told_at_once() {
    let world = World::start().await;
    let mut wrong = customer("Acme & Co");
    wrong["account"] = json!("42");
    wrong["range"] = json!("10.20.0.0/99");
    let refused = world.onboard(&wrong).await;
    assert_eq!(
        refused.problem(),
        (422, "urn:onboarding:invalid-request".into())
    );
    let errors = refused.body["errors"].as_array().expect("errors");
    let members: Vec<_> = errors
        .iter()
        .map(|error| error["member"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(members, ["customer", "account", "range"]);

    // What only the topology knows.
    let mut outside = customer("acme");
    outside["subnets"][0]["range"] = json!("192.168.0.0/24");
    let refused = world.onboard(&outside).await;
    assert_eq!(
        refused.problem(),
        (422, "urn:onboarding:invalid-request".into())
    );
    assert!(
        refused.body["errors"][0]["problem"]
            .as_str()
            .is_some_and(|text| text.contains("192.168.0.0/24"))
    );

    let mut unknown = customer("acme");
    unknown["zone"] = json!("x");
    let refused = world.onboard(&unknown).await;
    assert_eq!(
        refused.problem(),
        (400, "urn:onboarding:invalid-json".into())
    );
    assert!(
        refused.body["detail"]
            .as_str()
            .is_some_and(|text| text.contains("`zone`"))
    );
    assert_eq!(world.get("/runs").await.body, json!([]));
}

#[tokio::test]
async fn what_only_the_cloud_knows_ends_the_run_before_its_first_write() {
    let world = World::start().await;
    let mut overlapping = customer("acme");
    overlapping["range"] = json!("10.0.0.0/16");
    overlapping["subnets"][0]["range"] = json!("10.0.8.0/24");
    overlapping["subnets"][1]["range"] = json!("10.0.9.0/24");
    let writes = world.writes();
    let id = world.onboard(&overlapping).await.id();
    let told = world.events(&id, None).await;
    let end = told.last().expect("an end");
    assert_eq!(end.data["state"], "failed");
    assert!(
        end.data["detail"]
            .as_str()
            .is_some_and(|text| text.contains("overlap")),
        "{}",
        end.data
    );
    assert_eq!(world.writes(), writes);
}

#[tokio::test]
async fn only_who_has_the_token_gets_in() {
    let world = World::start().await;
    let url = |path: &str| format!("{}{path}", world.url());
    for path in ["/runs", "/runs/x", "/runs/x/events"] {
        for token in [
            None,
            Some("Bearer wrong"),
            Some("Bearer "),
            Some("an-api-token-CANARY"),
        ] {
            let mut request = world.http.get(url(path));
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let refused = world.send(request).await;
            assert_eq!(
                refused.problem(),
                (401, "urn:onboarding:unauthenticated".into())
            );
        }
    }
    let session = world
        .send(world.request(reqwest::Method::POST, "/session"))
        .await;
    assert_eq!(session.status, StatusCode::NO_CONTENT);
    let cookie = session.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let pair = cookie.split(';').next().expect("a pair").to_owned();
    let request = world
        .http
        .get(url("/runs"))
        .header("cookie", format!("a=b; {pair}"));
    assert_eq!(world.send(request).await.status, StatusCode::OK);
    // The page itself says nothing.
    let page = world.http.get(url("/")).send().await.expect("answered");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.headers().contains_key("content-security-policy"));
}

#[tokio::test]
async fn bodies_have_a_type_and_a_limit() {
    let world = World::start().await;
    let post = |kind: &'static str, body: String| {
        let request = world.request(reqwest::Method::POST, "/onboard");
        world.send(request.header("content-type", kind).body(body))
    };
    let form = post(
        "application/x-www-form-urlencoded",
        customer("acme").to_string(),
    )
    .await;
    assert_eq!(form.problem(), (415, "urn:onboarding:media-type".into()));
    let large = post("application/json", " ".repeat(17 * 1024)).await;
    assert_eq!(large.problem(), (413, "urn:onboarding:too-large".into()));
    let nothing = world.get("/nothing").await;
    assert_eq!(nothing.problem(), (404, "urn:onboarding:not-found".into()));
    let method = world
        .send(world.request(reqwest::Method::PUT, "/onboard"))
        .await;
    assert_eq!(method.problem(), (405, "urn:onboarding:method".into()));
}

#[tokio::test]
async fn a_service_that_shuts_down_stops_its_runs_and_their_readers_know() {
    let mut world = World::start().await;
    let _hold = world.hold();
    let id = world.onboard(&customer("acme")).await.id();
    let writes = world.held(&id).await;
    let reader = world.open(&id).await;
    world.shut_down().await;
    let told = entries(&reader.text().await.expect("read to its end"));
    assert_eq!(told.last().expect("an end").data["state"], "cancelled");
    assert_eq!(world.writes(), writes);
    let gone = world.request(reqwest::Method::GET, "/runs").send().await;
    assert!(gone.is_err(), "nothing listens any more");
}
