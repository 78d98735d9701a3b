//! Signature version 4, written from its published rules.

use std::collections::BTreeMap;

use hmac::Hmac;
use sha2::Sha256;

use crate::digest::{hash, mac};
use crate::wire::encode;

/// The algorithm name that starts the `Authorization` header.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature was made for: `date/region/service/aws4_request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl Scope<'_> {
    fn text(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        )
    }

    /// A chain of keyed hashes, so that a key leaks for one day, region and service only.
    fn key(&self, secret: &str) -> Vec<u8> {
        let start = format!("AWS4{secret}").into_bytes();
        [self.date, self.region, self.service, "aws4_request"]
            .into_iter()
            .fold(start, |key, part| mac::<Hmac<Sha256>>(&key, part))
    }
}

/// The parts of an `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) scope: Scope<'a>,
    pub(crate) signed_headers: &'a str,
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// The name of the missing part, if one is missing.
    pub(crate) fn parse(header: &'a str) -> Result<Self, &'static str> {
        let fields = header.strip_prefix(ALGORITHM).ok_or("algorithm")?;
        let field = |name: &'static str| {
            fields
                .split(',')
                .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
                .ok_or(name)
        };
        let (key_id, scope) = credential(field("Credential")?).ok_or("Credential")?;
        Ok(Self {
            key_id,
            scope,
            signed_headers: field("SignedHeaders")?,
            signature: field("Signature")?,
        })
    }
}

/// `AKID/20260102/us-east-1/ec2/aws4_request`.
fn credential(text: &str) -> Option<(&str, Scope<'_>)> {
    let parts: Vec<&str> = text.split('/').collect();
    let [key_id, date, region, service, "aws4_request"] = parts[..] else {
        return None;
    };
    Some((
        key_id,
        Scope {
            date,
            region,
            service,
        },
    ))
}

/// What a signature covers.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    /// As sent, percent-encoded.
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    /// All headers, names in lower case.
    pub(crate) headers: &'a [(String, String)],
    /// As in the `Authorization` header.
    pub(crate) signed_headers: &'a str,
    pub(crate) body_hash: &'a str,
    /// The value of `x-amz-date`.
    pub(crate) date: &'a str,
    pub(crate) scope: Scope<'a>,
}

impl Signed<'_> {
    pub(crate) fn canonical_request(&self) -> String {
        let parts = [
            self.method,
            &canonical_path(self.path),
            &canonical_query(self.query),
            &self.canonical_headers(),
            self.signed_headers,
            self.body_hash,
        ];
        parts.join("\n")
    }

    fn canonical_headers(&self) -> String {
        let mut signed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for name in self
            .signed_headers
            .split(';')
            .filter(|name| !name.is_empty())
        {
            let values = self
                .headers
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, value)| single_spaced(value));
            signed.insert(name, values.collect());
        }
        signed
            .iter()
            .map(|(name, values)| format!("{name}:{}\n", values.join(",")))
            .collect()
    }

    pub(crate) fn string_to_sign(&self) -> String {
        let hash = hash(self.canonical_request().as_bytes());
        format!("{ALGORITHM}\n{}\n{}\n{hash}", self.date, self.scope.text())
    }

    pub(crate) fn signature(&self, secret: &str) -> String {
        let key = self.scope.key(secret);
        hex::encode(mac::<Hmac<Sha256>>(&key, &self.string_to_sign()))
    }
}

/// Every segment is encoded once more; the products here have the path `/` only.
fn canonical_path(path: &str) -> String {
    let segments: Vec<String> = path.split('/').map(encode).collect();
    segments.join("/")
}

/// Sorted after encoding, which is not the same as before it.
fn canonical_query(pairs: &[(String, String)]) -> String {
    let mut encoded: Vec<(String, String)> = pairs
        .iter()
        .map(|(key, value)| (encode(key), encode(value)))
        .collect();
    encoded.sort_unstable();
    let joined: Vec<String> = encoded
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    joined.join("&")
}

fn single_spaced(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The example that AWS's general reference works through step by step.
    #[test]
    fn the_published_list_users_example() {
        let headers = headers(&[
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            ),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ]);
        let signed = Signed {
            method: "GET",
            path: "/",
            query: &crate::wire::pairs("Action=ListUsers&Version=2010-05-08"),
            headers: &headers,
            signed_headers: "content-type;host;x-amz-date",
            body_hash: EMPTY,
            date: "20150830T123600Z",
            scope: Scope {
                date: "20150830",
                region: "us-east-1",
                service: "iam",
            },
        };
        assert_eq!(
            hash(signed.canonical_request().as_bytes()),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
        assert_eq!(
            hex::encode(signed.scope.key(SECRET)),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        assert_eq!(
            signed.signature(SECRET),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    /// `get-vanilla` and `get-vanilla-query-order-key-case` of the published test suite.
    #[test]
    fn the_published_vectors() {
        let headers = headers(&[
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ]);
        for (query, signature) in [
            (
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ] {
            let signed = Signed {
                method: "GET",
                path: "/",
                query: &crate::wire::pairs(query),
                headers: &headers,
                signed_headers: "host;x-amz-date",
                body_hash: EMPTY,
                date: "20150830T123600Z",
                scope: Scope {
                    date: "20150830",
                    region: "us-east-1",
                    service: "service",
                },
            };
            assert_eq!(signed.signature(SECRET), signature, "{query}");
        }
    }

    #[test]
    fn an_authorization_is_taken_apart() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIA/20150830/us-east-1/ec2/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=ab";
        let parsed = Authorization::parse(header).expect("well formed");
        assert_eq!((parsed.key_id, parsed.signature), ("AKIA", "ab"));
        assert_eq!(parsed.scope.region, "us-east-1");
        assert_eq!(
            Authorization::parse("AWS4-HMAC-SHA256 Credential=AKIA/ec2, SignedHeaders=host"),
            Err("Credential")
        );
    }

    #[test]
    fn header_values_are_trimmed_and_repeated_ones_joined() {
        let headers = headers(&[("a", "  x   y "), ("a", "z"), ("host", "h")]);
        let signed = Signed {
            method: "GET",
            path: "/",
            query: &[],
            headers: &headers,
            signed_headers: "a;host",
            body_hash: EMPTY,
            date: "",
            scope: Scope {
                date: "",
                region: "",
                service: "",
            },
        };
        assert_eq!(signed.canonical_headers(), "a:x y,z\nhost:h\n");
    }
}
