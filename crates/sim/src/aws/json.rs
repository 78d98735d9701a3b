//! The protocol of products that speak JSON: one path, the operation in the header `X-Amz-Target`, and JSON both ways.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::failure::Failure;

/// The content type of requests and answers.
pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A body as named parameters, the way that form bodies name them: members of lists are numbered from 1. `None` if it is no
/// JSON object. Empty lists, empty texts and nulls count as absent.
pub(crate) fn parameters(body: &[u8]) -> Option<BTreeMap<String, String>> {
    let value: Value = match body {
        [] => json!({}),
        body => serde_json::from_slice(body).ok()?,
    };
    let mut all = BTreeMap::new();
    for (name, value) in value.as_object()? {
        flatten(name.clone(), value, &mut all);
    }
    Some(all)
}

fn flatten(name: String, value: &Value, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::String(text) => drop(all.insert(name, text.clone())),
        Value::Bool(_) | Value::Number(_) => drop(all.insert(name, value.to_string())),
        Value::Array(items) => {
            for (number, item) in (1..).zip(items) {
                flatten(format!("{name}.{number}"), item, all);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                flatten(format!("{name}.{member}"), value, all);
            }
        }
    }
}

/// The error document.
pub(crate) fn error(failure: &Failure) -> String {
    json!({"__type": failure.code, "Message": failure.message}).to_string()
}

/// A parameter out of its bounds.
pub(crate) fn invalid(message: &str) -> Failure {
    Failure::bad("ValidationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_numbered_and_members_are_named() {
        let body = br#"{"A": ["x", "y"], "B": {"c": [{"D": 1}], "e": true}, "F": null, "G": []}"#;
        let parameters = parameters(body).expect("an object");
        let expected = [
            ("A.1", "x"),
            ("A.2", "y"),
            ("B.c.1.D", "1"),
            ("B.e", "true"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters, BTreeMap::from(expected));
    }

    #[test]
    fn other_bodies_are_refused() {
        assert_eq!(parameters(b""), Some(BTreeMap::new()));
        for body in ["[]", "1", "{", "Action=X"] {
            assert_eq!(parameters(body.as_bytes()), None, "{body}");
        }
    }
}
