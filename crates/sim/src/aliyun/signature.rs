//! The two request signatures, written from their published rules and checked with vectors of the official implementation.

use std::collections::BTreeMap;

use hmac::Hmac;
use sha1::Sha1;
use sha2::Sha256;

use crate::digest::{hash, mac};
use crate::wire::encode;

/// The algorithm name that starts the `Authorization` header.
pub(crate) const ACS3: &str = "ACS3-HMAC-SHA256";

/// What an ACS3 signature covers.
pub(crate) struct Acs3<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    /// All headers, names in lower case.
    pub(crate) headers: &'a [(String, String)],
    /// As in the `Authorization` header.
    pub(crate) signed_headers: &'a str,
    pub(crate) body_hash: &'a str,
}

impl Acs3<'_> {
    pub(crate) fn canonical_request(&self) -> String {
        let query = canonical_query(
            self.query
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str())),
        );
        let mut signed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in self
            .signed_headers
            .split(';')
            .filter(|name| !name.is_empty())
        {
            let values = self
                .headers
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.trim());
            signed.insert(name, values.collect());
        }
        let headers: String = signed
            .iter_mut()
            .map(|(name, values)| {
                values.sort_unstable();
                format!("{name}:{}\n", values.join(","))
            })
            .collect();
        let parts = [
            self.method,
            self.path,
            &query,
            &headers,
            self.signed_headers,
            self.body_hash,
        ];
        parts.join("\n")
    }

    pub(crate) fn string_to_sign(&self) -> String {
        format!("{ACS3}\n{}", hash(self.canonical_request().as_bytes()))
    }

    pub(crate) fn signature(&self, secret: &str) -> String {
        hex::encode(mac::<Hmac<Sha256>>(
            secret.as_bytes(),
            &self.string_to_sign(),
        ))
    }
}

/// The string that the older signature signs; `parameters` without `Signature`.
pub(crate) fn v1_string_to_sign(method: &str, parameters: &BTreeMap<String, String>) -> String {
    let query = canonical_query(
        parameters
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str())),
    );
    format!("{method}&%2F&{}", encode(&query))
}

pub(crate) fn v1_signature(secret: &str, string_to_sign: &str) -> String {
    crate::base64::encode(&mac::<Hmac<Sha1>>(
        format!("{secret}&").as_bytes(),
        string_to_sign,
    ))
}

fn canonical_query<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<(&str, &str)> = pairs.collect();
    pairs.sort_unstable();
    let encoded: Vec<String> = pairs
        .into_iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect();
    encoded.join("&")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/data/acs3-vectors.json"))
            .expect("vectors are JSON")
    }

    fn pairs(object: &Value) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        object
            .as_object()
            .expect("an object")
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect()
    }

    #[test]
    fn acs3_vectors_of_the_official_implementation() {
        let vectors = vectors();
        let vectors = vectors["acs3"].as_array().expect("an array");
        assert_eq!(vectors.len(), 10);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap_or_default();
            let query = pairs(&vector["query"]);
            let headers = pairs(&vector["headers"]);
            let body_hash = hash(text("body").as_bytes());
            let acs3 = Acs3 {
                method: text("method"),
                path: text("path"),
                query: &query,
                headers: &headers,
                signed_headers: text("signed_headers"),
                body_hash: &body_hash,
            };
            assert_eq!(
                acs3.canonical_request(),
                text("canonical_request"),
                "{}",
                text("name")
            );
            let secret = vector["credentials"]["access_key_secret"]
                .as_str()
                .expect("a secret");
            assert_eq!(
                acs3.signature(secret),
                text("signature"),
                "{}",
                text("name")
            );
        }
    }

    #[test]
    fn v1_vectors_of_the_official_implementation() {
        for vector in vectors()["v1_hmac_sha1"].as_array().expect("an array") {
            let text = |name: &str| vector[name].as_str().unwrap_or_default();
            let string_to_sign = v1_string_to_sign(
                text("method"),
                &pairs(&vector["params"]).into_iter().collect(),
            );
            assert_eq!(string_to_sign, text("string_to_sign"));
            assert_eq!(
                v1_signature(text("access_key_secret"), &string_to_sign),
                text("signature")
            );
        }
    }
}
