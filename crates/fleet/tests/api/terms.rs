//! Orders on terms.

use crate::served::{served, topology};

#[tokio::test]
async fn orders_hold_for_the_generation_that_was_seen() {
    let served = served();
    let path = "/v1/topologies/site";
    let text = topology("acme", "site");
    let put = |name: &'static str, value: &str| {
        served
            .ask("PUT", path)
            .yaml(&text)
            .header(name, value)
            .send()
    };
    // Nothing is there yet.
    let problem = put("if-match", "\"1\"").await.is(412).json();
    assert_eq!(problem["code"], "other-generation");
    put("if-match", "*").await.is(412);
    let first = put("if-none-match", "*").await.is(202);
    put("if-none-match", "*").await.is(412);
    put("if-match", "*").await.is(202);
    put("if-match", "\"7\"").await.is(412);
    put("if-match", "\"1\"").await.is(202);
    served.round().await;
    // The tag of a status has its generation, however far the run has come since.
    put("if-match", first.header("etag")).await.is(202);

    let stop = |tag: &str| {
        served
            .ask("POST", "/v1/topologies/site/stop")
            .header("if-match", tag)
            .send()
    };
    stop("\"4\"").await.is(412);
    stop(first.header("etag")).await.is(202);
    stop(first.header("etag")).await.is(412);
    let delete = served
        .ask("DELETE", path)
        .header("if-match", "\"1\"")
        .send()
        .await;
    delete.is(412);

    served.ask("DELETE", path).send().await.is(202);
    served.round().await;
    let forget = |tag: &str| {
        let ask = served.ask("DELETE", "/v1/topologies/site?forget");
        ask.header("if-match", tag).send()
    };
    forget("\"1\"").await.is(412);
    forget("\"3\"").await.is(204);
    forget("\"3\"").await.is(412);

    for (name, value) in [
        ("if-match", "1"),
        ("if-match", "\"x\""),
        ("if-match", "\"1\", \"2\""),
        ("if-match", ""),
        ("if-none-match", "\"1\""),
        ("idempotency-key", ""),
    ] {
        put(name, value).await.is(400);
    }
    put("idempotency-key", &"x".repeat(129)).await.is(400);
    let both = served.ask("PUT", path).yaml(&text).header("if-match", "*");
    both.header("if-none-match", "*").send().await.is(400);
}

#[tokio::test]
async fn an_order_that_is_sent_twice_is_carried_out_once() {
    let served = served();
    let text = topology("acme", "site");
    let put = || {
        let ask = served.ask("PUT", "/v1/topologies/site").yaml(&text);
        ask.header("if-none-match", "*")
            .header("idempotency-key", "k-1")
            .send()
    };
    put().await.is(202);
    served
        .ask("POST", "/v1/topologies/site/stop")
        .send()
        .await
        .is(202);
    // Its answer was lost, and it comes again: nothing starts, and its terms are not looked at.
    let again = put().await.is(202).json();
    assert_eq!(again["phase"], "stopped");
}
