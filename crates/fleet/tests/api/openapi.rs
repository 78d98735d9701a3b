//! The description is the one that is published and served.

use std::path::Path;

use crate::served::served;

#[tokio::test]
async fn the_published_description_is_that_of_the_server() {
    let description = landbridge_fleet::api::description();
    let text = serde_json::to_string_pretty(&description).expect("JSON") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fleet-openapi.json");
    if std::env::var_os("LANDBRIDGE_BLESS").is_some() {
        std::fs::write(&path, &text).expect("it can be written");
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == text,
        "docs/fleet-openapi.json is stale: run this test with LANDBRIDGE_BLESS=1"
    );
    let answer = served()
        .ask_as("GET", "/openapi.json", None)
        .send()
        .await
        .is(200);
    assert_eq!(answer.json(), description);
}

#[test]
fn each_reference_leads_somewhere() {
    let description = landbridge_fleet::api::description();
    let text = description.to_string();
    let mut seen = 0;
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().expect("a pointer");
        assert!(description.pointer(pointer).is_some(), "{pointer}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}
