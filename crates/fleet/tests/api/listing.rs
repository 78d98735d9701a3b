//! Lists and numbers.

use serde_json::{Value, json};

use crate::served::served;

fn names(list: &Value) -> Vec<&str> {
    let topologies = list["topologies"].as_array().expect("a list");
    topologies
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect()
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let served = served();
    for name in ["a", "b", "c"] {
        served.put(name).await.is(202);
    }
    served
        .ask("POST", "/v1/topologies/b/stop")
        .send()
        .await
        .is(202);
    served.round().await;
    let list = async |query: &str| {
        served
            .get(&format!("/v1/topologies{query}"))
            .await
            .is(200)
            .json()
    };
    let all = list("").await;
    assert_eq!(
        (names(&all), &all["next"]),
        (vec!["a", "b", "c"], &Value::Null)
    );
    let first = list("?limit=2").await;
    assert_eq!(
        (names(&first), &first["next"]),
        (vec!["a", "b"], &json!("b"))
    );
    let second = list("?limit=2&after=b").await;
    assert_eq!((names(&second), &second["next"]), (vec!["c"], &Value::Null));
    let whole = list("?limit=3").await;
    assert_eq!((names(&whole).len(), &whole["next"]), (3, &Value::Null));
    assert_eq!(names(&list("?phase=ready").await), ["a", "c"]);
    assert_eq!(names(&list("?phase=ready&contains=c").await), ["c"]);
    // Pages of one topology each are looked through until one fits.
    let found = list("?limit=1&phase=stopped").await;
    assert_eq!((names(&found), &found["next"]), (vec!["b"], &json!("b")));
    let rest = list("?limit=1&phase=stopped&after=b").await;
    assert_eq!((names(&rest), &rest["next"]), (vec![], &Value::Null));

    let summary = served.get("/v1/summary").await.is(200).json();
    let expected = json!({
        "v": 1, "tenant": "acme", "topologies": 3, "most_topologies": 3, "phases": { "ready": 2, "stopped": 1 },
    });
    assert_eq!(summary, expected);
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "phase=sad",
        "after=A_b",
        "from=a",
    ] {
        served.get(&format!("/v1/topologies?{query}")).await.is(400);
    }
    served.get("/v1/summary?x").await.is(400);
}
