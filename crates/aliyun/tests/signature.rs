//! The signature vectors, produced with the vendor's own SDK.

use landbridge_aliyun::sign::{self, Signable};
use serde_json::Value;

fn pairs(value: &Value) -> Vec<(String, String)> {
    value
        .as_object()
        .map(|object| {
            object
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect()
        })
        .unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_vector_is_reproduced() {
    let file: Value =
        serde_json::from_str(include_str!("data/acs3-vectors.json")).expect("test data is JSON");
    let vectors = file["acs3"].as_array().expect("a list of vectors");
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        check(vector);
    }
}

fn check(vector: &Value) {
    let name = &vector["name"];
    let (query, headers) = (pairs(&vector["query"]), pairs(&vector["headers"]));
    let request = Signable {
        method: vector["method"].as_str().expect("a method"),
        path: vector["path"].as_str().expect("a path"),
        query: &query,
        headers: &headers,
    };
    let keys = &vector["credentials"];
    let signature = sign::sign(&request, &text(&keys["access_key_secret"]));
    assert_eq!(
        sign::sha256_hex(text(&vector["body"]).as_bytes()),
        vector["body_sha256"],
        "{name}"
    );
    assert_eq!(
        sign::canonical_query(&query),
        vector["canonical_query"],
        "{name}"
    );
    assert_eq!(signature.signed_headers, vector["signed_headers"], "{name}");
    assert_eq!(
        signature.canonical_request, vector["canonical_request"],
        "{name}"
    );
    assert_eq!(signature.string_to_sign, vector["string_to_sign"], "{name}");
    assert_eq!(signature.signature, vector["signature"], "{name}");
    assert_eq!(
        signature.authorization(&text(&keys["access_key_id"])),
        vector["authorization"],
        "{name}"
    );
}

#[test]
fn hosts_content_types_and_vendor_headers_are_signed_and_nothing_else() {
    assert!(
        ["host", "Content-Type", "x-acs-date"]
            .into_iter()
            .all(sign::is_signed)
    );
    assert!(
        !["accept", "user-agent", "authorization"]
            .into_iter()
            .any(sign::is_signed)
    );
}
