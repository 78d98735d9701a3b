//! Who may do what.

use serde_json::json;

use crate::served::{ACME, OTHER, served, topology};

#[tokio::test]
async fn without_a_login_nothing_is_told() {
    let served = served();
    served.put("site").await.is(202);
    let paths = [
        ("GET", "/v1/summary"),
        ("GET", "/v1/topologies"),
        ("GET", "/v1/topologies/site"),
        ("GET", "/v1/topologies/site?watch"),
        ("GET", "/v1/topologies/site/topology"),
        ("GET", "/v1/topologies/site/policy"),
        ("GET", "/v1/topologies/site/picture.svg"),
        ("PUT", "/v1/topologies/site"),
        ("DELETE", "/v1/topologies/site"),
        ("POST", "/v1/topologies/site/stop"),
        ("POST", "/v1/topologies/site/resume"),
        ("POST", "/v1/topologies/site/peer-ready"),
        ("POST", "/v1/topologies/site/plan"),
    ];
    let unknown = landbridge_fleet::tenants::ApiKey::random().expect("a key");
    for (method, path) in paths {
        for token in [
            None,
            Some("x"),
            Some(""),
            Some(unknown.reveal()),
            Some(&ACME.hash()),
        ] {
            let answer = served.ask_as(method, path, token).send().await.is(401);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.json()["kind"], "unauthenticated");
        }
        let basic = served
            .ask_as(method, path, None)
            .header("authorization", "Basic eDp5")
            .send()
            .await;
        basic.is(401);
        let twice = served
            .ask(method, path)
            .header("authorization", "Bearer x")
            .send()
            .await;
        twice.is(401);
    }
    assert_eq!(served.phase("site").await, "applying");
}

#[tokio::test]
async fn a_tenant_neither_sees_nor_touches_what_is_anothers() {
    let served = served();
    served.put("site").await.is(202);
    served.put("mine").await.is(202);
    let as_other = |method: &str, path: &str| served.ask_as(method, path, Some(OTHER.reveal()));
    for (method, path) in [
        ("GET", "/v1/topologies/site"),
        ("GET", "/v1/topologies/site?watch"),
        ("GET", "/v1/topologies/site/topology"),
        ("GET", "/v1/topologies/site/policy"),
        ("GET", "/v1/topologies/site/picture.svg"),
        ("DELETE", "/v1/topologies/site"),
        ("POST", "/v1/topologies/site/stop"),
        ("POST", "/v1/topologies/site/resume"),
        ("POST", "/v1/topologies/site/peer-ready"),
        ("POST", "/v1/topologies/site/plan"),
    ] {
        as_other(method, path).send().await.is(404);
    }
    // The key of another tenant is not a name.
    as_other("GET", "/v1/topologies/acme_site")
        .send()
        .await
        .is(400);
    as_other("DELETE", "/v1/topologies/site?forget")
        .send()
        .await
        .is(204);
    let list = as_other("GET", "/v1/topologies")
        .send()
        .await
        .is(200)
        .json();
    assert_eq!(list["topologies"], json!([]));
    let after = as_other("GET", "/v1/topologies?after=a")
        .send()
        .await
        .is(200)
        .json();
    assert_eq!(after["topologies"], json!([]));
    let summary = as_other("GET", "/v1/summary").send().await.is(200).json();
    assert_eq!(
        (&summary["tenant"], &summary["topologies"]),
        (&json!("other"), &json!(0))
    );

    // The same name is another topology.
    let text = topology("other", "site");
    let own = as_other("PUT", "/v1/topologies/site")
        .yaml(&text)
        .send()
        .await
        .is(202)
        .json();
    assert_eq!(own["key"], "other_site");
    let named = topology("other", "acme_site");
    as_other("PUT", "/v1/topologies/site")
        .yaml(&named)
        .send()
        .await
        .is(422);
    served.round().await;
    as_other("DELETE", "/v1/topologies/site")
        .send()
        .await
        .is(202);
    served.round().await;
    assert_eq!(served.phase("site").await, "ready");
    let status = served.get("/v1/topologies").await.is(200).json();
    assert_eq!(status["topologies"].as_array().map(Vec::len), Some(2));
}
