//! What is read.

use crate::served::{served, topology};

#[tokio::test]
async fn anybody_may_ask_whether_it_runs_and_what_it_is() {
    let served = served();
    for (path, media) in [
        ("/healthz", "text/plain"),
        ("/readyz", "text/plain"),
        ("/openapi.json", "application/json"),
        ("/", "text/html; charset=utf-8"),
    ] {
        let answer = served.ask_as("GET", path, None).send().await.is(200);
        assert_eq!(answer.header("content-type"), media);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'")
        );
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn a_status_that_is_known_is_not_sent_again() {
    let served = served();
    let path = "/v1/topologies/site";
    let submitted = served.put("site").await.is(202);
    let tag = submitted.header("etag");
    let known = served
        .ask("GET", path)
        .header("if-none-match", tag)
        .send()
        .await
        .is(304);
    assert_eq!((known.text.as_str(), known.header("etag")), ("", tag));
    let weak = format!("\"x\", W/{tag}");
    served
        .ask("GET", path)
        .header("if-none-match", &weak)
        .send()
        .await
        .is(304);
    served.round().await;
    // The generation is the same, the status is not.
    let changed = served
        .ask("GET", path)
        .header("if-none-match", tag)
        .send()
        .await
        .is(200);
    assert_ne!(changed.header("etag"), tag);
    assert!(changed.header("etag").starts_with("\"1-"));
    served
        .ask("GET", path)
        .header("if-none-match", "1")
        .send()
        .await
        .is(400);
}

#[tokio::test]
async fn what_was_asked_for_comes_back_as_it_was_given() {
    let served = served();
    let text = topology("acme", "site");
    served.put("site").await.is(202);
    let read = served.get("/v1/topologies/site/topology").await.is(200);
    assert_eq!(read.text, text);
    assert_eq!(read.header("content-type"), "application/yaml");
    let ask = served.ask("GET", "/v1/topologies/site/topology");
    ask.header("if-none-match", read.header("etag"))
        .send()
        .await
        .is(304);

    let picture = served.get("/v1/topologies/site/picture.svg").await.is(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(
        picture.text.starts_with("<svg") && picture.text.contains("10.1.0.0/16"),
        "{picture:?}"
    );
    for what in ["topology", "picture.svg", "policy"] {
        served
            .get(&format!("/v1/topologies/none/{what}"))
            .await
            .is(404);
        served
            .get(&format!("/v1/topologies/site/{what}?x=1"))
            .await
            .is(400);
    }
}
